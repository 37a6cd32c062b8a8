//! All kinds of calls at once for one user, through several engines, like several processes.

use contest_core::prelude::*;
use contest_core::rules::PublishOptions;
use contest_sqlx::postgres::{PgPoolConfig, PgStore, StatementTimeout, guard_release};
use futures::future::{join_all, try_join_all};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _};
use std::time::Duration;

use super::fixture::{store, store_with, url};
use crate::support::race::race;
use crate::support::user;
use crate::support::worker::{catalogue, check_whole, request};

async fn engine(store: &PgStore) -> Engine {
    Engine::builder(store.clone()).build().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_many_tasks_for_one_user_agree() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let store = store_with(&config).await.with_outbox();
    let other = PgStore::connect_with(&config).await.unwrap();
    let other = other.with_schema(store.schema().clone()).with_outbox();
    let publisher = engine(&store).await;
    publisher
        .publish_catalogue(&catalogue(2_000))
        .await
        .unwrap();
    let engines = [publisher, engine(&other).await, engine(&other).await];
    race(&engines, &store, user(1), 12, 100).await;
}

/// A host's pool on a database with a stricter default isolation level.
async fn with_level(level: &str) -> PgStore {
    let url = url().await;
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect(&url).await.unwrap();
    let set = format!(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', \
         current_database(), '{level}'); END $$"
    );
    pool.execute(AssertSqlSafe(set)).await.unwrap();
    pool.close().await;
    let pool = PgPoolOptions::new().max_connections(10);
    let pool = guard_release(pool, Duration::from_secs(1));
    let store = PgStore::from_pool(pool.connect(&url).await.unwrap());
    store.migrate().await.unwrap();
    let shown: String = sqlx::query_scalar("SHOW transaction_isolation")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(shown, level);
    store.with_outbox()
}

async fn stricter_levels_fail_no_call(level: &str) {
    let store = with_level(level).await;
    let engine = engine(&store).await;
    engine.publish_catalogue(&catalogue(2_000)).await.unwrap();
    // 650 calls for one user.
    race(&[engine], &store, user(1), 13, 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeatable_read_fails_no_call() {
    stricter_levels_fail_no_call("repeatable read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn serializable_fails_no_call() {
    stricter_levels_fail_no_call("serializable").await;
}

/// With `StatementTimeout::Role`, the database also sets the isolation level.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_ours_that_leaves_the_level_to_the_role_fails_no_call() {
    let strict = with_level("serializable").await;
    let options = (*strict.pool().connect_options()).clone();
    let config = PgPoolConfig::new(options).with_statement_timeout(StatementTimeout::Role);
    let store = PgStore::connect_with(&config).await.unwrap();
    let store = store.with_outbox();
    let engine = engine(&store).await;
    engine.publish_catalogue(&catalogue(500)).await.unwrap();
    race(&[engine], &store, user(1), 13, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_writers_of_one_user_all_get_through() {
    let store = store().await;
    let engine = engine(&store).await;
    let catalogue = catalogue(100);
    engine.publish_catalogue(&catalogue).await.unwrap();
    let writers = catalogue.problems().iter().map(|problem| {
        let (engine, problem) = (engine.clone(), problem.id);
        tokio::spawn(async move { engine.record_solve(user(7), problem).await.unwrap() })
    });
    for outcome in join_all(writers).await {
        assert_eq!(outcome.unwrap().recorded, 1);
    }
    let progress = engine.progress(user(7)).await.unwrap();
    assert_eq!(progress.overall().solved, 100);
    assert_eq!(engine.verify_user(user(7)).await.unwrap(), []);
}

/// In each edition, problems have other difficulties and topics than before, and the last ones are retired.
fn edition(number: u32) -> Catalogue {
    let problem = |n: u32| {
        let difficulty = Difficulty::ALL[(n + number) as usize % 3];
        let problem = Problem::new(format!("p-{n}"), format!("P {n} of {number}"), difficulty);
        let topic = Topic::new(format!("Topic {}", n % (3 + number))).unwrap();
        problem.unwrap().with_topics([topic])
    };
    Catalogue::new((0..400 - 30 * number).map(problem)).unwrap()
}

/// Publications race with all kinds of calls.
#[tokio::test(flavor = "multi_thread")]
async fn publications_and_users_do_not_get_in_each_others_way() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let store = store_with(&config).await.with_outbox();
    let publisher = engine(&store).await;
    publisher.publish_catalogue(&edition(0)).await.unwrap();
    let other = PgStore::connect_with(&config).await.unwrap();
    let other = other.with_schema(store.schema().clone()).with_outbox();
    let users = (0..8).map(|number| {
        let other = other.clone();
        tokio::spawn(async move { practise(&engine(&other).await, user(number / 2)).await })
    });
    let all_editions = async {
        for round in 0..30 {
            let next = edition(round % 3);
            let options = PublishOptions::default().with_any_number_retired();
            let done = publisher.publish_catalogue_with(&next, options).await;
            done.unwrap();
        }
    };
    let (users, ()) = tokio::join!(try_join_all(users), all_editions);
    users.unwrap();
    check_whole(&publisher, &store).await;
}

/// Refusals are fine: another task acts for the same user, and problems are retired.
async fn practise(engine: &Engine, user: UserId) {
    let fine = |outcome: Result<(), Error>| match outcome {
        Ok(()) | Err(Error::Refused(_)) => {}
        Err(error) => panic!("{error:?}"),
    };
    for round in 0..12 {
        let problem = engine.catalogue().problems()[round].id;
        fine(engine.record_solve(user, problem).await.map(drop));
        let created = engine.create_contest(user, &request(5)).await;
        let Ok(created) = created else {
            fine(created.map(drop));
            continue;
        };
        let contest = created.contest;
        for entry in &contest.problems {
            let id = entry.problem.id;
            fine(engine.mark_solved(user, contest.id, id).await.map(drop));
            fine(engine.unmark(user, contest.id, id).await.map(drop));
            fine(engine.mark_solved(user, contest.id, id).await.map(drop));
        }
        fine(engine.complete_contest(user, contest.id).await.map(drop));
    }
}
