//! PostgreSQL.

mod contests;
mod create;
mod error;
mod finish;
mod marks;
mod migrate;
mod options;
mod pool;
mod problems;
mod progress;
mod publish;
mod retry;
mod rows;
mod solves;
mod sql;
mod time;
mod transaction;
mod verify;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::postgres::PgPool;
use tokio::time::timeout;

pub use options::{PgPoolConfig, PgSchema, PgSchemaError, StatementTimeout};
pub use pool::{PgPoolMetrics, guard_release, has_release_guard};
pub use verify::CounterMismatch;

use error::from_sqlx;
use retry::Lanes;
use sql::Statements;

/// A store in PostgreSQL. Clones share the same pools.
#[derive(Clone)]
pub struct PgStore {
    inner: Arc<Inner>,
}

struct Inner {
    writer: PgPool,
    reader: Option<PgPool>,
    schema: PgSchema,
    sql: Statements,
    lanes: Lanes,
}

impl PgStore {
    /// Connects to `postgres://user:password@host:port/database` with the defaults of
    /// [`PgPoolConfig`].
    ///
    /// # Errors
    /// When the address is none, or the database cannot be reached.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(&PgPoolConfig::parse(url)?).await
    }

    /// Connects.
    ///
    /// # Errors
    /// When the database cannot be reached.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn connect_with(config: &PgPoolConfig) -> Result<Self, StoreError> {
        Ok(Self::from_pool(config.connect_pool().await?))
    }

    /// A store over a pool the host owns.
    ///
    /// The pool must discard connections that come back inside a transaction, or writes of this
    /// store can be acknowledged and lost: see [`guard_release`]. Build it with
    /// [`PgPoolConfig::pool_options`] or [`guard_release`]; [`has_release_guard`] tells whether a
    /// pool does. It must also bound how long a statement runs: see [`StatementTimeout`].
    pub fn from_pool(pool: PgPool) -> Self {
        Self::build(pool, None, PgSchema::default())
    }

    /// With the tables in this schema.
    #[must_use]
    pub fn with_schema(self, schema: PgSchema) -> Self {
        Self::build(self.writer().clone(), self.inner.reader.clone(), schema)
    }

    /// With a pool for the reads that may lag behind: progress, histories, and lists of contests.
    /// Everything a caller may just have written is still read from the primary: single contests,
    /// membership, and the catalogue.
    ///
    /// The reader's server is a replica of the writer's, or the same one.
    #[must_use]
    pub fn with_reader(self, pool: PgPool) -> Self {
        Self::build(self.writer().clone(), Some(pool), self.inner.schema.clone())
    }

    fn build(writer: PgPool, reader: Option<PgPool>, schema: PgSchema) -> Self {
        let inner = Inner {
            writer,
            reader,
            sql: Statements::new(&schema),
            schema,
            lanes: Lanes::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The pool for writes and for what must be up to date.
    pub fn writer(&self) -> &PgPool {
        &self.inner.writer
    }

    /// The pool for reads that may lag; the writer's if none was chosen.
    pub fn reader(&self) -> &PgPool {
        self.inner.reader.as_ref().unwrap_or(&self.inner.writer)
    }

    /// The schema the tables are in.
    pub fn schema(&self) -> &PgSchema {
        &self.inner.schema
    }

    fn sql(&self) -> &Statements {
        &self.inner.sql
    }

    fn lanes(&self) -> &Lanes {
        &self.inner.lanes
    }

    /// Every statement with its name, for tests that prepare and explain them.
    #[doc(hidden)]
    pub fn statements(&self) -> Vec<(&'static str, &str)> {
        self.sql().all()
    }

    /// Whether the database, and the reader's if there is one, answers and has the tables.
    ///
    /// # Errors
    /// When it does not.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn ping(&self) -> Result<(), StoreError> {
        for pool in std::iter::once(self.writer()).chain(self.inner.reader.as_ref()) {
            let ping = self.sql().ping.query().fetch_one(pool);
            ping.await.map_err(from_sqlx)?;
        }
        Ok(())
    }

    /// A look at the pool for writes.
    pub fn metrics(&self) -> PgPoolMetrics {
        PgPoolMetrics::of(self.writer())
    }

    /// A look at the pool for reads that may lag, if there is one.
    pub fn reader_metrics(&self) -> Option<PgPoolMetrics> {
        self.inner.reader.as_ref().map(PgPoolMetrics::of)
    }

    /// Takes no more calls, waits for those that have a connection, and closes the connections. After
    /// `limit` it stops waiting, and says so with an error; what is left closes when it ends.
    ///
    /// # Errors
    /// A transient [`StoreError`] when calls were still running after `limit`.
    ///
    /// # Cancel safety
    /// The pools are closed from the first poll on, waited for or not.
    pub async fn close(&self, limit: Duration) -> Result<(), StoreError> {
        let reader = async {
            if let Some(reader) = &self.inner.reader {
                reader.close().await;
            }
        };
        let both = futures::future::join(self.writer().close(), reader);
        match timeout(limit, both).await {
            Ok(_) => Ok(()),
            Err(elapsed) => {
                Err(StoreError::transient("calls were still running").with_source(elapsed))
            }
        }
    }
}

impl fmt::Debug for PgStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgStore")
            .field("schema", &self.inner.schema)
            .field("pool", &self.metrics())
            .field("reader", &self.reader_metrics())
            .finish_non_exhaustive()
    }
}
