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
//!   [`SqliteConfig`] for durability, timeouts and readers. A host that shares its own pools passes them to
//!   [`from_pools`](SqliteStore::from_pools).
//! - **Migrate.** [`SqliteStore::migrate`] makes the tables and brings them up to date.
//! - **Choose.** [`with_outbox`](SqliteStore::with_outbox) keeps events,
//!   [`without_gathering`](SqliteStore::without_gathering) makes every commit a transaction of its own,
//!   and [`in_transaction`](SqliteStore::in_transaction) works inside a transaction of the host.
//! - **Monitor and close.** [`ping`](SqliteStore::ping), [`metrics`](SqliteStore::metrics),
//!   [`close`](SqliteStore::close).
//!
//! The crate's `README.md` has the rest: files, backups, monitoring.
//!
//! # Connections
//! A file is opened in write-ahead log mode by one connection that writes and several that read. Readers
//! never wait for the writer, nor the writer for readers. Writers inside the process queue for the one
//! connection. If another process writes to the same file, a write waits up to the busy timeout, and then
//! fails as transient. The file must be on a local disk.
//!
//! # Reads and writes
//! Every read is one statement, and so of one instant. Every write is one `BEGIN IMMEDIATE`
//! transaction: it holds the only write lock of the file from the comparison of the version to the
//! commit. Commits of other users that arrive meanwhile wait, and then go together: one transaction,
//! flushed once, in which each commit is compared and written by itself. A conflict of one commit does not
//! affect the others. When a statement fails, the transaction is rolled back and each commit is made again
//! in a transaction of its own.
//!
//! A publication of a million problems holds the write lock for several seconds. Other writes wait, and
//! fail as transient if their timeouts are shorter. Reads go on.
//!
//! # Cancellation
//! A connection is a thread that runs its commands in order. When a future is dropped,
//! - before its `BEGIN` was sent, nothing happens;
//! - while `BEGIN` runs, the thread finds no caller for the transaction and rolls it back itself;
//! - inside the transaction, a rollback is queued behind the running command;
//! - while `COMMIT` runs, the commit stands, and the queued rollback does nothing.
//!
//! Commits that go together are one such future, polled by one of their callers. When that caller is
//! dropped, another one takes over. A caller dropped before the transaction begins removes its commit; of a
//! caller dropped later, the commit goes on with the others. When all callers are dropped, the list above
//! applies to the whole transaction.
//!
//! In all cases the connection returns to the pool only after the thread has run all commands. All writes
//! happen in such transactions, and `BEGIN` fails inside another one, so an acknowledged write can never be
//! in a transaction that was left open. If a future is dropped while its statement runs, the statement runs
//! to its end; large writes are sent in pieces. Reads of more than 50 entries of history are stopped instead,
//! and their connection is replaced, except on a database in memory and on the pools of a host.
//!
//! # A transaction of the host
//! [`SqliteStore::in_transaction`] gives a store over a transaction that the host began. Its changes become
//! visible when the host commits, together with all other writes of the transaction. Every write is a
//! savepoint instead of a transaction of its own, and commits are not gathered. A dropped call leaves its
//! savepoint, which is rolled back before the next call, and before the host gets the transaction back.
//!
//! # Erasure
//! SQLite leaves deleted rows in free pages and in its log until other data overwrites them. To remove an
//! erased user's bytes from the files at once, run `VACUUM` and then
//! `PRAGMA wal_checkpoint(TRUNCATE)` on the [writer](SqliteStore::writer). `PRAGMA secure_delete` is
//! off: it would slow every write, and would not remove the old copies of rows that SQLite has moved.

// Opening a file: `options`; whether it is still there: `file`; its connections: `pool`. The schema: `migrate`.
// One port each: `catalogue`, `user`, `history`, `rounds`, `events`.
// The statements of a commit: `commit`; running commits, alone or together: `keep`.
// The host's transaction: `transaction`. Reading columns, with errors that say where: `cells`; errors of
// the driver: `error`.

mod catalogue;
mod cells;
mod commit;
mod error;
mod events;
mod file;
mod history;
mod keep;
mod migrate;
mod options;
#[cfg(test)]
mod plans;
mod pool;
mod rounds;
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
use file::File;
use pool::{Connection, Writing};

/// A store in SQLite. Clones share the connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
    file: Arc<File>,
    /// Whether closing the connection may delete the database.
    memory: bool,
    outbox: bool,
    gatherer: Option<Arc<Gatherer>>,
    host: Option<Lent<transaction::Host>>,
}

impl SqliteStore {
    /// Opens the database with this URL, such as `sqlite:contests.db` or `sqlite::memory:`: see
    /// [`SqliteConfig::from_url`]. Does not [migrate](Self::migrate).
    ///
    /// # Errors
    /// When the URL is invalid, or the file cannot be opened or created.
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
        Ok(Self {
            memory: config.memory,
            ..Self::from_pools(writer, reader)
        })
    }

    /// A store over a pool of the host. The pool must have a busy timeout, which is sqlx's default, and should
    /// use write-ahead log mode. The pool of a database in memory must keep its one connection: allow one
    /// connection, without idle timeout or maximum lifetime.
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self::from_pools(pool.clone(), pool)
    }

    /// A store over two pools of the host for the same file: see [`from_pool`](Self::from_pool).
    pub fn from_pools(writer: SqlitePool, reader: SqlitePool) -> Self {
        let file = Arc::new(File::at(writer.connect_options().get_filename()));
        Self {
            writer,
            reader,
            file,
            memory: true,
            outbox: false,
            gatherer: Some(one_place()),
            host: None,
        }
    }

    /// With an outbox: every commit writes its events in the same transaction. Without an outbox, the
    /// default, events are dropped.
    ///
    /// Give an outbox to all stores that write the same file, or to none: the commits of a store without one
    /// are missing from the log. Any store can read and deliver events, through
    /// [`EventLog`](contest_core::store::EventLog).
    #[must_use]
    pub fn with_outbox(mut self) -> Self {
        self.outbox = true;
        // All commits of a batch have an outbox or none do, so clones without one have their own gatherer.
        self.gatherer = self.gatherer.map(|_| one_place());
        self
    }

    /// Without gathering: every commit is a transaction of its own. By default, commits of different
    /// users that wait for the connection go together in one transaction, with one flush to the
    /// disk. A commit that finds the connection free goes alone in both cases.
    #[must_use]
    pub fn without_gathering(mut self) -> Self {
        self.gatherer = None;
        self
    }

    /// Checks that the database answers and has the schema, through both pools, that its file is still
    /// in place, and that it accepts writes: if the last write failed, or there was none yet, it writes one
    /// page.
    ///
    /// # Errors
    /// When it does not. Transient when the file was removed, moved or replaced, is read-only, or the disk
    /// is full.
    ///
    /// # Cancel safety
    /// Changes no data.
    pub async fn ping(&self) -> Result<(), StoreError> {
        ping(&mut self.read().await?).await?;
        let mut connection = self.write().await?;
        ping(&mut connection).await?;
        pool::check_writable(&mut connection).await
    }

    /// The pool of the writing connection.
    pub fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// The pool of the reading connections. For a database in memory it is the writer's.
    pub fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// The state of the writer's pool.
    pub fn metrics(&self) -> PoolMetrics {
        PoolMetrics::of(&self.writer)
    }

    /// The state of the readers' pool.
    pub fn reader_metrics(&self) -> PoolMetrics {
        PoolMetrics::of(&self.reader)
    }

    /// Refuses new calls, waits for calls that have a connection, closes the connections, and copies the log
    /// into the database: afterwards there is no `-wal` file, unless another process has the database open.
    /// After `limit` it stops waiting and fails; the remaining connections close when their calls end.
    ///
    /// # Errors
    /// Transient when calls were still running after `limit`, or when the file was removed, moved or
    /// replaced: then what was written is lost, unless another process keeps the file.
    ///
    /// # Cancel safety
    /// The pools are closed from the first poll on, even if the future is dropped.
    pub async fn close(&self, limit: Duration) -> Result<(), StoreError> {
        // Both pools refuse calls from here on, before either is waited for.
        let (reader, writer) = (self.reader.close(), self.writer.close());
        let all = async {
            reader.await;
            writer.await;
            self.file.check()?;
            pool::empty_log(&self.writer).await;
            Ok(())
        };
        let closed = tokio::time::timeout(limit, all).await;
        closed
            .map_err(|late| StoreError::transient("calls were still running").with_source(late))?
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
        if let Some(lent) = &self.host {
            let mut host = lent.lock().await?;
            host.clean_up().await?;
            return Ok(Connection::Host(host));
        }
        self.file.check()?;
        let connection = pool::acquire(pool).await?;
        Ok(Connection::Pooled(connection, Arc::clone(&self.file)))
    }
}

async fn ping(connection: &mut Connection) -> Result<(), StoreError> {
    let answer = sqlx::query(PING).execute(&mut **connection).await;
    answer.map_err(during("checking the database"))?;
    Ok(())
}

/// One place, because one connection writes.
fn one_place() -> Arc<Gatherer> {
    Arc::new(Gatherer::new(1))
}

/// A statement whose parameters are bound.
type Prepared<'q> = Query<'q, Sqlite, SqliteArguments>;

const PING: &str = "SELECT number FROM catalogue_state";

/// Maps a failure before the end of a commit. An existing key is a conflict.
fn refused(what: &'static str) -> impl Fn(sqlx::Error) -> CommitError {
    move |error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => CommitError::Conflict,
        _ => CommitError::Failed(during(what)(error)),
    }
}

/// Ends a commit.
///
/// If the database is not in write-ahead log mode, `COMMIT` can find the file busy. The transaction is then
/// still open, and is rolled back. After any other failure, the commit may have reached the disk.
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
