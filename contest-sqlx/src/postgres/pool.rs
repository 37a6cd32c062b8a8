//! The pool: how it is built, what guards it, how to look at it and how to close it.

use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
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

/// Adds the release check to the options of a pool: whoever builds a pool for
/// [`PgStore::from_pool`](super::PgStore::from_pool) needs it.
///
/// With sqlx 0.9.0, a future that is dropped inside `begin()` returns its connection with the
/// transaction still open. Whoever gets that connection next has writes acknowledged that nobody
/// else sees and that are lost in the end. And a connection whose peer went silent, dropped while
/// in use, never gives its place in the pool back. The check runs after a connection was
/// returned, off the path of any caller: one that is inside a transaction, or does not answer within
/// `limit`, is closed instead of kept.
///
/// It takes the place of any other `after_release` of these options.
#[must_use]
pub fn guard_release(options: PgPoolOptions, limit: Duration) -> PgPoolOptions {
    options.after_release(move |connection, _| {
        Box::pin(async move {
            match timeout(limit, is_outside_transaction(connection)).await {
                Ok(answer) => answer,
                // An error closes the connection without a word to the silent peer.
                Err(elapsed) => Err(sqlx::Error::Io(elapsed.into())),
            }
        })
    })
}

pub(crate) async fn is_outside_transaction(
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

    /// Opens the pool, and one connection to see that it works.
    ///
    /// # Errors
    /// When the database cannot be reached.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn connect_pool(&self) -> Result<PgPool, StoreError> {
        let options = self.connect_options();
        self.pool_options()
            .connect_with(options)
            .await
            .map_err(from_sqlx)
    }

    /// The pool, which opens its first connection when it is used. Must be called inside a Tokio
    /// runtime.
    pub fn connect_pool_lazy(&self) -> PgPool {
        self.pool_options()
            .connect_lazy_with(self.connect_options())
    }

    pub(crate) fn connect_options(&self) -> sqlx::postgres::PgConnectOptions {
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
    match timeout(limit, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(elapsed) => Err(sqlx::Error::Io(elapsed.into())),
    }
}

/// A look at a pool at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PgPoolMetrics {
    /// Open connections, and those being opened.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// Connections in use, or on their way out of it.
    pub in_use: u32,
    /// The most that may be open.
    pub max: u32,
}

impl PgPoolMetrics {
    /// Looks at the pool.
    pub fn of(pool: &PgPool) -> Self {
        let open = pool.size();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(open);
        Self {
            open,
            idle,
            in_use: open - idle,
            max: pool.options().get_max_connections(),
        }
    }
}
