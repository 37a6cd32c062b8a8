//! The store's own pool.
//!
//! Every statement on it is a transaction of its own, and connections with longer transactions are closed
//! after use. So a returned connection needs no check, unless its call was dropped while a statement ran:
//! then it queues behind all others and is checked before its next use. sqlx's pool cannot tell the two
//! cases apart and sends a ping after every call, which doubles the round trips.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult,
};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::options::{PgPoolConfig, StatementTimeout};
use super::pool::{answers_in, is_outside_transaction};
use crate::PoolMetrics;

/// The first and the longest pause between two attempts to connect.
const CONNECT_PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// A pool that only one store uses. Clones share it.
#[derive(Clone)]
pub(super) struct OwnPool {
    pool: Pool<Connector>,
    shared: Arc<Shared>,
}

struct Shared {
    config: PgPoolConfig,
    connect: PgConnectOptions,
    /// The last time when more connections were in use than the pool keeps idle.
    crowded: Mutex<Instant>,
    /// Notified when a connection is returned or closed.
    returned: Notify,
}

/// A connection, and whether it is certainly between two statements.
pub(super) struct Pooled {
    connection: PgConnection,
    between: bool,
}

/// A connection in use. If it is dropped before [`end`](Self::end), it is checked before its next use.
pub(super) struct InUse {
    /// `Some` until the drop.
    object: Option<Object<Connector>>,
    shared: Arc<Shared>,
    closes: bool,
}

impl OwnPool {
    /// Opens a pool with one connection.
    pub(super) async fn open(config: &PgPoolConfig) -> Result<Self, sqlx::Error> {
        let mut connect = config.connect_options();
        if let StatementTimeout::Startup(_) = config.statement_timeout {
            connect = connect.options([("default_transaction_isolation", "read committed")]);
        }
        let shared = Arc::new(Shared {
            config: config.clone(),
            connect,
            crowded: Mutex::new(Instant::now()),
            returned: Notify::new(),
        });
        let connector = Connector(Arc::clone(&shared));
        let max = usize::try_from(config.max_connections).unwrap_or(usize::MAX);
        // First in, first out: a connection to be checked comes last.
        let pool = Pool::builder(connector)
            .max_size(max)
            .queue_mode(QueueMode::Fifo);
        let pool = pool
            .build()
            .map_err(|error| sqlx::Error::Configuration(error.into()))?;
        let pool = Self { pool, shared };
        pool.acquire().await?.end();
        Ok(pool)
    }

    /// A connection, within the acquire timeout.
    pub(super) async fn acquire(&self) -> Result<InUse, sqlx::Error> {
        let limit = self.shared.config.acquire_timeout;
        let object = match timeout(limit, self.pool.get()).await {
            Ok(Ok(object)) => object,
            Ok(Err(PoolError::Backend(error))) => return Err(error),
            Ok(Err(PoolError::Closed)) => return Err(sqlx::Error::PoolClosed),
            Ok(Err(
                PoolError::Timeout(_)
                | PoolError::NoRuntimeSpecified
                | PoolError::PostCreateHook(_),
            ))
            | Err(_) => return Err(sqlx::Error::PoolTimedOut),
        };
        self.close_surplus();
        Ok(InUse {
            object: Some(object),
            shared: Arc::clone(&self.shared),
            closes: false,
        })
    }

    /// Closes connections above the number to keep, if no more than that were in use for a while.
    fn close_surplus(&self) {
        let config = &self.shared.config;
        let keep = usize::try_from(config.idle_connections).unwrap_or(usize::MAX);
        let status = self.pool.status();
        if status.size <= keep {
            return;
        }
        let mut crowded = self
            .shared
            .crowded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if status.size - status.available > keep {
            *crowded = Instant::now();
        } else if crowded.elapsed() >= config.idle_timeout {
            let mut surplus = status.size - keep;
            drop(self.pool.retain(|_, _| {
                let closes = surplus > 0;
                surplus -= usize::from(closes);
                !closes
            }));
        }
    }

    /// The options of new connections.
    pub(super) fn connect_options(&self) -> &PgConnectOptions {
        &self.shared.connect
    }

    pub(super) fn metrics(&self) -> PoolMetrics {
        let status = self.pool.status();
        let number = |of| u32::try_from(of).unwrap_or(u32::MAX);
        PoolMetrics {
            open: number(status.size),
            idle: number(status.available.min(status.size)),
            in_use: number(status.size.saturating_sub(status.available)),
            max: self.shared.config.max_connections,
        }
    }

    /// Refuses new calls, and waits until the running ones have ended.
    pub(super) async fn close(&self) {
        self.pool.close();
        loop {
            let returned = self.shared.returned.notified();
            if self.pool.status().size == 0 {
                return;
            }
            returned.await;
        }
    }
}

impl Shared {
    /// Connects. With `sslmode=prefer`, the default, it falls back to a plain connection if TLS fails, like
    /// libpq. sqlx falls back only if the server offers no TLS.
    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let failed = match self.connect.connect().await {
            Err(error) => error,
            connected => return connected,
        };
        if !is_of_tls(&failed) {
            return Err(failed);
        }
        if !matches!(self.connect.get_ssl_mode(), PgSslMode::Prefer) {
            // Every such failure becomes `Tls`, so that its message is about TLS.
            return Err(sqlx::Error::Tls(failed.into()));
        }
        tracing::warn!(error = %failed, "TLS failed; connecting without TLS because `sslmode` is `prefer`");
        let plain = self.connect.clone().ssl_mode(PgSslMode::Disable);
        plain.connect().await
    }
}

impl InUse {
    /// The connection. The answer must be read to its end before [`end`](Self::end).
    pub(super) fn connection(&mut self) -> Option<&mut PgConnection> {
        let pooled = self.object.as_deref_mut()?;
        pooled.between = false;
        Some(&mut pooled.connection)
    }

    /// Marks the connection as between two statements: everything sent was answered.
    pub(super) fn end(mut self) {
        if let Some(object) = &mut self.object {
            object.between = true;
        }
    }

    /// Closes the connection when it is dropped.
    pub(super) fn close_on_drop(&mut self) {
        self.closes = true;
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            if self.closes {
                drop(Object::take(object));
            } else {
                drop(object);
            }
        }
        self.shared.returned.notify_waiters();
    }
}

/// Opens connections and checks those used before.
struct Connector(Arc<Shared>);

impl Manager for Connector {
    type Type = Pooled;
    type Error = sqlx::Error;

    /// Retries while the server is starting or full, until the caller's timeout.
    async fn create(&self) -> Result<Pooled, sqlx::Error> {
        let (mut pause, longest) = CONNECT_PAUSE;
        loop {
            // Boxed to keep the futures of calls small: they seldom connect.
            match Box::pin(self.0.connect()).await {
                Ok(connection) => {
                    return Ok(Pooled {
                        connection,
                        between: true,
                    });
                }
                Err(error) if may_pass(&error) => sleep(pause).await,
                Err(error) => return Err(error),
            }
            pause = longest.min(pause * 2);
        }
    }

    async fn recycle(&self, pooled: &mut Pooled, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        let config = &self.0.config;
        if metrics.age() > config.max_lifetime {
            return Err(RecycleError::message("it reached its maximum lifetime"));
        }
        let limit = config.release_timeout;
        if !pooled.between {
            let outside = is_outside_transaction(&mut pooled.connection);
            let outside = Box::pin(answers_in(limit, outside)).await?;
            if !outside {
                return Err(RecycleError::message("a transaction was left open"));
            }
            pooled.between = true;
        } else if metrics.last_used() >= config.test_after_idle {
            // A firewall or a restart may have closed it.
            Box::pin(answers_in(limit, pooled.connection.ping())).await?;
        }
        Ok(())
    }
}

/// Whether TLS failed while connecting. rustls reports that as invalid data.
fn is_of_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// Whether a server that refused a connection may soon accept one.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => {
            matches!(error.code().as_deref(), Some("57P03" | "53300"))
        }
        _ => false,
    }
}
