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
//!   nothing else uses, in which a call is one round trip. A host that shares its own pool passes it to
//!   [`from_pool`](PgStore::from_pool) and adds [`guard_release`] to it: with sqlx 0.9.0 a dropped
//!   `begin()` leaves a transaction open on a connection, and commits made on it are lost.
//!   [`has_release_guard`] checks a pool. sqlx's pool sends a ping after each call, off its path.
//! - **Migrate.** [`PgStore::migrate`] makes the tables and brings them up to date, over a direct
//!   connection.
//! - **Choose.** [`with_schema`](PgStore::with_schema) puts the tables next to the host's own,
//!   [`with_outbox`](PgStore::with_outbox) keeps events,
//!   [`with_gathering`](PgStore::with_gathering) is for many callers at once, and
//!   [`in_transaction`](PgStore::in_transaction) works inside a transaction of the host's.
//! - **Bound statements.** Dropping a call does not stop its statement on the server. Set a
//!   [`StatementTimeout`].
//! - **Watch and end.** [`ping`](PgStore::ping), [`metrics`](PgStore::metrics),
//!   [`close`](PgStore::close).
//!
//! # TLS
//! A feature of this crate, or of sqlx, says which TLS there is; without any, connections are plain. The
//! parameter `sslmode` of the address means what it means for libpq. By default it is `prefer`: TLS where
//! it works, and a plain connection, with a warning to `tracing`, where the server has none or it fails.
//! On a network that is not trusted, set `verify-full` and `sslrootcert`.
//!
//! # `PgBouncer`
//! In transaction mode, 1.21 or newer: [`migrate`](PgStore::migrate) past it, and connect with
//! [`StatementTimeout::Role`]. The crate's `README.md` has its settings, and the rest of production:
//! replicas, Citus, what to grant and to watch.
//!
//! # A commit is one statement
//! It claims the user's row by its version, and everything else in it is written `FROM` the claim.
//! Under `READ COMMITTED`, a claim that waited for another commit checks the version again on the
//! new row, claims nothing, and so nothing is written. No other part of the statement decides
//! anything, so it does not matter that those parts see an older snapshot. Stricter levels answer
//! with failures to serialise, which are conflicts as well. Nothing is left to roll back when a
//! call is dropped. Only publications and migrations are transactions of several statements, on
//! connections that are closed afterwards.
//!
//! # What is tried again
//! Statements that the database rolled back over a conflict (`40001`, `40P01`), but for commits: those
//! are conflicts, and the engine decides again. Nothing else: after a lost connection, only the engine
//! can find out whether a commit was kept.

// How the database is reached: `options`; the store's own pool: `own_pool`; what guards a host's: `pool`.
// Where a call's connection comes from: `source`; the host's transaction: `transaction`.
// The schema: `migrate`; its name in every statement: `sql`.
// A statement on a connection, and what is tried again: `call`.
// Loading a snapshot: `user`; a commit as one statement: `commit`; several as one: `gathered`.
// The other ports: `history`, `events`, `catalogue`. Database to domain: `cells`, `time`, `error`.
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
mod source;
mod sql;
mod time;
mod transaction;
mod user;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use contest_core::store::StoreError;
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
    /// Beside the store's own pool, for tests.
    beside: OnceLock<PgPool>,
    kind: Kind,
    /// None where every commit goes alone.
    gatherer: Option<Gatherer>,
    sql: Statements,
}

/// What a store was told to do.
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
    /// the statement timeout is left to the role. With `sslmode=prefer`, the default, one is plain where
    /// TLS fails.
    ///
    /// # Errors
    /// When the database cannot be reached. Permanent, and says what to set, when `sslmode` asks for TLS
    /// that there is not.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn connect_with(config: &PgPoolConfig) -> Result<Self, StoreError> {
        let pool = OwnPool::open(config).await.map_err(from_sqlx)?;
        Ok(Self::build(Source::Own(pool), Kind::default()))
    }

    /// A store over a pool that the host owns.
    ///
    /// The pool must discard connections that come back inside a transaction, or commits of this
    /// store can be acknowledged and lost: see [`guard_release`].
    /// It must also bound how long a statement runs: see [`StatementTimeout`].
    pub fn from_pool(pool: PgPool) -> Self {
        Self::build(Source::Host(pool), Kind::default())
    }

    /// With the tables in this schema.
    #[must_use]
    pub fn with_schema(self, schema: PgSchema) -> Self {
        let kind = self.inner.kind.clone();
        Self::build(self.inner.source.clone(), Kind { schema, ..kind })
    }

    /// With an outbox: the events of commits are kept. Without, which is the default, they are
    /// dropped.
    ///
    /// Let all stores that write the same tables have one, or none of them. Reading and delivering
    /// events works from either kind.
    #[must_use]
    pub fn with_outbox(self) -> Self {
        let outbox = true;
        let kind = self.inner.kind.clone();
        Self::build(self.inner.source.clone(), Kind { outbox, ..kind })
    }

    /// With gathering: while one commit is under way, those of other users wait and go together next, as
    /// one statement. Each is kept, or is a conflict, as it would be alone. Otherwise, as is the default,
    /// every commit is a statement of its own, and the pool bounds how many run at once.
    ///
    /// It pays where one process has several dozen callers who change something at the same instant: with
    /// 64 it made about half as many changes again in a second, with 2 to 30 it made fewer
    /// (`benches/RESULTS.md`). Not where the tables are distributed by user.
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

    /// A pool to the same database, for tests and benchmarks: the host's, or one beside the store's own.
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

    /// Takes a connection out of the pool until the answer is dropped, for tests.
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

    /// A look at the pool.
    pub fn metrics(&self) -> PoolMetrics {
        self.source().metrics()
    }

    /// Takes no more calls, waits for those that have a connection, and closes the connections.
    /// After `limit` it stops waiting and fails; what is left closes when it ends.
    ///
    /// # Errors
    /// A transient [`StoreError`] when calls were still running after `limit`.
    ///
    /// # Cancel safety
    /// The pool is closed from the first poll on, waited for or not.
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
