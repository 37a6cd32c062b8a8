//! What the newest version of the schema can hold and those before it could not: late marks, moved
//! deadlines, epochs, ratings and domain events. Of a user of its own.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use contest_core::model::{EndingKind, EventKind, EventNumber, Rating};
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{EventLog, Lease, LeaseHolder, Store};
use contest_core::time::ManualClock;
use uuid::Uuid;

use super::scene::{BEGIN, id, request, second_edition};

const GRACE: LatePolicy = LatePolicy::AcceptFor(Duration::from_mins(30));

/// Somebody who began again.
fn returning() -> UserId {
    Uuid::from_u128(3).into()
}

fn minute(number: u64) -> Timestamp {
    BEGIN + Duration::from_mins(number)
}

async fn engine(store: impl Store + 'static, clock: &Arc<ManualClock>) -> Engine {
    let engine = Engine::builder(store)
        .clock(Arc::clone(clock))
        .seeds(SequentialSeeds::new(1))
        .late_policy(GRACE)
        .resume_policy(ResumePolicy::BeforeDeadline);
    engine.build().await.unwrap()
}

/// Writes it all, after the [scene](super::scene), to a store with an outbox.
pub(crate) async fn play(store: impl Store + 'static) -> Result<(), Error> {
    let clock = Arc::new(ManualClock::new(BEGIN));
    let (engine, user) = (engine(store, &clock).await, returning());
    let first = engine.create_contest(user, &request([6, 7, 8])).await?.id;
    clock.set(minute(1));
    engine.mark_solved(user, first, id(6)).await?;
    engine.mark_solved(user, first, id(8)).await?;
    engine.unmark(user, first, id(8)).await?;
    engine.abandon_contest(user, first).await?;
    clock.set(minute(2));
    engine.resume_contest(user, first).await?;
    engine.extend_contest(user, first, minute(70)).await?;
    clock.set(minute(75));
    engine.mark_solved(user, first, id(7)).await?;
    clock.set(minute(80));
    engine.reset_progress(user).await?;
    engine.record_solve(user, id(2)).await?;
    clock.set(minute(81));
    let second = engine.create_contest(user, &request([9, 7, 11])).await?.id;
    engine.mark_solved(user, second, id(9)).await?;
    Ok(())
}

/// Reads everything, and then works on.
pub(crate) async fn check(store: impl Store + EventLog + Clone + 'static) {
    let clock = Arc::new(ManualClock::new(minute(90)));
    let engine = engine(store.clone(), &clock).await;
    let contests = engine.contests(returning(), None, PageLimit::default());
    let [second, first] = contests.await.unwrap().items.try_into().unwrap();
    check_contests(&first, &second);
    let epoch = engine.epoch(returning()).await.unwrap();
    assert_eq!((epoch.number, epoch.began_at), (1, Some(minute(80))));
    let all: Vec<_> = (0..13).map(id).collect();
    let solved = store.solved_among(returning(), &all).await.unwrap();
    assert_eq!(solved, HashSet::from([2, 9].map(id)));
    check_events(&store, first.id, second.id).await;
    check_ratings(&engine).await;
    work_on(&engine, &store, second.id).await;
}

fn check_contests(first: &Contest, second: &Contest) {
    assert_eq!(
        (first.deadline, first.status),
        (minute(70), ContestStatus::Expired)
    );
    assert_eq!(first.ended_at, Some(minute(70)));
    let marks: Vec<_> = first.problems.iter().map(|p| p.completed_at).collect();
    assert_eq!(marks, [Some(minute(1)), Some(minute(75)), None]);
    assert_eq!((first.late_policy, second.late_policy), (GRACE, GRACE));
    assert_eq!(second.status, ContestStatus::Active);
}

async fn check_events(store: &impl EventLog, first: ContestId, second: ContestId) {
    let log = store.events_after(returning(), EventNumber(0), 100).await;
    let log = log.unwrap();
    let numbers: Vec<_> = log.iter().map(|event| event.number.0).collect();
    assert_eq!(numbers, (1..=13).collect::<Vec<_>>());
    let marked = |problem, contest| EventKind::ProblemSolved {
        problem: id(problem),
        contest,
    };
    let finished = |ending| EventKind::ContestFinished {
        contest: first,
        ending,
    };
    let expected = [
        (0, EventKind::ContestCreated { contest: first }),
        (1, marked(6, Some(first))),
        (1, marked(8, Some(first))),
        (
            1,
            EventKind::ProblemUnsolved {
                problem: id(8),
                contest: first,
            },
        ),
        (1, finished(EndingKind::Abandoned)),
        (2, EventKind::ContestResumed { contest: first }),
        (
            2,
            EventKind::ContestExtended {
                contest: first,
                deadline: minute(70),
            },
        ),
        (75, marked(7, Some(first))),
        (80, finished(EndingKind::Expired)),
        (80, EventKind::ProgressReset { epoch: 1 }),
        (80, marked(2, None)),
        (81, EventKind::ContestCreated { contest: second }),
        (81, marked(9, Some(second))),
    ];
    let told: Vec<_> = log
        .into_iter()
        .map(|event| (event.at, event.kind))
        .collect();
    assert_eq!(told, expected.map(|(at, kind)| (minute(at), kind)));
}

async fn check_ratings(engine: &Engine) {
    let unrated = second_edition();
    let rated = unrated.problems().iter().map(|problem| {
        let rating = (problem.id == id(12)).then(|| Rating::new(1_500).unwrap());
        Problem::clone(problem).with_rating(rating)
    });
    let rated = Catalogue::new(rated).unwrap();
    let stored = engine.publish_catalogue(&rated).await.unwrap();
    assert_eq!(stored.get(id(12)), rated.get(id(12)));
}

/// The numbers go on, and are delivered from the first one.
async fn work_on(engine: &Engine, store: &impl EventLog, second: ContestId) {
    engine.complete_contest(returning(), second).await.unwrap();
    let lease = Lease {
        holder: LeaseHolder(Uuid::from_u128(1)),
        now: minute(90),
        until: minute(91),
    };
    let mut next = 1;
    while let Some(batch) = store.lease_events(lease, 5).await.unwrap() {
        for event in batch
            .events
            .iter()
            .filter(|event| event.user == returning())
        {
            assert_eq!(event.number, EventNumber(next));
            next += 1;
        }
        let last = batch.events.last().unwrap().number;
        let noted = store.acknowledge_events(batch.user, lease.holder, last);
        assert!(noted.await.unwrap());
    }
    assert_eq!(next, 15);
    let forgotten = store.forget_events(minute(76), 100).await.unwrap();
    assert_eq!(forgotten, 8);
}
