//! Two faults of sqlx 0.9.0's pool, and that the release check takes care of them. Each scenario
//! runs on a plain pool too, where the fault must appear: once it does not, the check can go.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::time::Duration;

use contest_sqlx::postgres::{PgPoolConfig, guard_release};
use contest_sqlx::testing::{Database, Postgres, Proxy};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};

/// How long a returned connection may take to answer.
const LIMIT: Duration = Duration::from_millis(200);

/// How long a caller waits for a connection: much longer than that.
const WAIT: Duration = Duration::from_secs(3);

/// A pool of one connection, so that each call gets what the one before left behind.
fn plain() -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(1);
    options.acquire_timeout(WAIT).test_before_acquire(false)
}

fn guarded() -> PgPoolOptions {
    guard_release(plain(), LIMIT)
}

fn ours() -> PgPoolOptions {
    let config = PgPoolConfig::parse("postgres://").unwrap();
    let config = config.with_max_connections(1).with_acquire_timeout(WAIT);
    config.with_release_timeout(LIMIT).pool_options()
}

struct Scene {
    database: Database,
    proxy: Proxy,
    pool: PgPool,
}

impl Scene {
    async fn new(options: PgPoolOptions) -> Self {
        let postgres = Postgres::shared().await.unwrap();
        let database = postgres.database().await.unwrap();
        let proxy = Proxy::to(&database.url()).await.unwrap();
        let pool = options.connect_lazy_with(proxy.connect_options().unwrap());
        let mut connection = pool.acquire().await.unwrap();
        connection.execute("CREATE TABLE things ()").await.unwrap();
        connection.return_to_pool().await;
        Self {
            database,
            proxy,
            pool,
        }
    }

    /// Sends what `call` sends first, and drops it while it waits for the answer.
    async fn drop_while_waiting<T>(&self, call: impl Future<Output = T>) {
        let sent = self.proxy.round_trips() + 1;
        tokio::select! {
            biased;
            _ = call => panic!("answered by a mute server"),
            () = self.proxy.reaches_round_trips(sent) => {}
        }
    }

    /// How many rows everybody else sees.
    async fn seen_by_others(&self) -> i64 {
        let options = self.database.connect_options().unwrap();
        let mut other = options.connect().await.unwrap();
        let count = sqlx::query_scalar("SELECT count(*) FROM things");
        count.fetch_one(&mut other).await.unwrap()
    }

    async fn close(self) {
        self.database.close().await.unwrap();
    }
}

/// How many of one acknowledged row others see, after a call was dropped inside `begin()`.
async fn seen_after_a_dropped_begin(options: PgPoolOptions) -> i64 {
    let scene = Scene::new(options).await;
    scene.proxy.mute();
    scene.drop_while_waiting(scene.pool.begin()).await;
    scene.proxy.resume();
    let inserted = scene.pool.execute("INSERT INTO things DEFAULT VALUES");
    assert_eq!(inserted.await.unwrap().rows_affected(), 1);
    let seen = scene.seen_by_others().await;
    scene.close().await;
    seen
}

#[tokio::test]
async fn without_the_check_a_dropped_begin_hides_the_next_write() {
    assert_eq!(seen_after_a_dropped_begin(plain()).await, 0);
}

#[tokio::test]
async fn with_the_check_a_dropped_begin_hides_nothing() {
    assert_eq!(seen_after_a_dropped_begin(guarded()).await, 1);
    assert_eq!(seen_after_a_dropped_begin(ours()).await, 1);
}

/// Whether the pool still works after its connection fell silent and was dropped in use. The server
/// can be reached all the time.
async fn works_after_a_silent_peer(options: PgPoolOptions) -> Result<(), sqlx::Error> {
    let scene = Scene::new(options).await;
    let mut connection = scene.pool.acquire().await.unwrap();
    scene.proxy.mute_open();
    scene
        .drop_while_waiting(connection.execute("SELECT 1"))
        .await;
    drop(connection);
    let direct = scene.proxy.connect_options().unwrap().connect().await;
    direct.unwrap().execute("SELECT 1").await.unwrap();
    let result = scene.pool.execute("SELECT 1").await;
    scene.close().await;
    result.map(drop)
}

#[tokio::test]
async fn without_the_check_a_silent_peer_takes_a_connection_from_the_pool() {
    let error = works_after_a_silent_peer(plain()).await.unwrap_err();
    assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error:?}");
}

#[tokio::test]
async fn with_the_check_a_silent_peer_is_replaced() {
    works_after_a_silent_peer(guarded()).await.unwrap();
    works_after_a_silent_peer(ours()).await.unwrap();
}
