//! The same seed and state give the same contests: on any number of threads, at any speed.

use contest_core::prelude::*;
use contest_core::select::{Facts, Input, SequentialSeeds, select};
use contest_core::store::{ContestSelector, Store, UserRepository};
use std::num::NonZeroUsize;

use crate::hooked::{Delays, Hooked};
use crate::support::{HOUR, START, bundled, clock, count, problem_ids, request, user};

/// Contests of eight users who practise at the same time, each marking every second problem.
async fn contests(store: impl Store + 'static, concurrency: usize) -> Vec<Vec<Contest>> {
    let clock = clock();
    let engine = Engine::builder(store)
        .clock(clock.clone())
        .concurrency(NonZeroUsize::new(concurrency).unwrap())
        .build()
        .await
        .unwrap();
    let mut all = vec![Vec::new(); 8];
    for round in 0..6_u64 {
        let mut tasks = tokio::task::JoinSet::new();
        for who in 0..8_u64 {
            let engine = engine.clone();
            tasks.spawn(async move {
                let user = user(who.into());
                let request = request(20).with_seed(Seed(round * 8 + who));
                let contest = engine.create_contest(user, &request).await.unwrap().contest;
                for problem in problem_ids(&contest).into_iter().step_by(2) {
                    engine.mark_solved(user, contest.id, problem).await.unwrap();
                }
                engine.complete_contest(user, contest.id).await.unwrap();
                (who, contest)
            });
        }
        while let Some(done) = tasks.join_next().await {
            let (who, contest) = done.unwrap();
            all[usize::try_from(who).unwrap()].push(contest);
        }
        clock.advance(HOUR);
    }
    all
}

fn on_threads(
    threads: usize,
    work: impl Future<Output = Vec<Vec<Contest>>>,
) -> Vec<Vec<ProblemId>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .build()
        .unwrap();
    runtime
        .block_on(work)
        .iter()
        .flatten()
        .map(problem_ids)
        .collect()
}

#[test]
fn i9_contests_are_the_same_on_1_thread_and_8_with_and_without_delays() {
    let plain = on_threads(1, contests(bundled(), 1));
    assert_eq!(plain.len(), 48);
    assert_eq!(on_threads(8, contests(bundled(), 8)), plain);
    for seed in 0..5 {
        let delayed = Hooked::new(bundled(), &Delays::seeded(seed, 7));
        assert_eq!(
            on_threads(8, contests(delayed, 3)),
            plain,
            "delays seeded with {seed}"
        );
    }
}

/// Many rounds and chunks: how a store's answers are batched does not affect the outcome.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn i9_the_engine_selects_what_the_pure_function_selects() {
    let catalogue = crate::support::catalogue([4_000, 9_000, 3_000]);
    let solved: Vec<_> = catalogue
        .problems()
        .iter()
        .step_by(50)
        .map(|p| p.id)
        .collect();
    let left = |id: &ProblemId| solved.contains(id);
    let history: Vec<_> = catalogue
        .problems()
        .iter()
        .map(|p| p.id)
        .filter(|id| !left(id))
        .collect();
    let history: Vec<_> = history
        .into_iter()
        .map(|id| NewSolve::new(id, START))
        .collect();
    let store = MemoryStore::with_catalogue(catalogue);
    let engine = Engine::builder(Hooked::new(store.clone(), &Delays::seeded(3, 5)))
        .clock(clock())
        .seeds(SequentialSeeds::new(1))
        .limits(Limits::default().with_problems(1..=500))
        .build()
        .await
        .unwrap();
    for chunk in history.chunks(10_000) {
        engine.record_solves(user(1), chunk).await.unwrap();
    }
    let snapshot = store.load_user(user(1), &ContestSelector::None).await;
    let facts = Facts::of(snapshot.unwrap().record.as_ref(), &engine.catalogue());
    for seed in 0..4 {
        let request = SelectionRequest::new(count(300)).with_seed(Seed(seed));
        let by_engine = engine.select(user(1), &request).await.unwrap();
        let catalogue = engine.catalogue();
        let input = Input::new(&catalogue, &request, Seed(seed), START);
        let pure = select(&input, &facts).unwrap();
        assert_eq!(by_engine, pure);
    }
}
