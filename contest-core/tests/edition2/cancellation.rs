//! Every public operation, dropped after every number of polls.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::conformance::Delays;
use contest_core::next::engine::ActivityWindow;
use contest_core::next::prelude::*;
use contest_core::next::store::{InFlightLimit, Intercepted};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::support::*;

/// A user in the middle of things: solves, a finished contest and a running one.
struct Scene {
    engine: Engine,
    calm: Engine,
    limit: InFlightLimit,
    contest: Contest,
}

const WHO: u128 = 1;

async fn scene() -> Scene {
    let store = MemoryStore::with_catalogue(catalogue([30, 30, 30]));
    let limit = InFlightLimit::new(std::num::NonZeroUsize::new(3).unwrap());
    let slow = Intercepted::new(
        Intercepted::new(store.clone(), Delays::yields(2)),
        limit.clone(),
    );
    let clock = clock();
    let (engine, calm) = (
        engine_at(slow, clock.clone()).await,
        engine_at(store, clock.clone()).await,
    );
    let first = calm.create_contest(user(WHO), &request(6)).await.unwrap().contest;
    for problem in problem_ids(&first).into_iter().take(3) {
        calm.mark_solved(user(WHO), first.id, problem)
            .await
            .unwrap();
    }
    calm.complete_contest(user(WHO), first.id).await.unwrap();
    clock.advance(Duration::from_secs(1));
    let contest = calm.create_contest(user(WHO), &request(6)).await.unwrap().contest;
    let marked = contest.problems[0].problem.id;
    calm.mark_solved(user(WHO), contest.id, marked)
        .await
        .unwrap();
    Scene {
        engine,
        calm,
        limit,
        contest,
    }
}

type Operation = fn(&Scene) -> BoxFuture<'_, ()>;

/// Every public operation of the engine. Outcomes do not matter here, so they are dropped.
const OPERATIONS: [(&str, Operation); 16] = [
    ("create", |s| {
        s.engine.create_contest(user(2), anew()).map(drop).boxed()
    }),
    ("contest", |s| {
        s.engine.contest(user(WHO), s.contest.id).map(drop).boxed()
    }),
    ("active", |s| {
        s.engine.active_contest(user(WHO)).map(drop).boxed()
    }),
    ("list", |s| {
        s.engine
            .contests(user(WHO), None, PageLimit::default())
            .map(drop)
            .boxed()
    }),
    ("mark", |s| {
        s.engine
            .mark_solved(user(WHO), s.contest.id, nth(s, 1))
            .map(drop)
            .boxed()
    }),
    ("unmark", |s| {
        s.engine
            .unmark(user(WHO), s.contest.id, nth(s, 0))
            .map(drop)
            .boxed()
    }),
    ("complete", |s| {
        s.engine
            .complete_contest(user(WHO), s.contest.id)
            .map(drop)
            .boxed()
    }),
    ("abandon", |s| {
        s.engine
            .abandon_contest(user(WHO), s.contest.id)
            .map(drop)
            .boxed()
    }),
    ("record", |s| {
        s.engine
            .record_solve(user(WHO), nth(s, 2))
            .map(drop)
            .boxed()
    }),
    ("record many", |s| record_many(s).boxed()),
    ("history", |s| {
        s.engine
            .solve_history(user(WHO), None, PageLimit::default())
            .map(drop)
            .boxed()
    }),
    ("progress", |s| {
        s.engine.progress(user(WHO)).map(drop).boxed()
    }),
    ("activity", |s| activity(s).boxed()),
    ("select", |s| select(s).boxed()),
    ("publish", |s| publish(s).boxed()),
    ("reload", |s| s.engine.reload_catalogue().map(drop).boxed()),
];

fn anew() -> &'static ContestRequest {
    static REQUEST: std::sync::OnceLock<ContestRequest> = std::sync::OnceLock::new();
    REQUEST.get_or_init(|| request(6))
}

fn nth(scene: &Scene, n: usize) -> ProblemId {
    scene.contest.problems[n].problem.id
}

async fn record_many(scene: &Scene) {
    let ids = scene.calm.catalogue();
    let solves: Vec<_> = ids
        .problems()
        .iter()
        .map(|p| NewSolve::new(p.id, START))
        .collect();
    drop(scene.engine.record_solves(user(WHO), &solves).await);
}

async fn activity(scene: &Scene) {
    let window = ActivityWindow::last_days(30, TimeZone::UTC).unwrap();
    drop(scene.engine.activity(user(WHO), &window).await);
}

async fn select(scene: &Scene) {
    drop(
        scene
            .engine
            .select(user(WHO), &SelectionRequest::new(count(20)))
            .await,
    );
}

async fn publish(scene: &Scene) {
    drop(
        scene
            .engine
            .publish_catalogue(&catalogue([20, 40, 20]))
            .await,
    );
}

/// Polls a future up to `polls` times, each time it asks to be; says whether it completed.
async fn poll_times(mut future: Pin<&mut (dyn Future<Output = ()> + Send)>, polls: usize) -> bool {
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|()| true)
    })
    .await
}

#[tokio::test]
async fn i14_dropping_any_operation_after_any_number_of_polls_leaves_everything_whole() {
    let mut polls_needed = BTreeMap::new();
    for (name, operation) in OPERATIONS {
        for polls in 0.. {
            let scene = scene().await;
            let mut future = operation(&scene);
            let completed = poll_times(future.as_mut(), polls).await;
            drop(future);
            check(&scene, &format!("{name} dropped after {polls} polls")).await;
            if completed {
                polls_needed.insert(name, polls);
                break;
            }
        }
    }
    assert!(
        polls_needed.values().all(|polls| *polls > 2),
        "not suspended: {polls_needed:?}"
    );
    let alive = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(alive, 0, "an operation left a task behind");
}

/// The invariants, recounted through a store without delays.
async fn check(scene: &Scene, when: &str) {
    assert_eq!(scene.limit.available(), 3, "{when}: a permit leaked");
    for who in [user(WHO), user(2)] {
        let ids: Vec<_> = scene
            .calm
            .catalogue()
            .problems()
            .iter()
            .map(|p| p.id)
            .collect();
        let current = scene.calm.reload_catalogue().await.unwrap();
        let solved = scene.calm.store().solved_among(who, &ids).await.unwrap();
        let progress = scene.calm.progress(who).await.unwrap();
        for difficulty in Difficulty::ALL {
            let counts = |p: &Problem| p.difficulty == difficulty && !p.retired;
            let recount = solved
                .iter()
                .filter_map(|id| current.get(*id))
                .filter(|p| counts(p));
            let counted = progress.by_difficulty[difficulty].solved;
            assert_eq!(counted, recount.count() as u64, "{when}: {difficulty}");
        }
        let contests = scene
            .calm
            .contests(who, None, PageLimit::default())
            .await
            .unwrap();
        let active = contests
            .items
            .iter()
            .filter(|c| c.status == ContestStatus::Active)
            .count();
        assert!(active <= 1, "{when}: {active} active contests");
        assert_eq!(
            contests.items.len() as u64,
            progress.contests.total(),
            "{when}"
        );
        for contest in &contests.items {
            assert_eq!(contest.problems.len(), 6, "{when}: half a contest");
            for entry in contest
                .problems
                .iter()
                .filter(|entry| entry.completed_at.is_some())
            {
                assert!(
                    solved.contains(&entry.problem.id),
                    "{when}: marked and not solved"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_too_long_is_given_up_and_leaves_no_permit() {
    let limit = InFlightLimit::new(std::num::NonZeroUsize::MIN);
    let slow = Intercepted::new(bundled(), Delays::latency(Duration::from_mins(1)));
    let engine = Engine::builder(Intercepted::new(slow, limit.clone()))
        .operation_timeout(Duration::from_secs(61))
        .build()
        .await
        .unwrap();
    // A selection and a creation: two round trips.
    let outcome = engine.create_contest(user(1), &request(5)).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::TimedOut { after } if after == Duration::from_secs(61)));
    assert!(error.is_retryable());
    assert_eq!(limit.available(), 1);
    assert!(engine.active_contest(user(1)).await.unwrap().is_none());
}
