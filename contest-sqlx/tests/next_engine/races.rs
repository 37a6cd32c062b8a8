//! Many callers of one user, in several processes: no rule is broken, and no answer is an error.

use std::sync::Arc;
use std::time::Duration;

use contest_core::next::engine::{Engine, Error};
use contest_core::next::prelude::*;
use contest_core::time::ManualClock;
use futures::future::join_all;

use crate::stores::{Directory, START, engine, open_postgres, postgres, request, user};

const ROUNDS: u64 = 12;

/// What a call was told, if the rules allowed it.
fn allowed<T>(answer: Result<T, Error>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(Error::Refused(_)) => None,
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    }
}

async fn race(engines: Vec<Engine>, clock: Arc<ManualClock>) {
    let user = user(3);
    let mut recorded = 0;
    for round in 0..ROUNDS {
        let creations = engines.iter().flat_map(|engine| [engine; 3]);
        let creations = creations
            .map(|engine| async move { allowed(engine.create_contest(user, &request(5)).await) });
        let created: Vec<_> = join_all(creations).await.into_iter().flatten().collect();
        assert_eq!(created.len(), 1, "I1: one creation wins");
        let contest = &created[0].contest;
        let marks = engines.iter().flat_map(|engine| {
            contest
                .problems
                .iter()
                .map(move |of| engine.mark_solved(user, contest.id, of.problem.id))
        });
        let marked = join_all(marks).await.into_iter().filter_map(allowed);
        assert_eq!(
            marked.filter(|marked| marked.changed).count(),
            5,
            "I6: one mark changes"
        );
        let catalogue = engines[0].catalogue();
        let problem = catalogue.problems()[usize::try_from(round).unwrap()].id;
        let solves = [NewSolve::new(problem, START)];
        let others = engines.iter().map(|engine| async move {
            let (recorded, unmarked, ended) = futures::join!(
                engine.record_solves(user, &solves),
                engine.unmark(user, contest.id, contest.problems[0].problem.id),
                engine.complete_contest(user, contest.id),
            );
            allowed(unmarked);
            allowed(ended).unwrap();
            allowed(recorded).unwrap().recorded
        });
        recorded += join_all(others).await.into_iter().sum::<u64>();
        clock.advance(Duration::from_mins(1));
        assert_eq!(engines[0].verify_user(user).await.unwrap(), [], "I8");
    }
    let progress = engines[0].progress(user).await.unwrap();
    assert_eq!(progress.contests.completed, ROUNDS);
    assert!(
        recorded <= ROUNDS,
        "I7: of racing solves of a problem one is the first"
    );
    let resets = join_all(engines.iter().map(|engine| engine.reset_progress(user))).await;
    assert_eq!(
        resets.into_iter().filter_map(allowed).count(),
        engines.len()
    );
    let epoch = engines[0].epoch(user).await.unwrap();
    assert_eq!(epoch.number, engines.len() as u64);
}

async fn on_postgres(setting: Option<&str>) {
    let clock = Arc::new(ManualClock::new(START));
    let config = postgres(setting).await;
    let mut engines = Vec::new();
    for process in 1..=3 {
        engines.push(engine(open_postgres(&config).await, &clock, process).await);
    }
    race(engines, clock).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_callers_break_no_rule_on_postgres() {
    on_postgres(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_callers_get_no_error_at_repeatable_read() {
    on_postgres(Some("default_transaction_isolation = 'repeatable read'")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_callers_get_no_error_at_serializable() {
    on_postgres(Some("default_transaction_isolation = 'serializable'")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_callers_break_no_rule_on_sqlite() {
    let clock = Arc::new(ManualClock::new(START));
    let directory = Directory::new();
    let mut engines = Vec::new();
    for process in 1..=3 {
        engines.push(engine(directory.open().await, &clock, process).await);
    }
    race(engines, clock).await;
}
