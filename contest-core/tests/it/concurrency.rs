//! Many callers at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use contest_core::prelude::*;
use contest_core::store::{
    InFlightLimit, Intercepted, Interceptor, ProblemRepository, SolveRepository, StoreError,
    StoreOperation,
};
use tokio::task::JoinSet;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn i1_of_10_000_concurrent_creates_one_wins_and_the_others_learn_its_id() {
    let engine = engine(bundled()).await;
    let mut tasks = JoinSet::new();
    for _ in 0..10_000 {
        let engine = engine.clone();
        tasks.spawn(async move { engine.create_contest(user(1), &request(5)).await });
    }
    let (mut won, mut told) = (Vec::new(), Vec::new());
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            Ok(contest) => won.push(contest.id),
            Err(Error::ActiveContestExists { contest }) => told.push(contest),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((won.len(), told.len()), (1, 9_999));
    assert!(told.iter().all(|id| *id == won[0]));
}

/// Solves every medium problem for the user right before the first creation reaches the store.
#[derive(Debug, Clone)]
struct SolvesMeanwhile {
    store: MemoryStore,
    creations: Arc<AtomicUsize>,
    loads: Arc<AtomicUsize>,
}

#[async_trait]
impl Interceptor for SolvesMeanwhile {
    type Permit = ();

    async fn before(&self, operation: StoreOperation) -> Result<(), StoreError> {
        if operation == StoreOperation::LoadCatalogue {
            self.loads.fetch_add(1, SeqCst);
        }
        if operation == StoreOperation::CreateContest && self.creations.fetch_add(1, SeqCst) == 0 {
            let catalogue = self.store.load_catalogue().await?;
            let mediums = catalogue
                .problems()
                .iter()
                .filter(|p| p.difficulty == Difficulty::Medium);
            let solves: Vec<_> = mediums.map(|p| NewSolve::new(p.id, START)).collect();
            self.store.record_solves(user(1), &solves).await.unwrap();
        }
        Ok(())
    }

    async fn after(&self, _: StoreOperation, (): ()) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn i10_what_is_solved_while_it_is_being_selected_is_selected_anew() {
    let store = MemoryStore::with_catalogue(catalogue([20, 20, 20]));
    let (creations, loads) = (Arc::default(), Arc::default());
    let meddler = SolvesMeanwhile {
        store: store.clone(),
        creations: Arc::clone(&creations),
        loads: Arc::clone(&loads),
    };
    let engine = engine(Intercepted::new(store, meddler)).await;
    let contest = engine.create_contest(user(1), &request(10)).await.unwrap();
    assert_eq!(creations.load(SeqCst), 2);
    assert_eq!(
        loads.load(SeqCst),
        1,
        "a solve is no reason to load the catalogue anew"
    );
    assert_eq!(contest.problems.len(), 10);
    let unsolved = contest
        .problems
        .iter()
        .all(|e| e.problem.difficulty != Difficulty::Medium);
    assert!(unsolved, "the contest was created with solved problems");
}

/// Counts how many calls are inside the store.
#[derive(Debug, Clone, Default)]
struct Gauge {
    inside: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

/// A call inside the store, also one that is given up.
struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Interceptor for Gauge {
    type Permit = Inside;

    async fn before(&self, _: StoreOperation) -> Result<Inside, StoreError> {
        let inside = self.inside.fetch_add(1, SeqCst) + 1;
        let call = Inside(Arc::clone(&self.inside));
        self.most.fetch_max(inside, SeqCst);
        tokio::task::yield_now().await;
        Ok(call)
    }

    async fn after(&self, _: StoreOperation, _: Inside) -> Result<(), StoreError> {
        Ok(())
    }
}

fn some(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// A selection that needs many chunks asks for at most as many at a time as configured.
#[tokio::test]
async fn i16_one_operation_is_bounded_by_the_engines_concurrency() {
    for concurrency in [1, 2, 3] {
        let gauge = Gauge::default();
        let store = MemoryStore::with_catalogue(catalogue([8_000, 8_000, 8_000]));
        let engine = Engine::builder(Intercepted::new(store, gauge.clone()))
            .clock(clock())
            .concurrency(some(concurrency))
            .limits(
                Limits::default()
                    .with_solves(100_000)
                    .with_problems(1..=1_000),
            )
            .build()
            .await
            .unwrap();
        let snapshot = engine.catalogue();
        let problems = snapshot.problems().iter().skip(5);
        let solves: Vec<_> = problems.map(|p| NewSolve::new(p.id, START)).collect();
        engine.record_solves(user(1), &solves).await.unwrap();
        engine
            .select(user(1), &SelectionRequest::new(count(20)))
            .await
            .unwrap();
        assert_eq!(gauge.most.load(SeqCst), concurrency);
        engine.progress(user(1)).await.unwrap();
        assert_eq!(gauge.most.load(SeqCst), concurrency);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i16_all_operations_together_are_bounded_by_the_limiting_wrapper() {
    let gauge = Gauge::default();
    let limit = InFlightLimit::new(some(4));
    let store = Intercepted::new(Intercepted::new(bundled(), gauge.clone()), limit.clone());
    let engine = engine(store).await;
    let mut tasks = JoinSet::new();
    for n in 0..200 {
        let engine = engine.clone();
        let task = tasks.spawn(async move {
            let _ = engine.create_contest(user(n % 50), &request(5)).await;
        });
        // Some callers give up while they wait or work.
        if n % 3 == 0 {
            task.abort();
        }
    }
    while tasks.join_next().await.is_some() {}
    assert_eq!(gauge.most.load(SeqCst), 4);
    assert_eq!(limit.available(), 4, "a permit leaked");
}
