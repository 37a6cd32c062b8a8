//! Every public operation, dropped after every number of polls.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::prelude::*;
use contest_core::progress::ActivityWindow;
use contest_core::select::SequentialSeeds;
use contest_core::store::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::hooked::{Call, Delays, Fate, Hook, Hooked, Permit};
use crate::scene;
use crate::support::*;

/// A user with varied data: solves, an abandoned contest, and an active one.
struct Scene {
    engine: Engine,
    calm: scene::Scene,
    contest: Contest,
    abandoned: Contest,
}

const WHO: UserId = ALICE;
/// A user whose contest was abandoned and who has no other.
const RESUMER: UserId = user(3);

async fn scene() -> Scene {
    let calm = scene::Scene::of(catalogue([30, 30, 30]), LatePolicy::Reject).await;
    let resumed = calm.create_as(RESUMER, START, &request(6)).await;
    calm.mark(START, &resumed, problem_ids(&resumed)[0]).await;
    calm.abandon(START, &resumed).await;
    let first = calm.create_as(WHO, START, &request(6)).await;
    for problem in problem_ids(&first).into_iter().take(3) {
        calm.mark(START, &first, problem).await;
    }
    calm.complete(START, &first).await;
    let contest = calm.create_as(WHO, minute(1), &request(6)).await;
    calm.mark(minute(1), &contest, problem_ids(&contest)[0])
        .await;
    let slow = Hooked::new(calm.store.clone(), &Arc::new(Delays::Yields(2)));
    let engine = Engine::builder(slow)
        .clock(Arc::new(ManualClock::new(minute(1))))
        .seeds(SequentialSeeds::new(1_000_000))
        .resume_policy(ResumePolicy::BeforeDeadline)
        .build()
        .await
        .unwrap();
    Scene {
        engine,
        calm,
        contest,
        abandoned: resumed,
    }
}

type Operation = fn(&Scene) -> BoxFuture<'_, ()>;

/// Every public operation of the engine. The outcomes do not matter here.
const OPERATIONS: [(&str, Operation); 27] = [
    ("create", |s| {
        s.engine.create_contest(user(2), anew()).map(drop).boxed()
    }),
    ("contest", |s| {
        s.engine.contest(WHO, s.contest.id).map(drop).boxed()
    }),
    ("active", |s| s.engine.active_contest(WHO).map(drop).boxed()),
    ("list", |s| {
        s.engine
            .contests(WHO, None, PageLimit::default())
            .map(drop)
            .boxed()
    }),
    ("mark", |s| {
        s.engine
            .mark_solved(WHO, s.contest.id, nth(s, 1))
            .map(drop)
            .boxed()
    }),
    ("unmark", |s| {
        s.engine
            .unmark(WHO, s.contest.id, nth(s, 0))
            .map(drop)
            .boxed()
    }),
    ("complete", |s| {
        s.engine
            .complete_contest(WHO, s.contest.id)
            .map(drop)
            .boxed()
    }),
    ("abandon", |s| {
        s.engine
            .abandon_contest(WHO, s.contest.id)
            .map(drop)
            .boxed()
    }),
    ("record", |s| {
        s.engine.record_solve(WHO, nth(s, 2)).map(drop).boxed()
    }),
    ("record many", |s| record_many(s).boxed()),
    ("history", |s| {
        s.engine
            .attempt_history(WHO, None, PageLimit::default())
            .map(drop)
            .boxed()
    }),
    ("progress", |s| s.engine.progress(WHO).map(drop).boxed()),
    ("activity", |s| activity(s).boxed()),
    ("select", |s| select(s).boxed()),
    ("publish", |s| publish(s).boxed()),
    ("reload", |s| s.engine.reload_catalogue().map(drop).boxed()),
    ("plan", |s| plan(s).boxed()),
    ("extend", |s| {
        let later = s.contest.deadline + MINUTE;
        let extend = s.engine.extend_contest(WHO, s.contest.id, later);
        extend.map(drop).boxed()
    }),
    ("resume", |s| {
        let resume = s.engine.resume_contest(RESUMER, s.abandoned.id);
        resume.map(drop).boxed()
    }),
    ("reset", |s| {
        s.engine.reset_progress(RESUMER).map(drop).boxed()
    }),
    ("results", |s| {
        s.engine
            .contest_results(WHO, None, PageLimit::default())
            .map(drop)
            .boxed()
    }),
    ("epoch", |s| s.engine.epoch(WHO).map(drop).boxed()),
    ("replay", |s| {
        s.engine.replay(WHO, s.contest.id).map(drop).boxed()
    }),
    ("verify", |s| s.engine.verify_user(WHO).map(drop).boxed()),
    ("rebuild", |s| s.engine.rebuild_user(WHO).map(drop).boxed()),
    ("users", |s| s.engine.users(None, 9).map(drop).boxed()),
    ("erase", |s| s.engine.erase_user(RESUMER).map(drop).boxed()),
];

fn anew() -> &'static ContestRequest {
    static REQUEST: std::sync::OnceLock<ContestRequest> = std::sync::OnceLock::new();
    REQUEST.get_or_init(|| request(6))
}

fn nth(scene: &Scene, n: usize) -> ProblemId {
    scene.contest.problems[n].problem.id
}

async fn record_many(scene: &Scene) {
    let problems = scene.calm.problems.iter();
    let solves: Vec<_> = problems.map(|id| NewSolve::new(*id, START)).collect();
    drop(scene.engine.record_solves(WHO, &solves).await);
}

async fn activity(scene: &Scene) {
    let window = ActivityWindow::last_days(30, TimeZone::UTC).unwrap();
    drop(scene.engine.activity(WHO, &window).await);
}

async fn select(scene: &Scene) {
    drop(
        scene
            .engine
            .select(WHO, &SelectionRequest::new(count(20)))
            .await,
    );
}

async fn plan(scene: &Scene) {
    let catalogue = catalogue([20, 40, 20]);
    drop(scene.engine.plan_publication(&catalogue).await);
}

async fn publish(scene: &Scene) {
    drop(
        scene
            .engine
            .publish_catalogue(&catalogue([20, 40, 20]))
            .await,
    );
}

/// Polls a future up to `polls` times, each time after it was woken; returns whether it completed.
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
    for who in [WHO, RESUMER, user(2)] {
        let seen = scene.calm.audit(who, minute(1)).await;
        for contest in &seen.contests {
            assert_eq!(contest.problems.len(), 6, "{when}: half a contest");
        }
    }
}

/// The same answer as if nothing had been dropped before: a dropped call leaves the queue.
#[tokio::test]
async fn i14_dropped_calls_leave_nothing_behind() {
    let scene = scene().await;
    for polls in 0..12 {
        let mut calls: Vec<_> = (0..20)
            .map(|_| {
                scene
                    .engine
                    .record_solve(WHO, nth(&scene, 2))
                    .map(drop)
                    .boxed()
            })
            .collect();
        for call in &mut calls {
            poll_times(call.as_mut(), polls).await;
        }
    }
    scene
        .engine
        .record_solve(WHO, nth(&scene, 3))
        .await
        .unwrap();
    check(&scene, "after many dropped calls").await;
}

/// Loses every commit, as a store on a full disk may.
#[derive(Default)]
struct Loses(AtomicU32);

#[async_trait]
impl Hook for Loses {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        let fate = if call == Call::Commit {
            self.0.fetch_add(1, Ordering::Relaxed);
            Fate::LostBefore
        } else {
            Fate::Done
        };
        (fate, Box::new(()))
    }
}

#[tokio::test]
async fn a_store_that_loses_every_commit_is_reported_and_not_asked_for_ever() {
    let hook = Arc::new(Loses::default());
    let engine = Engine::builder(Hooked::new(bundled(), &hook)).clock(clock());
    let engine = engine.build().await.unwrap();
    let error = engine.create_contest(user(1), &request(5)).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Store(_)) && error.is_retryable());
    assert_eq!(hook.0.load(Ordering::Relaxed), 3);
}

/// Never answers a commit.
struct Hangs;

#[async_trait]
impl Hook for Hangs {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        if call == Call::Commit {
            std::future::pending::<()>().await;
        }
        (Fate::Done, Box::new(()))
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_too_long_is_given_up_and_leaves_no_permit() {
    let engine = Engine::builder(Hooked::new(bundled(), &Arc::new(Hangs)))
        .clock(clock())
        .operation_timeout(Duration::from_secs(61))
        .build()
        .await
        .unwrap();
    let outcome = engine.create_contest(user(1), &request(5)).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::TimedOut { after } if after == Duration::from_secs(61)));
    assert!(error.is_retryable());
    assert!(engine.active_contest(user(1)).await.unwrap().is_none());
}
