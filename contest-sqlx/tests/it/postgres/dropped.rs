//! Calls whose futures are dropped: their connections work, and the stored data is consistent.

use std::time::Duration;

use contest_core::catalogue::Revision;
use contest_core::store::{
    AttemptPage, CatalogueRepository as _, CommitError, ContestSelector, HistoryRepository as _,
    PublicationCommit, TimeOrder, UserRepository as _,
};
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use contest_sqlx::testing::{Postgres, Proxy};
use futures::future::try_join_all;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};
use tokio::time::timeout;

use super::fixture::{
    commit, creation, ping_and_release, problems, record, revision, solve, store_with, url, user,
};

/// Calls dropped at any time from their start to their end.
#[tokio::test(flavor = "multi_thread")]
async fn dropped_calls_leave_the_pool_and_the_data_whole() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let store = store_with(&config.with_max_connections(5)).await;
    store.commit_user(&creation(user(1))).await.unwrap();
    for round in 0..2_000_u64 {
        let limit = Duration::from_micros((round * 7_919) % 2_500);
        let seen = store
            .load_user(user(1), &ContestSelector::Open)
            .await
            .unwrap();
        let mut next = commit(user(1), seen.version(), record(None));
        next.record.ended.completed = seen.record.unwrap().ended.completed + 1;
        next.attempts = vec![solve(round.cast_signed() + 10, 1, None)];
        let _ = timeout(limit, async {
            drop(store.commit_user(&next).await);
            drop(store.load_user(user(1), &ContestSelector::Open).await);
        })
        .await;
    }
    all_are_outside_a_transaction(&store, 5).await;
    // There is one solve for each commit that succeeded, whether or not its caller got the answer.
    let seen = store
        .load_user(user(1), &ContestSelector::Open)
        .await
        .unwrap();
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 9_999,
    };
    let solves = store.list_attempts(user(1), page).await.unwrap();
    let kept = seen.record.unwrap().ended.completed - 3;
    assert_eq!(solves.items.len() as u64, kept + 2);
    assert!(kept > 10, "{kept}");
}

pub(crate) async fn all_are_outside_a_transaction(store: &PgStore, connections: u32) {
    let all_at_once = (0..connections).map(|_| store.hold());
    for mut held in try_join_all(all_at_once).await.unwrap() {
        let outside = sqlx::raw_sql("SELECT now() = statement_timestamp()");
        let row = outside.fetch_one(held.connection().unwrap()).await.unwrap();
        assert!(row.get::<bool, _>(0));
    }
}

/// A server of version 14 or newer stops a publication whose caller is gone.
#[tokio::test]
async fn a_dropped_publication_does_not_go_on_on_the_server() {
    let mut config = PgPoolConfig::parse(&url().await).unwrap();
    let watcher = store_with(&config).await;
    let name = format!("dropped publication {}", std::process::id());
    config.connect = config.connect.application_name(&name);
    let store = PgStore::connect_with(&config).await.unwrap();
    let store = store.with_schema(watcher.schema().clone());
    let mut holder = watcher.pool().begin().await.unwrap();
    let lock = format!("LOCK TABLE {}.catalogue_state", store.schema());
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let busy = async |expected: i64| {
        let mut found = -1;
        while found != expected {
            let query = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity \
                 WHERE application_name = $1 AND state <> 'idle'",
            );
            found = query.bind(&name).fetch_one(watcher.pool()).await.unwrap();
        }
    };
    let publication = PublicationCommit {
        expected: Revision::default(),
        revision: revision(1),
        problems: problems(0..3, "title"),
    };
    tokio::select! {
        outcome = store.commit_publication(&publication) => panic!("{outcome:?}"),
        () = busy(1) => {}
    }
    // The lock is still held.
    timeout(Duration::from_secs(20), busy(0)).await.unwrap();
    holder.rollback().await.unwrap();
    store.commit_publication(&publication).await.unwrap();
}

/// The server is silent on an open connection while its call is dropped: the connection is replaced.
#[tokio::test]
async fn a_silent_peer_of_a_dropped_call_is_replaced() {
    let postgres = Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let config = PgPoolConfig::parse(&proxy.url()).unwrap();
    let limit = Duration::from_millis(200);
    let store = store_with(&config.with_max_connections(1).with_release_timeout(limit)).await;
    ping_and_release(&store).await;
    proxy.mute_open();
    let sent = proxy.round_trips() + 1;
    let first = creation(user(1));
    tokio::select! {
        biased;
        outcome = store.commit_user(&first) => panic!("{outcome:?}"),
        () = proxy.reaches_round_trips(sent) => {}
    }
    let direct = proxy.connect_options().unwrap().connect().await;
    direct.unwrap().execute("SELECT 1").await.unwrap();
    store.ping().await.unwrap();
    let outcome = store.commit_user(&first).await;
    assert!(
        matches!(outcome, Ok(()) | Err(CommitError::Conflict)),
        "{outcome:?}"
    );
}
