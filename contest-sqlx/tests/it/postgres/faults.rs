//! Failures: the error of a commit tells its effect.

use std::time::Duration;

use contest_core::store::{CommitError, ContestSelector, StoreErrorKind, UserRepository as _};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgPoolConfig, PgStore, StatementTimeout};
use contest_sqlx::testing::{Postgres, Proxy};
use sqlx::{AssertSqlSafe, Executor as _};

use super::fixture::{
    commit, creation, ping_and_release, record, solve, store, store_with, url, user,
};

#[tokio::test]
async fn without_a_connection_nothing_was_kept() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let limit = Duration::from_secs(1);
    let config = config.with_max_connections(1).with_acquire_timeout(limit);
    let store = store_with(&config).await;
    let held = store.hold().await.unwrap();
    let outcome = store.commit_user(&creation(user(1))).await;
    let Err(CommitError::Failed(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(error.is_transient());
    drop(held);
    store.close(Duration::from_secs(5)).await.unwrap();
    let outcome = store.commit_user(&creation(user(1))).await;
    assert!(
        matches!(outcome, Err(CommitError::Failed(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_read_only_database_answers_and_is_not_writable() {
    let url = url().await;
    let config = PgPoolConfig::parse(&url).unwrap();
    let before = store_with(&config).await;
    before.ping_writable().await.unwrap();
    let parameter = "options[default_transaction_read_only]=on";
    let config = PgPoolConfig::parse(&format!("{url}&{parameter}")).unwrap();
    let store = PgStore::connect_with(&config).await.unwrap();
    let store = store.with_schema(before.schema().clone());
    store.ping().await.unwrap();
    let error = store.ping_writable().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_commit_that_takes_too_long_was_not_kept() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let limit = StatementTimeout::Startup(Duration::from_millis(100));
    let store = store_with(&config.with_statement_timeout(limit)).await;
    let mut holder = store.pool().begin().await.unwrap();
    let lock = format!(
        "LOCK TABLE {}.user_records IN EXCLUSIVE MODE",
        store.schema()
    );
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let outcome = store.commit_user(&creation(user(1))).await;
    let Err(CommitError::Failed(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(error.is_transient());
    holder.rollback().await.unwrap();
    let loaded = store.load_user(user(1), &ContestSelector::Open).await;
    assert_eq!(loaded.unwrap().record, None);
}

#[tokio::test]
async fn what_cannot_be_stored_fails_for_good() {
    let store = store().await;
    let mut ancient = commit(user(1), None, record(None));
    ancient.attempts = vec![solve(0, 1, None)];
    ancient.attempts[0].at = Timestamp::from_micros(i64::MIN);
    let outcome = store.commit_user(&ancient).await;
    let Err(CommitError::Failed(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Permanent);
    let bare = PgStore::connect(&url().await).await.unwrap();
    let outcome = bare.commit_user(&creation(user(1))).await;
    assert!(
        matches!(outcome, Err(CommitError::Failed(_))),
        "{outcome:?}"
    );
}

/// A store behind a proxy, with one connection.
async fn behind_proxy() -> (PgStore, Proxy) {
    let postgres = Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let config = PgPoolConfig::parse(&proxy.url()).unwrap();
    (store_with(&config.with_max_connections(1)).await, proxy)
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_leaves_it_unknown() {
    let (store, proxy) = behind_proxy().await;
    ping_and_release(&store).await;
    let first = creation(user(1));
    proxy.mute();
    let sent = proxy.round_trips() + 1;
    let committing = {
        let (store, first) = (store.clone(), first.clone());
        tokio::spawn(async move { store.commit_user(&first).await })
    };
    proxy.reaches_round_trips(sent).await;
    proxy.drop_all();
    let outcome = committing.await.unwrap();
    assert!(
        matches!(outcome, Err(CommitError::Unknown(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_terminated_connection_leaves_it_unknown() {
    let store = store().await;
    let mut holder = store.pool().begin().await.unwrap();
    let lock = format!(
        "LOCK TABLE {}.user_records IN EXCLUSIVE MODE",
        store.schema()
    );
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let committing = {
        let store = store.clone();
        tokio::spawn(async move { store.commit_user(&creation(user(1))).await })
    };
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while sqlx::query(end)
        .fetch_all(store.pool())
        .await
        .unwrap()
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    let outcome = committing.await.unwrap();
    assert!(
        matches!(outcome, Err(CommitError::Unknown(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn loads_and_commits_are_one_round_trip() {
    let (store, proxy) = behind_proxy().await;
    let mut version = None;
    let mut counted = Vec::new();
    for _ in 0..4 {
        let before = proxy.round_trips();
        let open = ContestSelector::Open;
        store.load_user(user(1), &open).await.unwrap();
        let between = proxy.round_trips();
        let next = commit(user(1), version, record(None));
        version = Some(next.record.version);
        store.commit_user(&next).await.unwrap();
        counted.push((between - before, proxy.round_trips() - between));
    }
    // The first two also prepare their statements.
    assert_eq!(counted[2..], [(1, 1); 2], "{counted:?}");
}
