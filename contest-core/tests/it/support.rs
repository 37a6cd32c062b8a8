//! Helpers that the tests share.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;
use contest_core::rules::{Publication, PublishOptions};
use contest_core::select::SequentialSeeds;
use contest_core::store::Store;
use contest_core::time::ManualClock;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// 2026-11-24T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_795_478_400_000_000);
pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const MINUTE: Duration = Duration::from_mins(1);
pub(crate) const MICROSECOND: Duration = Duration::from_micros(1);

pub(crate) const fn user(n: u128) -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(n))
}

/// The user of most tests.
pub(crate) const ALICE: UserId = user(0xa);
/// Another user.
pub(crate) const BOB: UserId = user(0xb);

pub(crate) fn count(n: u16) -> ProblemCount {
    ProblemCount::new(n).unwrap()
}

/// This many minutes after [`START`], before it if negative.
pub(crate) const fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_micros(START.as_micros() + minutes * 60_000_000)
}

/// The instant right before.
pub(crate) const fn before(instant: Timestamp) -> Timestamp {
    Timestamp::from_micros(instant.as_micros() - 1)
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

/// An engine with this clock whose seeds repeat. Two engines over one store need different seeds, for
/// versions are drawn from them: see [`process`].
pub(crate) async fn engine_at(store: impl Store + 'static, clock: Arc<ManualClock>) -> Engine {
    process(store, clock, 7).await
}

/// An engine as a separate process: with its own clock, and seeds from `seed` on.
pub(crate) async fn process(
    store: impl Store + 'static,
    clock: Arc<ManualClock>,
    seed: u64,
) -> Engine {
    let builder = Engine::builder(store)
        .clock(clock)
        .seeds(SequentialSeeds::new(seed));
    builder.build().await.unwrap()
}

pub(crate) fn bundled() -> MemoryStore {
    MemoryStore::with_catalogue(Catalogue::neetcode150())
}

/// A catalogue of this many easy, medium and hard problems, each with one of three topics.
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

/// The problem of this number: difficulties alternate, topics overlap.
pub(crate) fn problem(number: u32) -> Problem {
    let difficulty = Difficulty::ALL[(number % 3) as usize];
    let topics = [format!("Topic {}", number % 4), "Everything".to_owned()];
    let (slug, title) = (format!("problem-{number}"), format!("Problem {number}"));
    Problem::new(slug, title, difficulty)
        .unwrap()
        .with_topics(topics.map(|topic| Topic::new(topic).unwrap()))
        .with_position(number)
}

/// A catalogue of the problems `0..size`. A multiple of three has as many of each difficulty.
pub(crate) fn numbered(size: u32) -> Catalogue {
    Catalogue::new((0..size).map(problem)).unwrap()
}

/// The catalogue with some of its problems changed.
pub(crate) fn changed(catalogue: &Catalogue, change: impl Fn(Problem) -> Problem) -> Catalogue {
    let problems = catalogue.problems().iter();
    Catalogue::new(problems.map(|problem| change(Problem::clone(problem)))).unwrap()
}

/// Publishes a catalogue, however many problems it retires.
pub(crate) async fn publish(engine: &Engine, catalogue: &Catalogue) -> Publication {
    let options = PublishOptions::default().with_any_number_retired();
    let published = engine.publish_catalogue_with(catalogue, options).await;
    published.unwrap()
}

/// The catalogue with one problem retired.
pub(crate) fn without(catalogue: &Catalogue, retired: ProblemId) -> Catalogue {
    changed(catalogue, |problem| {
        let gone = problem.id == retired;
        problem.with_retired(gone)
    })
}

/// The ids of a catalogue's problems, by position.
pub(crate) fn ids(catalogue: &Catalogue) -> Vec<ProblemId> {
    catalogue
        .problems()
        .iter()
        .map(|problem| problem.id)
        .collect()
}

/// The ids of a contest's problems, in order.
pub(crate) fn problem_ids(contest: &Contest) -> Vec<ProblemId> {
    contest
        .problems
        .iter()
        .map(|entry| entry.problem.id)
        .collect()
}

/// When each problem of a contest was marked.
pub(crate) fn marks(contest: &Contest) -> Vec<(ProblemId, Option<Timestamp>)> {
    let entries = contest.problems.iter();
    entries
        .map(|entry| (entry.problem.id, entry.completed_at))
        .collect()
}

/// Why a use case was refused.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> Refusal {
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Runs `count` concurrent tasks, in parallel if the runtime has threads, and returns their answers in
/// order.
pub(crate) async fn race<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let (mut tasks, barrier) = (JoinSet::new(), Arc::new(Barrier::new(count)));
    for number in 0..count {
        let (task, barrier) = (task(number), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            (number, task.await)
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Calls `look` again and again until the steps, one after the other in a task, are done, and once
/// more.
pub(crate) async fn while_doing<S, L>(
    steps: impl IntoIterator<Item = S> + Send + 'static,
    look: impl Fn() -> L,
) where
    S: Future<Output = ()> + Send + 'static,
    <S as Future>::Output: Send,
    L: Future<Output = ()>,
{
    let steps: Vec<_> = steps.into_iter().collect();
    let doing = tokio::spawn(async move {
        for step in steps {
            step.await;
            tokio::task::yield_now().await;
        }
    });
    while !doing.is_finished() {
        look().await;
        tokio::task::yield_now().await;
    }
    doing.await.unwrap();
    look().await;
}
