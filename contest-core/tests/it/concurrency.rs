//! Many callers at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use contest_core::prelude::*;
use contest_core::store::{InFlightLimit, Intercepted, async_trait};
use tokio::task::JoinSet;

use crate::hooked::{Call, Fate, Hook, Hooked, Permit};
use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn i1_of_10_000_concurrent_creates_one_wins_and_the_others_learn_its_id() {
    let engine = engine(bundled()).await;
    let mut tasks = JoinSet::new();
    for _ in 0..10_000 {
        let engine = engine.clone();
        tasks.spawn(async move { engine.create_contest(user(1), &request(5)).await });
    }
    let (mut won, mut named) = (Vec::new(), Vec::new());
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            Ok(created) => won.push(created.contest.id),
            Err(Error::Refused(Refusal::ActiveContestExists { contest })) => named.push(contest),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((won.len(), named.len()), (1, 9_999));
    assert!(named.iter().all(|id| *id == won[0]));
}

/// Solves every medium problem for the user right before the first commit reaches the store.
struct SolvesMeanwhile {
    other: Engine,
    commits: AtomicUsize,
    loads: AtomicUsize,
}

#[async_trait]
impl Hook for SolvesMeanwhile {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        if call == Call::LoadCatalogue {
            self.loads.fetch_add(1, SeqCst);
        }
        if call == Call::Commit && self.commits.fetch_add(1, SeqCst) == 0 {
            let catalogue = self.other.catalogue();
            let problems = catalogue.problems().iter();
            let mediums = problems.filter(|p| p.difficulty == Difficulty::Medium);
            let solves: Vec<_> = mediums.map(|p| NewSolve::new(p.id, START)).collect();
            self.other.record_solves(user(1), &solves).await.unwrap();
        }
        (Fate::Done, Box::new(()))
    }
}

#[tokio::test]
async fn i10_a_problem_solved_during_its_selection_is_replaced() {
    let store = MemoryStore::with_catalogue(catalogue([20, 20, 20]));
    let meddler = Arc::new(SolvesMeanwhile {
        other: process(store.clone(), clock(), 1_000).await,
        commits: AtomicUsize::new(0),
        loads: AtomicUsize::new(0),
    });
    let engine = engine(Hooked::new(store, &meddler)).await;
    let created = engine.create_contest(user(1), &request(10)).await.unwrap();
    assert_eq!(meddler.commits.load(SeqCst), 2);
    assert_eq!(
        meddler.loads.load(SeqCst),
        1,
        "a solve is no reason to load the catalogue anew"
    );
    let problems = created.contest.problems;
    assert_eq!(problems.len(), 10);
    let unsolved = problems
        .iter()
        .all(|e| e.problem.difficulty != Difficulty::Medium);
    assert!(unsolved, "the contest was created with solved problems");
}

/// Counts the calls inside the store, and their maximum.
#[derive(Default)]
struct Gauge {
    inside: Arc<AtomicUsize>,
    most: AtomicUsize,
    calls: AtomicUsize,
}

/// A call inside the store, even if it is dropped.
struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Hook for Gauge {
    async fn before(&self, _: Call) -> (Fate, Permit) {
        let inside = self.inside.fetch_add(1, SeqCst) + 1;
        let call = Inside(Arc::clone(&self.inside));
        self.most.fetch_max(inside, SeqCst);
        self.calls.fetch_add(1, SeqCst);
        tokio::task::yield_now().await;
        (Fate::Done, Box::new(call))
    }
}

fn some(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

async fn gauged(gauge: &Arc<Gauge>, concurrency: usize) -> Engine {
    let store = MemoryStore::with_catalogue(catalogue([800, 800, 800]));
    Engine::builder(Hooked::new(store, gauge))
        .clock(clock())
        .concurrency(some(concurrency))
        .build()
        .await
        .unwrap()
}

#[tokio::test]
async fn i16_all_operations_together_are_bounded_by_the_limiting_wrapper() {
    let gauge = Arc::new(Gauge::default());
    let limit = InFlightLimit::new(some(4));
    let store = Intercepted::new(Hooked::new(bundled(), &gauge), limit.clone());
    let engine = engine(store).await;
    let mut tasks = JoinSet::new();
    for n in 0..200 {
        let engine = engine.clone();
        let task = tasks.spawn(async move {
            let _ = engine.create_contest(user(n % 50), &request(5)).await;
        });
        // Some callers are dropped while they wait or work.
        if n % 3 == 0 {
            tokio::task::yield_now().await;
            task.abort();
        }
    }
    while tasks.join_next().await.is_some() {}
    assert_eq!(gauge.most.load(SeqCst), 4);
    assert_eq!(gauge.inside.load(SeqCst), 0);
    assert_eq!(limit.available(), 4, "a permit leaked");
}

/// A selection that needs a group, the log and the contests has at most as many concurrent calls as
/// configured.
#[tokio::test]
async fn i16_one_operation_is_bounded_by_the_engines_concurrency() {
    for concurrency in [1, 2, 3] {
        let gauge = Arc::new(Gauge::default());
        let engine = gauged(&gauge, concurrency).await;
        let snapshot = engine.catalogue();
        let problems = snapshot.problems().iter().skip(5);
        let solves: Vec<_> = problems.map(|p| NewSolve::new(p.id, START)).collect();
        engine.record_solves(user(1), &solves).await.unwrap();
        for member in 2..20 {
            let problem = snapshot.problems()[0].id;
            engine.record_solve(user(member), problem).await.unwrap();
        }
        let rules = Eligibility::default()
            .with_solved(SolvedRule::ExcludeWithin(HOUR))
            .with_group((2..20).map(user));
        let request = SelectionRequest::new(count(3)).with_eligibility(rules);
        engine.select(user(1), &request).await.unwrap();
        assert_eq!(gauge.most.load(SeqCst), concurrency);
        engine.progress(user(1)).await.unwrap();
        assert_eq!(gauge.most.load(SeqCst), concurrency);
    }
}

/// The cost of default use cases does not grow with the user's history (I16).
#[tokio::test]
async fn i16_the_calls_of_a_use_case_do_not_depend_on_the_history() {
    let gauge = Arc::new(Gauge::default());
    let engine = gauged(&gauge, 3).await;
    let snapshot = engine.catalogue();
    let mut costs = Vec::new();
    for solved in [10, 2_000] {
        let problems = snapshot.problems().iter().take(solved);
        let solves: Vec<_> = problems.map(|p| NewSolve::new(p.id, START)).collect();
        engine.record_solves(user(1), &solves).await.unwrap();
        gauge.calls.store(0, SeqCst);
        engine.progress(user(1)).await.unwrap();
        assert_eq!(gauge.calls.swap(0, SeqCst), 1, "progress is one load");
        engine
            .select(user(1), &SelectionRequest::new(count(5)))
            .await
            .unwrap();
        assert_eq!(gauge.calls.swap(0, SeqCst), 1, "a selection is one load");
        let created = engine.create_contest(user(1), &request(5)).await.unwrap();
        let contest = created.contest;
        for problem in problem_ids(&contest) {
            engine
                .mark_solved(user(1), contest.id, problem)
                .await
                .unwrap();
        }
        engine.complete_contest(user(1), contest.id).await.unwrap();
        engine.reset_progress(user(1)).await.unwrap();
        costs.push(gauge.calls.swap(0, SeqCst));
    }
    assert_eq!(costs, [8, 8], "a commit each, for the user is remembered");
}

/// If a user's data keeps changing, the call fails after a bounded number of attempts and is retryable.
#[tokio::test(start_paused = true)]
async fn i16_a_commit_that_always_conflicts_is_given_up() {
    struct Contested(AtomicUsize);

    #[async_trait]
    impl Hook for Contested {
        async fn before(&self, call: Call) -> (Fate, Permit) {
            if call != Call::Commit {
                return (Fate::Done, Box::new(()));
            }
            self.0.fetch_add(1, SeqCst);
            (Fate::Conflict, Box::new(()))
        }
    }

    let contested = Arc::new(Contested(AtomicUsize::new(0)));
    let engine = engine(Hooked::new(bundled(), &contested)).await;
    let error = engine.create_contest(user(1), &request(5)).await;
    let error = error.unwrap_err();
    let tried = contested.0.load(SeqCst);
    assert!(
        matches!(error, Error::Contended { attempts } if attempts as usize == tried),
        "{error} after {tried} attempts"
    );
    assert!(error.is_retryable() && tried <= 100, "{tried}");
}

/// Callers of one user queue after the first conflict: each commit that conflicts means that another
/// succeeded.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i16_racing_calls_of_one_user_succeed_in_a_bounded_number_of_calls() {
    const CALLERS: usize = 200;
    let gauge = Arc::new(Gauge::default());
    let engine = gauged(&gauge, 3).await;
    let snapshot = engine.catalogue();
    gauge.calls.store(0, SeqCst);
    let recorded = race(CALLERS, |number| {
        let (engine, problem) = (engine.clone(), snapshot.problems()[number].id);
        async move {
            engine
                .record_solve(user(1), problem)
                .await
                .unwrap()
                .recorded
        }
    });
    assert_eq!(recorded.await, [1; CALLERS]);
    let calls = gauge.calls.load(SeqCst);
    // The first attempts may all conflict; once queued, each call succeeds at once.
    assert!(calls <= 6 * CALLERS, "{calls} calls");
}

#[tokio::test]
async fn i16_callers_share_one_reload_of_the_catalogue() {
    let gauge = Arc::new(Gauge::default());
    let engine = gauged(&gauge, 1).await;
    let before = gauge.calls.load(SeqCst);
    let (one, other) = tokio::join!(engine.reload_catalogue(), engine.reload_catalogue());
    assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
    assert_eq!(gauge.calls.load(SeqCst) - before, 1);
}
