//! A user moves from memory to SQLite, then to PostgreSQL, and back to memory.

use std::sync::Arc;
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::model::NewSolve;
use contest_core::prelude::*;
use contest_core::progress::ActivityWindow;
use contest_core::store::Store;
use contest_core::time::ManualClock;
use contest_core::user::Exported;
use contest_sqlx::sqlite::SqliteStore;
use serde_json::{Value, json};

use super::fixture::store;
use crate::support::user;
use crate::support::worker::{catalogue, request};

const MINUTE: Duration = Duration::from_mins(1);

fn start() -> Timestamp {
    "2026-03-29T12:30:00Z".parse().unwrap()
}

/// An engine over an empty store. The catalogue is published in two parts, so ordinals differ between stores.
async fn over(store: impl Store + 'static, first: u32) -> (Engine, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(start()));
    let engine = Engine::builder(store).clock(Arc::clone(&clock));
    let engine = engine.build().await.unwrap();
    let all = catalogue(30);
    let some = all.problems().iter().skip(first as usize);
    let some = Catalogue::new(some.map(|problem| Problem::clone(problem))).unwrap();
    engine.publish_catalogue(&some).await.unwrap();
    engine.publish_catalogue(&all).await.unwrap();
    (engine, clock)
}

/// A year of solves, a reset, four ended contests, and an active one with a mark.
async fn live(engine: &Engine, clock: &ManualClock) -> Contest {
    let problems = engine.catalogue();
    let times = (0..1_200_u32).zip(problems.problems().iter().take(4).cycle());
    let solves: Vec<_> = times
        .map(|(n, problem)| NewSolve::new(problem.id, start() - 300 * MINUTE * n))
        .collect();
    engine.record_solves(user(1), &solves).await.unwrap();
    for number in 0..5 {
        clock.advance(MINUTE);
        let created = engine.create_contest(user(1), &request(3)).await.unwrap();
        let contest = created.contest;
        clock.advance(MINUTE);
        let problem = contest.problems[number % 3].problem.id;
        engine
            .mark_solved(user(1), contest.id, problem)
            .await
            .unwrap();
        match number {
            0 => drop(engine.complete_contest(user(1), contest.id).await.unwrap()),
            1 => drop(engine.abandon_contest(user(1), contest.id).await.unwrap()),
            4 => return contest,
            _ => clock.advance(60 * MINUTE),
        }
        if number == 2 {
            engine.reset_progress(user(1)).await.unwrap();
        }
    }
    unreachable!()
}

/// Everything visible to a user.
async fn sight(engine: &Engine, user: UserId) -> Value {
    let limit = PageLimit::new(100).unwrap();
    let contests = engine.contests(user, None, limit).await.unwrap();
    let mut replays = Vec::new();
    for contest in &contests.items {
        let replay = engine.replay(user, contest.id).await.unwrap();
        replays.push(json!([
            replay.is_same(),
            replay.problems,
            replay.differences
        ]));
    }
    let mut contests = json!(contests);
    for contest in contests["items"].as_array_mut().unwrap() {
        contest.as_object_mut().unwrap().remove("user_id");
    }
    let (mut solves, mut after) = (Vec::new(), None);
    loop {
        let page = engine.attempt_history(user, after, limit).await.unwrap();
        solves.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let window = ActivityWindow::last_days(400, TimeZone::UTC).unwrap();
    json!({
        "progress": engine.progress(user).await.unwrap(),
        "epoch": engine.epoch(user).await.unwrap(),
        "activity": engine.activity(user, &window).await.unwrap(),
        "results": engine.contest_results(user, None, limit).await.unwrap(),
        "contests": contests,
        "replays": replays,
        "solves": solves,
    })
}

/// Checks that the active contest can be marked and completed, and the next one created.
async fn goes_on(engine: &Engine, user: UserId, contest: &Contest) {
    let before = engine.progress(user).await.unwrap().overall().solved;
    let rest = contest.problems.iter().map(|entry| entry.problem.id);
    for problem in rest {
        engine.mark_solved(user, contest.id, problem).await.unwrap();
    }
    engine.complete_contest(user, contest.id).await.unwrap();
    let after = engine.progress(user).await.unwrap().overall().solved;
    assert_eq!(after, before + 2);
    let next = engine.create_contest(user, &request(3)).await.unwrap();
    assert!(next.contest.id > contest.id);
    assert_eq!(engine.verify_user(user).await.unwrap(), []);
}

#[tokio::test]
async fn a_user_moves_from_memory_to_sqlite_to_postgres_and_back() {
    let sqlite = SqliteStore::connect("sqlite::memory:").await.unwrap();
    sqlite.migrate().await.unwrap();
    let (home, home_clock) = over(MemoryStore::new(), 0).await;
    let contest = live(&home, &home_clock).await;
    let exported = home.export_user(user(1)).await.unwrap().unwrap();
    let json = serde_json::to_string(&exported).unwrap();
    let expected = sight(&home, user(1)).await;
    assert_eq!(expected["solves"].as_array().unwrap().len(), 1_205);
    let stops = [
        over(sqlite, 10).await,
        over(store().await, 20).await,
        over(MemoryStore::new(), 5).await,
    ];
    let mut sent = json.clone();
    for (engine, clock) in stops {
        clock.set(home_clock.now());
        let arrived: Exported = serde_json::from_str(&sent).unwrap();
        for user in [user(1), user(2)] {
            engine.import_user(user, &arrived).await.unwrap();
            assert_eq!(engine.verify_user(user).await.unwrap(), []);
            assert_eq!(sight(&engine, user).await, expected);
        }
        goes_on(&engine, user(2), &contest).await;
        engine.import_user(user(2), &arrived).await.unwrap();
        assert_eq!(sight(&engine, user(1)).await, expected);
        let exported = engine.export_user(user(1)).await.unwrap().unwrap();
        sent = serde_json::to_string(&exported).unwrap();
        assert_eq!(sent, json);
    }
}

/// An import is several commits.
#[tokio::test]
async fn an_import_in_a_transaction_of_the_host_is_whole_or_not_at_all() {
    let (home, home_clock) = over(MemoryStore::new(), 0).await;
    live(&home, &home_clock).await;
    let exported = home.export_user(user(1)).await.unwrap().unwrap();
    let store = store().await;
    let (engine, clock) = over(store.clone(), 20).await;
    clock.set(home_clock.now());
    for commits in [false, true] {
        let transaction = store.pool().begin().await.unwrap();
        let transaction = store.in_transaction(transaction);
        let inside = engine.with_store(transaction.store());
        inside.import_user(user(1), &exported).await.unwrap();
        let seen = engine.export_user(user(1)).await.unwrap();
        assert_eq!(seen, None, "before the host commits");
        let transaction = transaction.finish().await.unwrap();
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let seen = engine.export_user(user(1)).await.unwrap();
        assert_eq!(seen.as_ref(), commits.then_some(&exported));
    }
}
