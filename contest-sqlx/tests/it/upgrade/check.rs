//! What a store must read back of the [scene](super::scene), and that it can go on from there.

use std::sync::Arc;

use contest_core::model::PerDifficulty;
use contest_core::prelude::*;
use contest_core::select::select;
use contest_core::store::Store;
use contest_core::time::ManualClock;

use super::scene::{
    BEGIN, END, engine, first_edition, gone, id, key, regular, request, second_edition,
};

/// Reads everything, and then works on.
pub(super) async fn scene(store: impl Store + Clone + 'static) {
    let engine = engine(store, &Arc::new(ManualClock::new(END))).await;
    let contests = contests(&engine, regular()).await;
    check_contests(&contests);
    check_catalogue(&engine);
    check_progress(&engine).await;
    check_history(&engine, &contests).await;
    work_on(&engine, &contests).await;
}

/// A store that was empty takes the whole scene.
pub(crate) async fn empty(store: impl Store + Clone + 'static) {
    assert_eq!(store.load_catalogue().await.unwrap().problems().len(), 0);
    super::scene::play(store.clone()).await.unwrap();
    scene(store).await;
}

/// The oldest first.
async fn contests(engine: &Engine, user: UserId) -> Vec<Contest> {
    let page = engine.contests(user, None, PageLimit::default()).await;
    let mut contests = page.unwrap().items;
    contests.reverse();
    contests
}

fn check_contests(contests: &[Contest]) {
    let states: Vec<_> = contests.iter().map(|c| c.status.as_str()).collect();
    assert_eq!(states, ["completed", "abandoned", "expired", "active"]);
    let problems = [[6, 7, 8], [9, 7, 11], [9, 7, 11], [12, 10, 8]];
    for (contest, problems) in contests.iter().zip(problems) {
        let stored: Vec<_> = contest.problems.iter().map(|p| p.problem.id).collect();
        assert_eq!(stored, problems.map(id));
    }
    let [first, given_up, expired, running] = contests else {
        panic!("{contests:?}");
    };
    let minutes =
        |time: Option<Timestamp>| Some((time?.as_micros() - BEGIN.as_micros()) / 60_000_000);
    let marks = |contest: &Contest| {
        contest
            .problems
            .iter()
            .map(|p| minutes(p.completed_at))
            .collect::<Vec<_>>()
    };
    assert_eq!(marks(first), [Some(1), None, None]);
    assert_eq!(marks(running), [Some(66), None, None]);
    let ends = [first, given_up, expired, running].map(|contest| minutes(contest.ended_at));
    assert_eq!(ends, [Some(3), Some(4), Some(65), None]);
    assert_eq!(first.started_at, BEGIN);
    // The record of the selection still gives what it gave.
    let record = &first.selection;
    assert_eq!(record.catalogue, first_edition().fingerprint());
    let again = select(&first_edition(), &record.request, record.seed, |_| false).unwrap();
    assert_eq!(again.record, *record);
    let picked: Vec<_> = first.problems.iter().map(|p| p.problem.id).collect();
    assert_eq!(again.problems, picked);
}

fn check_catalogue(engine: &Engine) {
    let stored = engine.catalogue();
    assert_eq!(stored.revision(), 2);
    assert_eq!(stored.problems().len(), 13);
    let retired: Vec<_> = stored.problems().iter().filter(|p| p.retired).collect();
    assert_eq!(retired.iter().map(|p| p.id).collect::<Vec<_>>(), [id(3)]);
    for problem in second_edition().problems() {
        assert_eq!(stored.get(problem.id), Some(problem));
    }
}

async fn check_progress(engine: &Engine) {
    let progress = engine.progress(regular()).await.unwrap();
    let solved = progress.by_difficulty.map(|tally| tally.solved);
    assert_eq!(solved, PerDifficulty::new(3, 0, 1));
    let topics: Vec<_> = progress
        .by_topic
        .values()
        .map(|tally| tally.solved)
        .collect();
    assert_eq!(topics, [4, 1, 1, 1, 0, 1], "{:?}", progress.by_topic);
    let counts = progress.contests;
    assert_eq!((counts.active, counts.completed), (1, 1));
    assert_eq!((counts.abandoned, counts.expired), (1, 1));
    let progress = engine.progress(gone()).await.unwrap();
    assert_eq!(
        (progress.overall().solved, progress.contests.expired),
        (1, 1)
    );
    let all: Vec<_> = (0..13).map(id).collect();
    let solved = engine.store().solved_among(regular(), &all).await.unwrap();
    assert_eq!(solved, [0, 3, 4, 6, 12].map(id).into());
}

async fn check_history(engine: &Engine, contests: &[Contest]) {
    use contest_core::model::SolveEventKind::{Recorded, Removed};
    let page = engine.solve_history(regular(), None, PageLimit::default());
    let mut events = page.await.unwrap().items;
    events.reverse();
    let mut outside: Vec<_> = events.drain(..3).map(|event| event.problem).collect();
    outside.sort_unstable();
    let mut expected = [0, 3, 4].map(id);
    expected.sort_unstable();
    assert_eq!(outside, expected);
    let inside: Vec<_> = events
        .iter()
        .map(|e| (e.kind, e.problem, e.contest))
        .collect();
    let (first, running) = (Some(contests[0].id), Some(contests[3].id));
    assert_eq!(
        inside,
        [
            (Recorded, id(6), first),
            (Recorded, id(7), first),
            (Removed, id(7), first),
            (Recorded, id(12), running),
        ]
    );
}

async fn work_on(engine: &Engine, contests: &[Contest]) {
    // What was created under a key still is.
    let first = request([6, 7, 8]).with_idempotency_key(key());
    let repeated = engine.create_contest(regular(), &first).await.unwrap();
    assert_eq!(repeated.id, contests[0].id);
    let new = request([9, 7, 11]);
    let refused = engine.create_contest(regular(), &new).await.unwrap_err();
    assert!(matches!(refused, Error::ActiveContestExists { contest } if contest == contests[3].id));
    engine
        .mark_solved(regular(), contests[3].id, id(10))
        .await
        .unwrap();
    engine
        .complete_contest(regular(), contests[3].id)
        .await
        .unwrap();
    engine.create_contest(regular(), &new).await.unwrap();
    // Settles the one that expired.
    engine
        .create_contest(gone(), &request([6, 7, 8]))
        .await
        .unwrap();
    let counts = engine.progress(gone()).await.unwrap().contests;
    assert_eq!((counts.active, counts.expired), (1, 1));
}
