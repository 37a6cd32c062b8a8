//! SQLite: [`SqliteStore`], in one file or in memory, inside the process.
//!
//! ```
//! use std::time::Duration;
//!
//! use contest_core::prelude::*;
//! use contest_sqlx::sqlite::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = SqliteStore::connect("sqlite::memory:").await?; // or "sqlite:contest.db"
//! store.migrate().await?;
//!
//! let engine = Engine::builder(store.clone()).build().await?;
//! engine.publish_catalogue(&Catalogue::neetcode150()).await?; // once, or when it changes
//! let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//! assert_eq!(engine.progress(user).await?.overall().solved, 0);
//!
//! store.close(Duration::from_secs(5)).await?;
//! # Ok(()) }
//! ```
//!
//! # What a host does
//! - **Connect.** [`SqliteStore::connect`], or [`connect_with`](SqliteStore::connect_with) a
//!   [`SqliteConfig`], which says what a write survives and how long one waits for another. A host that
//!   shares its own pools passes them to [`from_pools`](SqliteStore::from_pools).
//! - **Migrate.** [`SqliteStore::migrate`] makes the tables and brings them up to date.
//! - **Choose.** [`with_outbox`](SqliteStore::with_outbox) keeps events,
//!   [`without_gathering`](SqliteStore::without_gathering) makes every commit a transaction of its own,
//!   and [`in_transaction`](SqliteStore::in_transaction) works inside a transaction of the host's.
//! - **Watch and end.** [`ping`](SqliteStore::ping), [`metrics`](SqliteStore::metrics),
//!   [`close`](SqliteStore::close).
//!
//! The crate's `README.md` has the rest: files, backups, what to watch.
//!
//! # Connections
//! A file is opened in write-ahead log mode by one connection that writes and some that read. Readers
//! never wait for the writer, nor the writer for them. Writers inside the process queue for the one
//! connection. Another process that writes to the same file is waited for until the busy timeout; the
//! operation then fails as transient. The file must be on a local disk.
//!
//! # Reads and writes
//! Every read is one statement, and so of one instant. Every write is one `BEGIN IMMEDIATE`
//! transaction: it holds the only write lock of the file from before it compares a version to its
//! commit. The commits of users that come while another one is under way wait and go together: one
//! transaction, flushed once, in which each commit is compared and written by itself. One that meets a
//! conflict leaves the others alone. When a statement of one fails, the transaction is rolled back and
//! each is made again in a transaction of its own.
//!
//! A publication of a million problems holds it for several seconds; other writes wait, and
//! fail as transient when their timeouts are shorter. Reads go on.
//!
//! # Cancellation
//! A connection is a thread that does what it is told in order. When a future is dropped,
//! - before its `BEGIN` was sent, nothing happens;
//! - while `BEGIN` runs, the thread finds no caller to take the transaction and rolls it back itself;
//! - inside the transaction, a rollback is queued behind whatever the thread is doing;
//! - while `COMMIT` runs, the commit stands, and the queued rollback finds nothing to do.
//!
//! Commits that go together are one such future, polled by one of their callers. When that one is
//! dropped another takes over; a caller dropped before the transaction begins takes its commit out;
//! dropped later, its commit goes on with the others. When all callers are dropped, the above holds for
//! the whole.
//!
//! In all cases the connection goes back to the pool only when the thread has done all that. No write
//! happens outside a transaction begun like this, and `BEGIN` fails inside another one, so that an
//! acknowledged write can never sit in a transaction that was left open. A statement that runs when
//! its future is dropped runs to its end; all are short, as large writes are sent in pieces.
//!
//! # A transaction of the host
//! [`SqliteStore::in_transaction`] is a store over a transaction that the host began: what it keeps is
//! there when the host commits, with everything else of the transaction. Every write in it is a
//! savepoint and no transaction of its own, and nothing is gathered. A call that is dropped leaves its
//! savepoint, which is rolled back before the next call, and before the host gets the transaction back.
//!
//! # Erasure
//! SQLite leaves deleted rows in free pages and in its log until other data takes their place. To have
//! an erased user's bytes gone from the files at once, run `VACUUM` and then
//! `PRAGMA wal_checkpoint(TRUNCATE)` on the [writer](SqliteStore::writer). `PRAGMA secure_delete` is
//! left off: it would cost every write, and copies that rows left behind when they moved would stay.

// How a file is opened: `options`; its connections: `pool`. The schema: `migrate`.
// One port each: `catalogue`, `user`, `history`, `events`.
// How a commit of a user is written: `commit`; how commits are kept, alone or together: `keep`.
// The host's transaction: `transaction`. Reading columns, with errors that say where: `cells`; errors of
// the driver: `error`.

mod catalogue;
mod cells;
mod commit;
mod error;
mod events;
mod history;
mod keep;
mod migrate;
mod options;
#[cfg(test)]
mod plans;
mod pool;
mod transaction;
mod user;

use std::sync::Arc;
use std::time::Duration;

use contest_core::store::{CommitError, StoreError};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqlitePool};

pub use options::{Durability, SqliteConfig};
pub use transaction::SqliteTransaction;

use crate::PoolMetrics;
use crate::gather::Gatherer;
use crate::lent::Lent;
use error::{during, is_busy};
use pool::{Connection, Writing};

/// A store in SQLite. Clones share the connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
    outbox: bool,
    gatherer: Option<Arc<Gatherer>>,
    host: Option<Lent<transaction::Host>>,
}

impl SqliteStore {
    /// Opens the database at this address, such as `sqlite:contests.db` or `sqlite::memory:`: see
    /// [`SqliteConfig::from_url`]. Does not [migrate](Self::migrate).
    ///
    /// # Errors
    /// When the address is invalid, or the file cannot be opened or created.
    ///
    /// # Cancel safety
    /// Nothing stays open.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(&SqliteConfig::from_url(url)?).await
    }

    /// Opens a database. Does not [migrate](Self::migrate).
    ///
    /// # Errors
    /// When the file cannot be opened or created.
    ///
    /// # Cancel safety
    /// Nothing stays open.
    pub async fn connect_with(config: &SqliteConfig) -> Result<Self, StoreError> {
        let (writer, reader) = pool::open(config).await?;
        Ok(Self::from_pools(writer, reader))
    }

    /// A store over a pool of the host's. It must have a busy timeout, as is sqlx's default, and should
    /// be in write-ahead log mode. A pool of a database in memory must keep its connection: one,
    /// without idle timeout or maximum lifetime.
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self::from_pools(pool.clone(), pool)
    }

    /// A store over two pools of the host's for the same file: see [`from_pool`](Self::from_pool).
    pub fn from_pools(writer: SqlitePool, reader: SqlitePool) -> Self {
        Self {
            writer,
            reader,
            outbox: false,
            gatherer: Some(one_place()),
            host: None,
        }
    }

    /// With an outbox: every commit keeps its events in the same transaction. Without, which is the
    /// default, it drops them.
    ///
    /// Let all stores that write the same file have one, or none of them: the commits of those without
    /// are missing from the log. Reading and delivering events, through
    /// [`EventLog`](contest_core::store::EventLog), works from either kind.
    #[must_use]
    pub fn with_outbox(mut self) -> Self {
        self.outbox = true;
        // A batch has an outbox or none: clones without one gather for themselves.
        self.gatherer = self.gatherer.map(|_| one_place());
        self
    }

    /// Without gathering: every commit is a transaction of its own. By default, commits of different
    /// users that wait for the connection go together in one transaction, and so in one flush to the
    /// disk. A commit that finds the connection free is alone either way.
    #[must_use]
    pub fn without_gathering(mut self) -> Self {
        self.gatherer = None;
        self
    }

    /// Checks that the database answers and has the schema, through both pools.
    ///
    /// # Errors
    /// When it does not.
    ///
    /// # Cancel safety
    /// Changes nothing.
    pub async fn ping(&self) -> Result<(), StoreError> {
        ping(self.read().await?).await?;
        ping(self.write().await?).await
    }

    /// The pool of the connection that writes.
    pub fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// The pool of the connections that read; the writer's for a database in memory.
    pub fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// A look at the pool of the connection that writes.
    pub fn metrics(&self) -> PoolMetrics {
        PoolMetrics::of(&self.writer)
    }

    /// A look at the pool of the connections that read.
    pub fn reader_metrics(&self) -> PoolMetrics {
        PoolMetrics::of(&self.reader)
    }

    /// Takes no more calls, waits for those that have a connection, closes the connections, and
    /// copies the log into the database: a file closed in time has no `-wal` beside it, unless another
    /// process has it open. After `limit` it stops waiting and fails; what is left closes when it ends.
    ///
    /// # Errors
    /// Transient when calls were still running after `limit`.
    ///
    /// # Cancel safety
    /// The pools are closed from the first poll on, waited for or not.
    pub async fn close(&self, limit: Duration) -> Result<(), StoreError> {
        // Both refuse calls from here on.
        let (reader, writer) = (self.reader.close(), self.writer.close());
        let all = async {
            reader.await;
            writer.await;
            pool::empty_log(&self.writer).await;
        };
        let closed = tokio::time::timeout(limit, all).await;
        closed.map_err(|late| StoreError::transient("calls were still running").with_source(late))
    }

    /// A connection to read on.
    async fn read(&self) -> Result<Connection, StoreError> {
        self.take(&self.reader).await
    }

    /// The connection to write on.
    async fn write(&self) -> Result<Connection, StoreError> {
        self.take(&self.writer).await
    }

    async fn take(&self, pool: &SqlitePool) -> Result<Connection, StoreError> {
        match &self.host {
            Some(lent) => {
                let mut host = lent.lock().await?;
                host.clean_up().await?;
                Ok(Connection::Host(host))
            }
            None => pool::acquire(pool).await.map(Connection::Pooled),
        }
    }
}

async fn ping(mut connection: Connection) -> Result<(), StoreError> {
    let answer = sqlx::query(PING).execute(&mut *connection).await;
    answer.map_err(during("asking whether the database is there"))?;
    Ok(())
}

/// There is one connection that writes.
fn one_place() -> Arc<Gatherer> {
    Arc::new(Gatherer::new(1))
}

/// A statement whose parameters are bound.
type Prepared<'q> = Query<'q, Sqlite, SqliteArguments>;

const PING: &str = "SELECT number FROM catalogue_state";

/// Maps what went wrong before the end of a commit. A key that is there already is a conflict.
fn refused(what: &'static str) -> impl Fn(sqlx::Error) -> CommitError {
    move |error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => CommitError::Conflict,
        _ => CommitError::Failed(during(what)(error)),
    }
}

/// Ends a commit.
///
/// Where the database is not in write-ahead log mode, `COMMIT` can find the file busy. The transaction
/// is still open then, and is rolled back. After any other failure it may have reached the disk.
async fn finish(writing: Writing<'_>) -> Result<(), CommitError> {
    writing.commit().await.map_err(|error| {
        let kind = if is_busy(&error) {
            CommitError::Failed
        } else {
            CommitError::Unknown
        };
        kind(during("committing")(error))
    })
}
