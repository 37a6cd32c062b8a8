//! PostgreSQL: [`PgStore`].
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use contest_core::prelude::*;
//! use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore, StatementTimeout};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = PgPoolConfig::parse("postgres://app@db.example/app")?
//!     .with_max_connections(10)
//!     .with_statement_timeout(StatementTimeout::Startup(Duration::from_secs(2)));
//! let store = PgStore::connect_with(&config).await?.with_schema(PgSchema::new("contest")?);
//! store.migrate().await?;
//!
//! let engine = Engine::builder(store.clone()).build().await?;
//! engine.publish_catalogue(&Catalogue::neetcode150()).await?; // once, or when it changes
//! # Ok(()) }
//! ```
//!
//! # What a host does
//! - **Connect.** [`PgStore::connect`] and [`connect_with`](PgStore::connect_with) open a pool that
//!   nothing else uses; on it, a call is one round trip. A host that shares its own pool passes it to
//!   [`from_pool`](PgStore::from_pool) and adds [`guard_release`] to it: with sqlx 0.9.0, a dropped
//!   `begin()` leaves a transaction open on a connection, and later commits on that connection are lost.
//!   [`has_release_guard`] checks a pool. sqlx's pool also sends a ping after each call has its answer.
//! - **Migrate.** [`PgStore::migrate`] makes the tables and brings them up to date, over a direct
//!   connection.
//! - **Choose.** [`with_schema`](PgStore::with_schema) sets the schema of the tables,
//!   [`with_outbox`](PgStore::with_outbox) keeps events,
//!   [`with_gathering`](PgStore::with_gathering) is for many simultaneous callers, and
//!   [`in_transaction`](PgStore::in_transaction) works inside a transaction of the host.
//! - **Bound statements.** Dropping a call does not stop its statement on the server. Set a
//!   [`StatementTimeout`].
//! - **Monitor and close.** [`ping`](PgStore::ping), [`metrics`](PgStore::metrics),
//!   [`close`](PgStore::close).
//!
//! # TLS
//! A feature of this crate, or of sqlx, chooses the TLS library; without one, connections are plain. The
//! parameter `sslmode` of the URL has the meaning of libpq. The default is `prefer`: TLS if it works, or a
//! plain connection and a warning through `tracing` if the server has no TLS or it fails. On an untrusted
//! network, set `verify-full` and `sslrootcert`.
//!
//! # `PgBouncer`
//! Use 1.21 or newer in transaction mode. Run [`migrate`](PgStore::migrate) over a direct connection, and
//! connect with [`StatementTimeout::Role`]. The crate's `README.md` has the settings, and the rest of
//! production: replicas, Citus, rights, monitoring.
//!
//! # A commit is one statement
//! It claims the user's row by its version, and all its other parts write `FROM` the claim. Under
//! `READ COMMITTED`, a claim that waited for another commit checks the version again on the new row. If
//! the version differs, it claims nothing, so nothing is written. The other parts see an older snapshot,
//! which is safe because they decide nothing. Stricter levels answer with serialization failures, which
//! are also conflicts. When a call is dropped, there is nothing to roll back. Only publications and
//! migrations are transactions of several statements, on connections that are closed afterwards.
//!
//! # Retries
//! The store retries statements that the database rolled back over a conflict (`40001`, `40P01`), except
//! commits: those are conflicts, and the engine decides again. It retries nothing else: after a lost
//! connection, only the engine can find out whether a commit succeeded.

// Connecting: `options`; the store's own pool: `own_pool`; guards for a host's pool: `pool`.
// The source of a call's connection: `source`; the host's transaction: `transaction`.
// The schema: `migrate`; its name in every statement: `sql`.
// A statement on a connection, and retries: `call`.
// Loading a snapshot: `user`; a commit as one statement: `commit`; several as one: `gathered`.
// The other ports: `history`, `rounds`, `events`, `catalogue`. Database to domain: `cells`, `time`, `error`.
mod call;
mod catalogue;
mod cells;
mod commit;
#[cfg(test)]
mod distributed;
mod error;
mod events;
mod gathered;
mod history;
mod migrate;
mod options;
mod own_pool;
#[cfg(test)]
mod plans;
mod pool;
mod rounds;
mod source;
mod sql;
mod time;
mod transaction;
mod user;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use tokio::time::timeout;

pub use options::{PgPoolConfig, PgSchema, PgSchemaError, StatementTimeout};
pub use pool::{guard_release, has_release_guard};
pub use transaction::PgTransaction;

use crate::PoolMetrics;
use crate::gather::Gatherer;
use error::from_sqlx;
use own_pool::OwnPool;
use source::Source;
use sql::{Prepared, Statements};

/// A store in PostgreSQL. Clones share the same pool.
#[derive(Clone)]
pub struct PgStore {
    inner: Arc<Inner>,
}

struct Inner {
    source: Source,
    /// A second pool next to the store's own, for tests.
    beside: OnceLock<PgPool>,
    kind: Kind,
    /// None if every commit goes alone.
    gatherer: Option<Gatherer>,
    sql: Statements,
}

/// The options of a store.
#[derive(Debug, Clone, Default)]
struct Kind {
    schema: PgSchema,
    outbox: bool,
    gathers: bool,
}

impl PgStore {
    /// Connects to `postgres://user:password@host:port/database` with the defaults of
    /// [`PgPoolConfig`].
    ///
    /// # Errors
    /// When the URL is invalid, or the database cannot be reached.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(&PgPoolConfig::parse(url)?).await
    }

    /// Connects, with a pool that only this store uses. Its connections are `READ COMMITTED`, unless
    /// the statement timeout is left to the role. With `sslmode=prefer`, the default, a connection is plain
    /// if TLS fails.
    ///
    /// # Errors
    /// When the database cannot be reached. If `sslmode` requires TLS and there is none, the error is
    /// permanent and says what to set.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn connect_with(config: &PgPoolConfig) -> Result<Self, StoreError> {
        let pool = OwnPool::open(config).await.map_err(from_sqlx)?;
        Ok(Self::build(Source::Own(pool), Kind::default()))
    }

    /// A store over a pool that the host owns.
    ///
    /// The pool must discard connections that are returned inside a transaction. Otherwise acknowledged
    /// commits of this store can be lost: see [`guard_release`].
    /// It must also limit the time of a statement: see [`StatementTimeout`].
    pub fn from_pool(pool: PgPool) -> Self {
        Self::build(Source::Host(pool), Kind::default())
    }

    /// With the tables in this schema.
    #[must_use]
    pub fn with_schema(self, schema: PgSchema) -> Self {
        let kind = self.inner.kind.clone();
        Self::build(self.inner.source.clone(), Kind { schema, ..kind })
    }

    /// With an outbox: the events of commits are kept. Without an outbox, the default, they are
    /// dropped.
    ///
    /// Give an outbox to all stores that write the same tables, or to none. Any store can read and deliver
    /// events.
    #[must_use]
    pub fn with_outbox(self) -> Self {
        let outbox = true;
        let kind = self.inner.kind.clone();
        Self::build(self.inner.source.clone(), Kind { outbox, ..kind })
    }

    /// With gathering: while one commit runs, commits of other users wait, and then go together as one
    /// statement. Each of them succeeds or is a conflict by itself. Without gathering, the default, every
    /// commit is a statement of its own, and the size of the pool limits how many run at once.
    ///
    /// Gathering pays off when one process has several dozen simultaneous callers that make changes: 64
    /// callers made about 1.5 times as many changes per second, 2 to 30 callers made fewer
    /// (`benches/RESULTS.md`). Do not use it when the tables are distributed by user.
    #[must_use]
    pub fn with_gathering(self) -> Self {
        let gathers = true;
        let kind = self.inner.kind.clone();
        Self::build(self.inner.source.clone(), Kind { gathers, ..kind })
    }

    fn build(source: Source, kind: Kind) -> Self {
        let gathers = kind.gathers && source.transaction().is_none();
        let inner = Inner {
            source,
            beside: OnceLock::new(),
            gatherer: gathers.then(Self::gatherer),
            sql: Statements::new(&kind.schema),
            kind,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The schema the tables are in.
    pub fn schema(&self) -> &PgSchema {
        &self.inner.kind.schema
    }

    /// A pool to the same database, for tests and benchmarks: the host's, or one next to the store's own.
    #[doc(hidden)]
    pub fn pool(&self) -> &PgPool {
        let mut source = &self.inner.source;
        loop {
            match source {
                Source::Host(pool) => return pool,
                Source::Own(own) => {
                    return self.inner.beside.get_or_init(|| {
                        PgPoolOptions::new().connect_lazy_with(own.connect_options().clone())
                    });
                }
                Source::Transaction(_, before) => source = before,
            }
        }
    }

    /// Sends a statement as calls do, for tests and benchmarks.
    #[doc(hidden)]
    pub async fn send(&self, query: impl Fn() -> Prepared) -> Result<Vec<PgRow>, StoreError> {
        self.fetch(query).await
    }

    /// Takes a connection out of the pool until the returned value is dropped, for tests.
    #[doc(hidden)]
    pub async fn hold(&self) -> Result<source::Held, StoreError> {
        let link = self.source().acquire().await;
        link.map(source::Held).map_err(from_sqlx)
    }

    fn source(&self) -> &Source {
        &self.inner.source
    }

    fn sql(&self) -> &Statements {
        &self.inner.sql
    }

    /// Whether the database answers and has the tables.
    ///
    /// # Errors
    /// When it does not.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.fetch(|| self.sql().ping.query()).await.map(drop)
    }

    /// Whether the database answers, has the tables, and accepts writes, which a replica does not.
    ///
    /// # Errors
    /// When it does not.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn ping_writable(&self) -> Result<(), StoreError> {
        let rows = self.fetch(|| self.sql().ping.query()).await?;
        for row in rows {
            if row.try_get::<&str, _>(0).map_err(from_sqlx)? != "off" {
                return Err(StoreError::transient("the database is read-only"));
            }
        }
        Ok(())
    }

    /// The state of the pool.
    pub fn metrics(&self) -> PoolMetrics {
        self.source().metrics()
    }

    /// Refuses new calls, waits for calls that have a connection, and closes the connections.
    /// After `limit` it stops waiting and fails; the remaining connections close when their calls end.
    ///
    /// # Errors
    /// A transient [`StoreError`] when calls were still running after `limit`.
    ///
    /// # Cancel safety
    /// The pool is closed from the first poll on, even if the future is dropped.
    pub async fn close(&self, limit: Duration) -> Result<(), StoreError> {
        timeout(limit, self.source().close())
            .await
            .map_err(|late| StoreError::transient("calls were still running").with_source(late))
    }
}

impl fmt::Debug for PgStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgStore")
            .field("kind", &self.inner.kind)
            .field("pool", &self.metrics())
            .finish_non_exhaustive()
    }
}
