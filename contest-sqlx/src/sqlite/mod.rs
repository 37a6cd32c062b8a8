//! SQLite: a store in one file, or in memory, inside the process.
//!
//! ```
//! use contest_core::prelude::*;
//! use contest_sqlx::sqlite::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = SqliteStore::connect("sqlite::memory:").await?;
//! store.migrate().await?;
//! let engine = Engine::builder(store.clone()).build().await?;
//! engine.publish_catalogue(&Catalogue::neetcode150()).await?;
//! # store.close(std::time::Duration::from_secs(5)).await?;
//! # Ok(()) }
//! ```
//!
//! # Connections
//! A file is opened in write-ahead log mode by one connection that writes and some that read. Readers
//! never wait for the writer, nor it for them. Writers inside the process queue for the one
//! connection; other processes on the same file are waited for as long as the busy timeout says, and
//! the operation then fails as transient. The file must be on a local disk.
//!
//! # Writes
//! Every write is one `BEGIN IMMEDIATE` transaction: it holds the only write lock of the file from
//! before its first read to its commit, so its decisions cannot be overtaken by anybody, in whatever
//! process. Every read is one statement, and so one snapshot.
//!
//! Publishing is a write like the others, and a long one when the catalogue is large: about 15 to 25
//! seconds for a million problems. Other writes wait meanwhile, and fail as transient when their
//! timeouts are shorter; reads go on.
//!
//! # Cancellation
//! A connection is a thread that does what it is told in order. When a future is dropped,
//! - before its `BEGIN` was sent, nothing happens;
//! - while `BEGIN` runs, the thread finds nobody to take the transaction and rolls it back itself;
//! - inside the transaction, a rollback is queued behind whatever the thread is doing;
//! - while `COMMIT` runs, the commit stands, and the queued rollback finds nothing to do.
//!
//! In all cases the connection goes back to the pool only when the thread has done all that. No write
//! happens outside a transaction begun like this, and `BEGIN` fails inside another one, so that an
//! acknowledged write can never sit in a transaction somebody left open. A statement that runs when
//! its future is dropped runs to its end; those of requests are short, those of a publication are not.
//!
//! # Map
//! | file | what it holds |
//! |---|---|
//! | `options`, `pool` | opening, taking and returning connections; beginning and committing |
//! | `migrate` | the schema |
//! | `problems`, `publish` | the catalogue |
//! | `solves`, `counters` | solves, history, and the counters kept with them |
//! | `contests`, `create`, `marks`, `finish` | contests |
//! | `life`, `extend`, `resume`, `reset` | the rarer turns of a contest's life, and epochs |
//! | `outbox`, `events` | how a write tells its events; reading and delivering them |
//! | `progress`, `verify` | reading the counters; checking and rebuilding them |
//! | `rows`, `error` | from rows and errors of the driver to the domain's |

mod contests;
mod counters;
mod create;
pub(crate) mod error;
mod events;
mod extend;
mod finish;
mod life;
mod marks;
mod migrate;
mod options;
mod outbox;
#[cfg(test)]
mod plans;
pub(crate) mod pool;
mod practice;
mod problems;
mod progress;
mod publish;
mod reset;
mod resume;
mod rows;
mod solves;
mod verify;

use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::SqlitePool;

pub use options::{Durability, SqliteConfig};
pub use pool::SqlitePoolMetrics;
pub use verify::CounterMismatch;

/// A store in SQLite. Clones share the connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
    outbox: bool,
}

impl SqliteStore {
    /// Opens the database at this address, such as `sqlite:contests.db` or `sqlite::memory:`: see
    /// [`SqliteConfig::from_url`]. Does not [migrate](Self::migrate).
    ///
    /// # Errors
    /// When the address is none, or the file cannot be opened or created.
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

    /// A store over a pool of the host's. It must have foreign keys on and a busy timeout, as is
    /// sqlx's default, and should be in write-ahead log mode. A pool of a database in memory must
    /// keep its connection: one, without idle timeout or maximum lifetime.
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self::from_pools(pool.clone(), pool)
    }

    /// A store over two pools of the host's for the same file: see [`from_pool`](Self::from_pool).
    pub fn from_pools(writer: SqlitePool, reader: SqlitePool) -> Self {
        Self {
            writer,
            reader,
            outbox: false,
        }
    }

    /// With an outbox: every write stores its domain events in the same transaction. Without, which is
    /// the default, there are none.
    ///
    /// Let all stores that write the same file have one, or none of them: the steps of those without
    /// are missing from the log. Reading and delivering events, through
    /// [`EventLog`](contest_core::store::EventLog), works from either kind.
    #[must_use]
    pub fn with_outbox(mut self) -> Self {
        self.outbox = true;
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
        for pool in [&self.reader, &self.writer] {
            let mut connection = pool::acquire(pool).await?;
            sqlx::query(PING)
                .execute(&mut *connection)
                .await
                .map_err(error::during("asking whether the database is there"))?;
        }
        Ok(())
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
    pub fn metrics(&self) -> SqlitePoolMetrics {
        SqlitePoolMetrics::of(&self.writer)
    }

    /// A look at the pool of the connections that read.
    pub fn reader_metrics(&self) -> SqlitePoolMetrics {
        SqlitePoolMetrics::of(&self.reader)
    }

    /// Takes no more calls, waits for those that have a connection, closes the connections, and
    /// copies the log into the database: a file closed in time has no `-wal` beside it, unless another
    /// process has it open. After `limit` it stops waiting, and says so with an error; what is left
    /// closes when it ends.
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
}

const PING: &str = "SELECT revision FROM catalogue_state";
