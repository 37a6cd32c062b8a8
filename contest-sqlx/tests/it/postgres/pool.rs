//! The pool: bugs of sqlx 0.9.0 that must not affect calls, and exhaustion.

use std::time::Duration;

use contest_core::prelude::*;
use contest_core::store::{ContestSelector, StoreError, UserRepository as _};
use contest_sqlx::postgres::{PgPoolConfig, PgStore, StatementTimeout, guard_release};
use contest_sqlx::testing::{Postgres, Proxy};
use futures::future::try_join_all;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};
use tokio::time::timeout;

use super::dropped::all_are_outside_a_transaction;
use super::fixture::{store, store_with, url};
use crate::support::user;
use crate::support::worker::{catalogue, request};

/// How long a returned connection may take to answer.
const LIMIT: Duration = Duration::from_millis(200);

/// How long a caller waits for a connection: much longer than `LIMIT`.
const WAIT: Duration = Duration::from_secs(3);

/// A pool of one connection, so that each call gets the connection of the call before it.
fn plain() -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(1);
    options.acquire_timeout(WAIT).test_before_acquire(false)
}

/// A database with a catalogue, and a store connected to it directly.
async fn direct(url: &str) -> (PgStore, Engine) {
    let store = PgStore::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(30)).await.unwrap();
    (store, engine)
}

/// Polls `call` until it has sent its first statement, and drops it before the answer.
async fn drop_while_waiting<T>(proxy: &Proxy, call: impl Future<Output = T>) {
    let sent = proxy.round_trips() + 1;
    tokio::select! {
        biased;
        _ = call => panic!("answered by a mute server"),
        () = proxy.reaches_round_trips(sent) => {}
    }
}

/// Drops a `begin()` on a host's pool, then creates a contest over it. Returns whether other connections see
/// the acknowledged contest.
async fn is_seen_after_a_dropped_begin(options: PgPoolOptions) -> bool {
    let postgres = Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    let (_, past) = direct(&database.url()).await;
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let pool = options.connect_lazy_with(proxy.connect_options().unwrap());
    let engine = Engine::builder(PgStore::from_pool(pool.clone()));
    let engine = engine.build().await.unwrap();
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    proxy.mute();
    drop_while_waiting(&proxy, pool.begin()).await;
    proxy.resume();
    let created = engine.create_contest(user(1), &request(5)).await.unwrap();
    let seen = past.contest(user(1), created.contest.id).await;
    drop(pool);
    database.close().await.unwrap();
    seen.is_ok()
}

/// The bug must appear without the check. Once it does not, the check can be removed.
#[tokio::test]
async fn a_dropped_begin_of_the_host_hides_a_contest_unless_releases_are_checked() {
    assert!(!is_seen_after_a_dropped_begin(plain()).await);
    assert!(is_seen_after_a_dropped_begin(guard_release(plain(), LIMIT)).await);
}

/// A creation is dropped while its commit runs. The connection is used again only after the commit has
/// ended, and the same key finds the contest or creates one.
#[tokio::test]
async fn the_connection_of_a_dropped_commit_is_not_used_before_it_has_ended() {
    let postgres = Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    let (past, _) = direct(&database.url()).await;
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let config = PgPoolConfig::parse(&proxy.url()).unwrap();
    let store = PgStore::connect_with(&config.with_max_connections(1)).await;
    let store = store.unwrap();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let warm_up = engine.create_contest(user(9), &request(5)).await;
    warm_up.unwrap();
    let key = IdempotencyKey::new("once").unwrap();
    let request = request(5).with_idempotency_key(key.clone());
    let mut repeated = Vec::new();
    // Dropped after each of the first round trips: during the load, between load and commit, during the commit.
    for trips in 1..=6 {
        while store.metrics().idle == 0 {
            tokio::task::yield_now().await;
        }
        let number = trips;
        let sent = proxy.round_trips() + trips;
        tokio::select! {
            biased;
            () = proxy.reaches_round_trips(sent) => {}
            _ = engine.create_contest(user(number), &request) => {}
        }
        let again = engine.create_contest(user(number), &request).await.unwrap();
        let by_key = ContestSelector::Key(key.clone());
        let kept = past.load_user(user(number), &by_key).await.unwrap();
        assert_eq!(kept.contest.unwrap().id, again.contest.id);
        let limit = PageLimit::default();
        let all = engine.contests(user(number), None, limit).await.unwrap();
        assert_eq!(all.items.len(), 1);
        assert_eq!(engine.verify_user(user(number)).await.unwrap(), []);
        repeated.push(again.repeated);
    }
    println!("dropped at each round trip, kept: {repeated:?}");
    assert!(repeated.contains(&true) && repeated.contains(&false));
    all_are_outside_a_transaction(&store, 1).await;
}

/// A connection goes silent and its call is dropped. New connections reach the server all the time.
#[tokio::test]
async fn a_silent_peer_does_not_take_a_connection_from_the_pool() {
    let postgres = Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    drop(direct(&database.url()).await);
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let config = PgPoolConfig::parse(&proxy.url()).unwrap();
    let config = config.with_max_connections(1).with_acquire_timeout(WAIT);
    let config = config.with_release_timeout(LIMIT);
    let store = PgStore::connect_with(&config).await.unwrap();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    while store.metrics().idle == 0 {
        tokio::task::yield_now().await;
    }
    proxy.mute_open();
    drop_while_waiting(&proxy, engine.progress(user(1))).await;
    let other = proxy.connect_options().unwrap().connect().await;
    other.unwrap().execute("SELECT 1").await.unwrap();
    engine.progress(user(1)).await.unwrap();
}

fn transient(error: &Error) -> &StoreError {
    let Error::Store(error) = error else {
        panic!("{error:?}")
    };
    assert!(error.is_transient(), "{error:?}");
    error
}

#[tokio::test]
async fn an_exhausted_pool_is_a_transient_error() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let limit = Duration::from_secs(1);
    let config = config.with_max_connections(1).with_acquire_timeout(limit);
    let store = store_with(&config).await;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let held = store.hold().await.unwrap();
    transient(&engine.progress(user(1)).await.unwrap_err());
    assert_eq!(store.metrics().in_use, 1);
    drop(held);
    engine.progress(user(1)).await.unwrap();
}

/// Dropping a call does not stop its statement on the server. The statement timeout does.
#[tokio::test]
async fn a_dropped_statement_ends_by_the_statement_timeout() {
    let watcher = store().await;
    let publisher = Engine::builder(watcher.clone()).build().await.unwrap();
    publisher.publish_catalogue(&catalogue(30)).await.unwrap();
    let name = format!("dropped statement {}", std::process::id());
    let mut config = PgPoolConfig::new((*watcher.pool().connect_options()).clone());
    config.connect = config.connect.application_name(&name);
    let limit = StatementTimeout::Startup(Duration::from_secs(1));
    let config = config.with_max_connections(1).with_statement_timeout(limit);
    let store = PgStore::connect_with(&config).await.unwrap();
    let store = store.with_schema(watcher.schema().clone());
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let mut holder = watcher.pool().begin().await.unwrap();
    let lock = format!(
        "LOCK TABLE {}.user_records IN EXCLUSIVE MODE",
        store.schema()
    );
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let in_state = async |state: &str, expected: i64| {
        let count = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND {state}"
        );
        let mut found = -1;
        while found != expected {
            let query = sqlx::query_scalar(AssertSqlSafe(count.clone())).bind(&name);
            found = query.fetch_one(watcher.pool()).await.unwrap();
        }
    };
    let request = request(5);
    tokio::select! {
        outcome = engine.create_contest(user(1), &request) => panic!("{outcome:?}"),
        () = in_state("wait_event_type = 'Lock'", 1) => {}
    }
    // The lock is still held, so only the timeout can end the wait.
    let ended = timeout(Duration::from_secs(20), in_state("state <> 'idle'", 0)).await;
    ended.unwrap();
    all_are_outside_a_transaction(&store, 1).await;
    // The call left nothing, and does not block others.
    assert!(engine.active_contest(user(1)).await.unwrap().is_none());
    let error = engine.create_contest(user(1), &request).await.unwrap_err();
    transient(&error);
    holder.rollback().await.unwrap();
    engine.create_contest(user(1), &request).await.unwrap();
}

#[tokio::test]
async fn closing_waits_for_calls_and_not_for_ever() {
    let store = store().await;
    let held = store.hold().await.unwrap();
    let error = store.close(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_transient());
    drop(held);
    store.close(Duration::from_secs(5)).await.unwrap();
    let load = store.load_user(user(1), &ContestSelector::None).await;
    assert!(!load.unwrap_err().is_transient());
}

/// A separate pool for a test.
async fn pool_of(change: impl FnOnce(PgPoolConfig) -> PgPoolConfig) -> PgStore {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    PgStore::connect_with(&change(config)).await.unwrap()
}

async fn server_process(store: &PgStore) -> i32 {
    let rows = store.send(|| sqlx::query("SELECT pg_backend_pid()")).await;
    rows.unwrap()[0].get(0)
}

#[tokio::test]
async fn connections_above_the_number_to_keep_are_closed_after_the_crowd() {
    let few = |idle| {
        move |config: PgPoolConfig| {
            let config = config.with_max_connections(5).with_idle_connections(2);
            config.with_idle_timeout(idle)
        }
    };
    for (idle, kept) in [(Duration::ZERO, 2), (Duration::from_hours(1), 5)] {
        let store = pool_of(few(idle)).await;
        let crowd = try_join_all((0..5).map(|_| store.hold())).await.unwrap();
        assert_eq!((store.metrics().open, store.metrics().in_use), (5, 5));
        drop(crowd);
        server_process(&store).await;
        assert_eq!((store.metrics().open, store.metrics().in_use), (kept, 0));
    }
}

#[tokio::test]
async fn a_connection_lives_as_long_as_it_may() {
    for (lifetime, same) in [(Duration::ZERO, false), (Duration::from_hours(1), true)] {
        let one = |config: PgPoolConfig| config.with_max_connections(1);
        let store = pool_of(|config| one(config).with_max_lifetime(lifetime)).await;
        let first = server_process(&store).await;
        assert_eq!(server_process(&store).await == first, same);
    }
}

/// The server process of the connection ended while no call used it.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_tried_first() {
    for (idle, survives) in [(Duration::ZERO, true), (Duration::from_hours(1), false)] {
        let one = |config: PgPoolConfig| config.with_max_connections(1);
        let store = pool_of(|config| one(config).with_test_after_idle(idle)).await;
        let first = server_process(&store).await;
        let end = sqlx::query("SELECT pg_terminate_backend($1, 5000)").bind(first);
        end.execute(store.pool()).await.unwrap();
        let next = store.send(|| sqlx::query("SELECT 1")).await;
        assert_eq!(next.is_ok(), survives, "{next:?}");
        // A connection that failed is replaced.
        assert_ne!(server_process(&store).await, first);
    }
}
