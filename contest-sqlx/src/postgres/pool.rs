//! A host's pool: how to build it, and its guard.

use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Row as _};
use tokio::time::timeout;

use super::error::from_sqlx;
use super::options::{PgPoolConfig, StatementTimeout};

/// True outside a transaction, because a statement then begins one of its own; false in a transaction that
/// was left open; an error in a failed one. Must be sent as a simple query.
const OUTSIDE_TRANSACTION: &str = "select now() = statement_timestamp()";

/// How long a transaction may sit idle before the server ends it. Only publications and
/// maintenance have transactions, and they do not pause.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(30);

/// Adds the release check to the options of a pool. A pool for
/// [`PgStore::from_pool`](super::PgStore::from_pool) needs it.
///
/// With sqlx 0.9.0, a future that is dropped inside `begin()` returns its connection with the
/// transaction still open. The next writes on that connection are acknowledged, but no other connection
/// sees them, and in the end they are lost. A second problem: if the peer of a connection went silent and
/// the connection is dropped while in use, its place in the pool is never freed.
///
/// The check runs after a connection was returned, when its caller has the answer. A connection that is
/// inside a transaction, or does not answer within `limit`, is closed.
///
/// It replaces any other `after_release` of these options.
#[must_use]
pub fn guard_release(options: PgPoolOptions, limit: Duration) -> PgPoolOptions {
    options.after_release(move |connection, _| {
        Box::pin(answers_in(limit, is_outside_transaction(connection)))
    })
}

pub(super) async fn is_outside_transaction(
    connection: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::raw_sql(OUTSIDE_TRANSACTION)
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}

/// Whether this pool discards connections that are returned inside a transaction, as it does with
/// [`guard_release`].
///
/// Tests this on a separate connection, opened with the options and the hooks of the pool and closed
/// afterwards. The pool itself is not used.
///
/// # Errors
/// When the database cannot be reached.
///
/// # Cancel safety
/// Leaves nothing behind.
pub async fn has_release_guard(pool: &PgPool) -> Result<bool, StoreError> {
    let options = pool.options().clone();
    let trial = options
        .max_connections(1)
        .min_connections(0)
        .connect_lazy_with(pool.connect_options().as_ref().clone());
    let guarded = discards_open_transaction(&trial).await;
    trial.close().await;
    guarded.map_err(from_sqlx)
}

async fn discards_open_transaction(trial: &PgPool) -> Result<bool, sqlx::Error> {
    let mut connection = trial.acquire().await?;
    sqlx::raw_sql("begin").execute(&mut *connection).await?;
    connection.return_to_pool().await;
    let mut next = trial.acquire().await?;
    // Closed in every case, so that nothing else can use it.
    next.close_on_drop();
    is_outside_transaction(&mut next).await
}

impl PgPoolConfig {
    /// The options of the pool, with [`guard_release`], for hosts that build it themselves.
    pub fn pool_options(&self) -> PgPoolOptions {
        let (idle, limit) = (self.test_after_idle, self.release_timeout);
        let options = PgPoolOptions::new()
            .max_connections(self.max_connections)
            .min_connections(self.idle_connections)
            .max_lifetime(self.max_lifetime)
            .idle_timeout(self.idle_timeout)
            .acquire_timeout(self.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(move |connection, metadata| {
                Box::pin(answers_if_idle(connection, metadata, idle, limit))
            });
        guard_release(options, limit)
    }

    /// The options of new connections, for hosts that build the pool themselves.
    pub fn connect_options(&self) -> PgConnectOptions {
        let options = match self.connect.get_application_name() {
            Some(_) => self.connect.clone(),
            None => self.connect.clone().application_name("contest"),
        };
        match self.statement_timeout {
            StatementTimeout::Role => options,
            StatementTimeout::Startup(limit) => options.options([
                ("statement_timeout", limit.as_millis()),
                (
                    "idle_in_transaction_session_timeout",
                    IDLE_IN_TRANSACTION.as_millis(),
                ),
            ]),
        }
    }
}

/// Tests a connection that was idle for long: a firewall or a restart may have closed it.
async fn answers_if_idle(
    connection: &mut PgConnection,
    metadata: PoolConnectionMetadata,
    idle: Duration,
    limit: Duration,
) -> Result<bool, sqlx::Error> {
    if metadata.idle_for < idle {
        return Ok(true);
    }
    answers_in(limit, connection.ping()).await.map(|()| true)
}

/// Waits for an answer. An error makes the pool close the connection at once, without waiting for its peer.
pub(super) async fn answers_in<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(sqlx::Error::Io(elapsed.into())),
    }
}
