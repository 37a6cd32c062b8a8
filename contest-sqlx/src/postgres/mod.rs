//! PostgreSQL: [`PgStore`].
//!
//! ```no_run
//! use contest_sqlx::postgres::PgStore;
//!
//! # async fn run() -> Result<(), contest_core::store::StoreError> {
//! let store = PgStore::connect("postgres://app@db.example/contest").await?;
//! store.migrate().await?;
//! # Ok(()) }
//! ```
//!
//! # Map
//! | module | what it holds |
//! |---|---|
//! | `options`, `pool` | how the database is reached; the guard every pool needs |
//! | `migrate`, `sql` | the schema; all statements, with the name of the schema in them |
//! | `create`, `marks`, `finish`, `solves` | the writes of the request path: a statement each |
//! | `life`, `extend`, `resume`, `reset` | the rarer ones |
//! | `outbox`, `events` | how a write tells its events; reading and delivering them |
//! | `contests`, `practice`, `progress`, `problems` | the reads |
//! | `publish`, `verify` | what touches all users: transactions, on connections of their own |
//! | `retry` | what is tried again |
//! | `rows`, `time`, `error` | database to domain |
//!
//! # How a write is one step
//! A write is one statement, committed by itself: one round trip, and nothing to leave half done.
//! All its parts see one snapshot. Under `READ COMMITTED` that snapshot may be out of date by the
//! time the statement gets a lock it waited for, and only the row it waited for is read again. So
//! every write of a user's data *claims* the user's row of `user_progress`:
//!
//! 1. It decides from the snapshot. What the rules forbid is answered at once, without a lock.
//! 2. It adds one to the `version` of the row, provided that the version is the one in the
//!    snapshot. Every write does so; if one came between the snapshot and the lock, the version is
//!    another one, nothing is claimed, and everything that follows does nothing.
//! 3. Everything else is written `FROM` the claim.
//!
//! With a claim, then, what the snapshot shows of the user is what is stored, until the statement
//! commits and the row is free again: writes of one user happen as if one after the other. A user
//! without a row gets one from the first write; of several that try, one inserts it and the others
//! do not find in it the version they saw, which is none. A lost claim is tried again; those of one
//! process take turns then, so that everybody gets through. The unique indexes (one open contest for
//! a user, one contest for a key, one solve for a problem) hold the same promises a second time.
//!
//! Publishing a catalogue changes how solves count. Once it is about to change a stored problem it
//! locks `user_progress` against writes, until it commits; a statement gets its locks on tables
//! before its snapshot, so it counts by the problems before or those after, never by a mixture.
//! Problems that are only added change no count and lock nothing.
//!
//! # What is tried again
//! Statements that the database rolled back over a conflict (`40001`, `40P01`), where repeating is
//! harmless: reads, marks, recordings, extensions, resumptions, and creations under an idempotency
//! key. Nothing else: after a lost connection, whether a write was committed is not known here.
//!
//! # Setting it up
//! - **Pool.** Take [`PgStore::connect`] or [`PgPoolConfig`]. A host that shares its own pool must
//!   add [`guard_release`] to it; [`has_release_guard`] checks. Without, sqlx 0.9.0 can hand this
//!   store a connection on which somebody else left a transaction open, and what is acknowledged
//!   then is lost. Size it by what the server can take over all processes; a request needs one
//!   connection for a few milliseconds. An exhausted pool is a transient error after
//!   [`acquire_timeout`](PgPoolConfig::acquire_timeout).
//! - **Timeouts.** Dropping a call does not stop its statement on the server. Set a
//!   [`StatementTimeout`].
//! - **`PgBouncer`** in transaction mode: 1.21 or newer (tested with 1.22 and 1.24), with
//!   `max_prepared_statements` above 0 and `ignore_startup_parameters = extra_float_digits`, which
//!   sqlx sends. Leave the statement cache of sqlx on: without it every call leaves a prepared
//!   statement behind. Queries of the host's own through the same `PgBouncer` must not be made with
//!   `persistent(false)` outside a transaction: they can be answered with other callers' rows.
//!   Choose [`StatementTimeout::Role`], since the other one is refused, and `ALTER ROLE … SET
//!   statement_timeout = '5s', … SET idle_in_transaction_session_timeout = '30s'`. Run
//!   [`PgStore::migrate`] past it. When it restarts, each open connection costs one transient error.
//! - **Replicas.** [`PgStore::with_reader`]: progress, histories and lists may then lag. What a
//!   caller may just have written is read from the primary. While the replica is down, the reads
//!   that may lag fail with transient errors, as does [`PgStore::ping`], and all else goes on;
//!   nothing falls back to the primary, which might not bear it. Give the reader's pool
//!   [`guard_release`] and a [`StatementTimeout`] too.
//! - **Schema.** [`PgStore::with_schema`] puts the tables next to the host's own. The name is part
//!   of every statement; `search_path` is not used.
//! - **Rights.** Everyday use needs `SELECT`, `INSERT`, `UPDATE` on all tables, `DELETE` on
//!   `solves`; forgetting events `DELETE` on `user_events`; publishing `TEMPORARY` on the database.
//! - **Citus.** After the first migration, before there are users, with the schema's name in front:
//!
//!   ```sql
//!   SELECT create_reference_table('problems');
//!   SELECT create_reference_table('catalogue_state');
//!   SELECT create_distributed_table('user_progress', 'user_id');
//!   SELECT create_distributed_table('user_topics', 'user_id', colocate_with => 'user_progress');
//!   SELECT create_distributed_table('contests', 'user_id', colocate_with => 'user_progress');
//!   SELECT create_distributed_table('contest_problems', 'user_id', colocate_with => 'contests');
//!   SELECT create_distributed_table('solves', 'user_id', colocate_with => 'contests');
//!   SELECT create_distributed_table('solve_events', 'user_id', colocate_with => 'contests');
//!   SELECT create_distributed_table('user_events', 'user_id', colocate_with => 'contests');
//!   SELECT create_distributed_table('event_delivery', 'user_id', colocate_with => 'contests');
//!   ```
//!
//!   Every statement of the request path names one user and reads nothing else but reference
//!   tables. Publishing and [`PgStore::verify`] read all shards, and so do the two statements of
//!   the outbox that look for users, `lease_events` and `forget_events`. Tested is the shape of
//!   the keys, not a cluster.
//! - **To watch:** [`PgStore::metrics`] (`in_use` at `max` means callers wait), transient errors,
//!   `pg_stat_activity` for statements near the timeout, and [`PgStore::verify`], empty unless
//!   somebody wrote by hand; [`PgStore::rebuild`] repairs.
//! - **Backups** are those of the database: all tables are ordinary ones, and none can be left out.

mod contests;
mod create;
pub(crate) mod error;
mod events;
mod extend;
mod finish;
mod life;
mod marks;
mod migrate;
pub(crate) mod options;
mod outbox;
pub(crate) mod pool;
mod practice;
mod problems;
mod progress;
mod publish;
mod reset;
mod resume;
mod retry;
mod rows;
mod solves;
mod sql;
pub(crate) mod time;
pub(crate) mod transaction;
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
    outbox: bool,
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
        Self::build(pool, None, PgSchema::default(), false)
    }

    /// With the tables in this schema.
    #[must_use]
    pub fn with_schema(self, schema: PgSchema) -> Self {
        let Inner { writer, reader, .. } = &*self.inner;
        Self::build(writer.clone(), reader.clone(), schema, self.inner.outbox)
    }

    /// With a pool for the reads that may lag behind: progress, histories, and lists of contests.
    /// Everything a caller may just have written is still read from the primary: single contests,
    /// membership, and the catalogue.
    ///
    /// The reader's server is a replica of the writer's, or the same one. While it cannot be reached
    /// these reads fail with transient errors; they do not turn to the primary. One that does not
    /// have the tables yet, right after the first migration, fails them with permanent errors.
    #[must_use]
    pub fn with_reader(self, pool: PgPool) -> Self {
        let Inner { writer, schema, .. } = &*self.inner;
        Self::build(
            writer.clone(),
            Some(pool),
            schema.clone(),
            self.inner.outbox,
        )
    }

    /// With an outbox: every step writes its domain events in the same statement. Without, which is
    /// the default, there are none.
    ///
    /// Let all stores that write the same tables have one, or none of them: the steps of those
    /// without are missing from the log. Reading and delivering events, through
    /// [`EventLog`](contest_core::store::EventLog), works from either kind.
    #[must_use]
    pub fn with_outbox(self) -> Self {
        let Inner {
            writer,
            reader,
            schema,
            ..
        } = &*self.inner;
        Self::build(writer.clone(), reader.clone(), schema.clone(), true)
    }

    fn build(writer: PgPool, reader: Option<PgPool>, schema: PgSchema, outbox: bool) -> Self {
        let inner = Inner {
            writer,
            reader,
            sql: Statements::new(&schema, outbox),
            schema,
            outbox,
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
            .field("outbox", &self.inner.outbox)
            .field("pool", &self.metrics())
            .field("reader", &self.reader_metrics())
            .finish_non_exhaustive()
    }
}
