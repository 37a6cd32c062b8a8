//! What the store says when its back end fails.

use std::time::Duration;

use contest_core::prelude::*;
use contest_core::store::{
    ProblemRepository, ProgressRepository, SolveRepository, StoreError, StoreErrorKind,
};
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::sqlite::support::{Directory, config, fresh, host_pool, open};
use crate::sqlite::work::{catalogue, user};

async fn solve(store: &SqliteStore) -> Result<u64, StoreError> {
    let problem = catalogue(1).problems()[0].id;
    let solve = NewSolve::new(problem, Timestamp::from_micros(5));
    match store.record_solves(user(1), &[solve]).await {
        Ok(outcome) => Ok(outcome.recorded),
        Err(contest_core::store::RecordSolvesError::Store(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_connection_whose_transaction_sqlite_ended_by_itself_is_replaced() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(3)).await.unwrap();
    let pool = host_pool(&directory, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    // What SQLite does when the disk is full. The driver believes it is in a transaction for ever.
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut *transaction)
        .await
        .unwrap();
    drop(transaction);
    drop(connection);
    let over_the_host_s_pool = SqliteStore::from_pool(pool);
    assert_eq!(solve(&over_the_host_s_pool).await.unwrap(), 1);
}

#[tokio::test]
async fn another_process_that_writes_for_too_long_is_a_transient_failure() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(3)).await.unwrap();
    let pool = host_pool(&directory, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let config = config(directory.database()).with_busy_timeout(Duration::from_millis(20));
    let impatient = SqliteStore::connect_with(&config).await.unwrap();
    let error = solve(&impatient).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    // Reading does not wait.
    impatient.solved_by_difficulty(user(1)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(solve(&impatient).await.unwrap(), 1);
}

#[tokio::test]
async fn an_exhausted_pool_is_a_transient_failure() {
    let directory = Directory::new();
    let options = SqliteConnectOptions::new().filename(directory.database());
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(20))
        .connect_with(options.create_if_missing(true))
        .await
        .unwrap();
    let store = SqliteStore::from_pool(pool.clone());
    store.migrate().await.unwrap();
    let taken = pool.acquire().await.unwrap();
    let error = store.solved_by_difficulty(user(1)).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    drop(taken);
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_database_without_the_schema_is_a_permanent_failure() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    for error in [
        store.ping().await.unwrap_err(),
        store.load_catalogue().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Permanent, "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_inconsistency() {
    let directory = Directory::new();
    std::fs::write(directory.database(), [7; 4096]).unwrap();
    let config = SqliteConfig::file(directory.database());
    let error = SqliteStore::connect_with(&config).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Inconsistent, "{error}");
}

#[tokio::test]
async fn a_row_that_cannot_be_is_named() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(9)).await.unwrap();
    let engine = Engine::builder(store).build().await.unwrap();
    let request = ContestRequest::new(
        ProblemCount::new(5).unwrap(),
        ContestDuration::from_minutes(60).unwrap(),
    );
    let contest = engine.create_contest(user(1), &request).await.unwrap().id;
    let pool = host_pool(&directory, 1).await;
    sqlx::raw_sql("UPDATE contests SET selection = '{}'")
        .execute(&pool)
        .await
        .unwrap();
    let Err(Error::Store(error)) = engine.contest(user(1), contest).await else {
        panic!("it was read");
    };
    assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
    let message = error.to_string();
    assert!(message.contains("contests.selection"), "{message}");
    assert!(message.contains(&contest.to_string()), "{message}");
}

#[tokio::test]
async fn a_closed_store_refuses_work() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.metrics().max, 1);
    store.close(Duration::from_secs(5)).await.unwrap();
    assert!(store.ping().await.is_err());
    assert_eq!(store.reader_metrics().open, 0);
}

/// All connections close at once, the one that wrote still being on its way back.
#[tokio::test]
async fn a_closed_store_leaves_no_log_behind() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(3)).await.unwrap();
    store.close(Duration::from_secs(5)).await.unwrap();
    for round in 0..150 {
        let store = open(directory.database()).await.unwrap();
        solve(&store).await.unwrap();
        store.close(Duration::from_secs(5)).await.unwrap();
        let log = directory.database().with_extension("db-wal");
        assert!(!log.exists(), "round {round}");
    }
}

#[tokio::test]
async fn counters_that_drifted_are_found_and_rebuilt() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(3)).await.unwrap();
    assert_eq!(solve(&store).await.unwrap(), 1);
    let pool = host_pool(&directory, 1).await;
    let spoil = "UPDATE user_progress SET easy = easy + 2; DELETE FROM user_topics;";
    sqlx::raw_sql(spoil).execute(&pool).await.unwrap();
    let drift = store.verify().await.unwrap();
    let names: Vec<_> = drift.iter().map(|drift| drift.counter.as_str()).collect();
    assert_eq!(names, ["easy", "topic:All", "topic:Topic 0"]);
    assert_eq!((drift[0].stored, drift[0].counted), (3, 1));
    assert_eq!(store.rebuild().await.unwrap(), drift);
    assert_eq!(store.verify().await.unwrap(), []);
    assert_eq!(store.solved_by_difficulty(user(1)).await.unwrap().easy, 1);
}

#[tokio::test]
async fn a_full_disk_is_survived() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(3_000)).await.unwrap();
    let pool = host_pool(&directory, 1).await;
    let store = SqliteStore::from_pool(pool.clone());
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&pool)
        .await
        .unwrap();
    let limit = format!("PRAGMA max_page_count = {}", pages + 10);
    sqlx::raw_sql(sqlx::AssertSqlSafe(limit))
        .execute(&pool)
        .await
        .unwrap();
    let problems = catalogue(3_000);
    let solve =
        |problem: &std::sync::Arc<Problem>| NewSolve::new(problem.id, Timestamp::from_micros(5));
    let solves: Vec<_> = problems.problems().iter().map(solve).collect();
    let full = store.record_solves(user(1), &solves).await.unwrap_err();
    assert!(full.to_string().contains("full"), "{full}");
    assert_eq!(store.verify().await.unwrap(), []);
    // The next one that fits works at once.
    let recorded = store.record_solves(user(1), &solves[..2]).await.unwrap();
    assert_eq!(recorded.recorded, 2);
    sqlx::raw_sql("PRAGMA max_page_count = 1000000")
        .execute(&pool)
        .await
        .unwrap();
    let recorded = store.record_solves(user(1), &solves).await.unwrap();
    assert_eq!(recorded.recorded, 2_998);
}
