//! Everything a store can hold, written through the engine.

use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::Store;
use contest_core::time::{Clock as _, ManualClock};
use uuid::Uuid;

/// To the microsecond, so that a store that rounds is found out.
pub(super) const BEGIN: Timestamp = Timestamp::from_micros(1_800_000_000_123_456);

/// When [`play`] ends: one minute into a contest of an hour.
pub(super) const END: Timestamp = Timestamp::from_micros(BEGIN.as_micros() + 66 * 60 * 1_000_000);

/// Somebody who has done everything.
pub(super) fn regular() -> UserId {
    Uuid::from_u128(1).into()
}

/// Somebody whose contest expired, which nothing has settled.
pub(super) fn gone() -> UserId {
    Uuid::from_u128(2).into()
}

/// What is published first: every third one is easy, medium, hard.
pub(super) fn first_edition() -> Catalogue {
    Catalogue::new((0..12).map(|n| problem(n, Difficulty::ALL[n as usize % 3]))).unwrap()
}

/// Then 3 is retired, 4 becomes hard, and there is a 12.
pub(super) fn second_edition() -> Catalogue {
    let kept = (0..13).filter(|n| *n != 3);
    let problem = |n| match n {
        4 => problem(n, Difficulty::Hard),
        n => problem(n, Difficulty::ALL[n as usize % 3]),
    };
    Catalogue::new(kept.map(problem)).unwrap()
}

fn problem(number: u32, difficulty: Difficulty) -> Problem {
    let topics = [format!("T {}", number % 5), "It's \"quoted\"\\".to_owned()];
    let problem = Problem::new(format!("p-{number}"), format!("P {number}"), difficulty).unwrap();
    let problem = problem.with_topics(topics.map(|topic| Topic::new(topic).unwrap()));
    problem.with_position(number)
}

/// The id of problem `number`, in every edition.
pub(super) fn id(number: u32) -> ProblemId {
    problem(number, Difficulty::Easy).id
}

/// A contest of exactly these: one of each difficulty, whatever the seed.
pub(super) fn request(problems: [u32; 3]) -> ContestRequest {
    let others = (0..13).filter(|n| !problems.contains(n)).map(id);
    let hour = ContestDuration::from_minutes(60).unwrap();
    ContestRequest::new(ProblemCount::new(3).unwrap(), hour).with_excluded(others)
}

pub(super) fn key() -> IdempotencyKey {
    IdempotencyKey::new("the-first-one").unwrap()
}

/// An engine at a time of the test's choice.
pub(super) async fn engine(store: impl Store + 'static, clock: &Arc<ManualClock>) -> Engine {
    let engine = Engine::builder(store).clock(Arc::clone(clock));
    engine.seeds(SequentialSeeds::new(1)).build().await.unwrap()
}

/// Writes it all.
pub(super) async fn play(store: impl Store + 'static) -> Result<(), Error> {
    let clock = Arc::new(ManualClock::new(BEGIN));
    let engine = engine(store, &clock).await;
    let (user, minute) = (regular(), Duration::from_mins(1));
    engine.publish_catalogue(&first_edition()).await?;
    let solves = [0, 3, 4].map(|n| NewSolve::new(id(n), BEGIN));
    engine.record_solves(user, &solves).await?;

    let first = request([6, 7, 8]).with_idempotency_key(key());
    let first = engine.create_contest(user, &first).await?.id;
    for (mark, problem) in [(true, 6), (true, 7), (false, 7)] {
        clock.advance(minute);
        if mark {
            engine.mark_solved(user, first, id(problem)).await?;
        } else {
            engine.unmark(user, first, id(problem)).await?;
        }
    }
    engine.complete_contest(user, first).await?;
    clock.advance(minute);
    let given_up = engine.create_contest(user, &request([9, 7, 11])).await?.id;
    engine.abandon_contest(user, given_up).await?;

    engine.publish_catalogue(&second_edition()).await?;
    clock.advance(minute);
    engine.create_contest(user, &request([9, 7, 11])).await?;
    let left = engine.create_contest(gone(), &request([9, 1, 2])).await?.id;
    engine.mark_solved(gone(), left, id(9)).await?;
    clock.advance(minute * 60);
    let running = engine.create_contest(user, &request([12, 10, 8])).await?.id;
    clock.advance(minute);
    engine.mark_solved(user, running, id(12)).await?;
    assert_eq!(clock.now(), END);
    Ok(())
}
