//! A pool of the host's: how it is built, and what guards it.

use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Row as _};
use tokio::time::timeout;

use super::error::from_sqlx;
use super::options::{PgPoolConfig, StatementTimeout};

/// True outside a transaction, where a statement begins one of its own; false in one that was left
/// open; an error in one that failed. Must be sent as a simple query.
const OUTSIDE_TRANSACTION: &str = "select now() = statement_timestamp()";

/// How long a transaction may sit idle before the server ends it. Only publications and
/// maintenance have transactions, and they do not pause.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(30);

/// Adds the release check to the options of a pool. A pool for
/// [`PgStore::from_pool`](super::PgStore::from_pool) needs it.
///
/// With sqlx 0.9.0, a future that is dropped inside `begin()` returns its connection with the
/// transaction still open. The next caller on that connection has writes acknowledged that no other
/// connection sees and that are lost in the end. And a connection whose peer went silent, dropped while
/// in use, never gives its place in the pool back. The check runs after a connection was returned, off
/// the path of any caller: one that is inside a transaction, or does not answer within `limit`, is
/// closed instead of kept.
///
/// It takes the place of any other `after_release` of these options.
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
/// Tries it on a connection of its own, opened with the options and the hooks of the pool and then
/// closed. The pool itself is left alone.
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
    // Closed whatever the answer is, so that nothing can make use of it.
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

    /// How connections are opened, for hosts that build the pool themselves.
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

/// Tries a connection that was idle for long: a firewall or a restart may have ended it.
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

/// An error closes the connection without a word to its peer, which may be silent.
pub(super) async fn answers_in<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(sqlx::Error::Io(elapsed.into())),
    }
}
