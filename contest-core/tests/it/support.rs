//! Parts the tests share.

use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::Store;
use contest_core::time::ManualClock;

/// 2026-11-24T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_795_478_400_000_000);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn user(n: u128) -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(n))
}

pub(crate) fn count(n: u16) -> ProblemCount {
    ProblemCount::new(n).unwrap()
}

/// A contest of an hour.
pub(crate) fn request(n: u16) -> ContestRequest {
    ContestRequest::new(count(n), ContestDuration::from_minutes(60).unwrap())
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

/// A clock standing at [`START`], for the test to move and the engine to read.
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(START))
}

/// An engine whose clock stands at [`START`] and whose seeds repeat.
pub(crate) async fn engine(store: impl Store + 'static) -> Engine {
    engine_at(store, clock()).await
}

pub(crate) async fn engine_at(store: impl Store + 'static, clock: Arc<ManualClock>) -> Engine {
    let builder = Engine::builder(store)
        .clock(clock)
        .seeds(SequentialSeeds::new(7));
    builder.build().await.unwrap()
}

pub(crate) fn bundled() -> MemoryStore {
    MemoryStore::with_catalogue(Catalogue::neetcode150())
}

/// A catalogue of that many easy, medium and hard problems, each with one of three topics.
pub(crate) fn catalogue(sizes: [usize; 3]) -> Catalogue {
    let topics = ["a", "b", "c"].map(|name| Topic::new(name).unwrap());
    let problems = Difficulty::ALL
        .into_iter()
        .zip(sizes)
        .flat_map(|(difficulty, size)| {
            let topics = topics.clone();
            (0..size).map(move |n| {
                let slug = format!("{}-{n}", difficulty.as_str().to_lowercase());
                Problem::new(&slug, &slug, difficulty)
                    .unwrap()
                    .with_topics([topics[n % 3].clone()])
            })
        });
    Catalogue::new(problems).unwrap()
}

/// The ids of a contest's problems, in order.
pub(crate) fn problem_ids(contest: &Contest) -> Vec<ProblemId> {
    contest
        .problems
        .iter()
        .map(|entry| entry.problem.id)
        .collect()
}
