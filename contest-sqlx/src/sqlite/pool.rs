//! The connections: one that writes, several that read.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contest_core::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Sqlite, SqliteConnection, SqlitePool,
    Transaction,
};
use tokio::time::{Duration, Instant, sleep};

use super::error::{during, is_busy};
use super::file::File;
use super::transaction::Host;
use super::{Prepared, SqliteConfig};
use crate::lent::InUse;

/// Opens the writer's and the readers' pool. For a database in memory, both are the same.
pub(super) async fn open(config: &SqliteConfig) -> Result<(SqlitePool, SqlitePool), StoreError> {
    let failed = during("opening the database");
    let one = pool_options(config).max_connections(1);
    if config.memory {
        let pool = one.connect_with(config.writer_options()).await;
        let pool = pool.map_err(failed)?;
        return Ok((pool.clone(), pool));
    }
    use_write_ahead_log(config).await.map_err(&failed)?;
    // From here on the file exists. If it is removed, a new connection must not make another one.
    let [writing, reading] = [config.writer_options(), config.reader_options()]
        .map(|options| options.create_if_missing(false));
    let writer = one.connect_with(writing).await;
    let readers = pool_options(config).max_connections(config.readers);
    let reader = readers.connect_with(reading).await;
    Ok((writer.map_err(&failed)?, reader.map_err(&failed)?))
}

/// Connections live as long as the pool: no server can lose them, and closing the last connection to a
/// database in memory deletes the database. The pool's check on release finds a connection whose thread
/// is gone, so a test before every use is not needed; it would cost a round trip to the thread.
fn pool_options(config: &SqliteConfig) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .acquire_timeout(config.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Turns on the write-ahead log, which stays on for the file. The switch needs exclusive access for a
/// moment and ignores the busy timeout, so processes that start at the same time must retry.
async fn use_write_ahead_log(config: &SqliteConfig) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + config.busy_timeout;
    let options = config.writer_options();
    let options = options.journal_mode(SqliteJournalMode::Wal);
    loop {
        match connect_once(&options).await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                sleep(Duration::from_millis(5)).await;
            }
            outcome => return outcome,
        }
    }
}

async fn connect_once(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    options.connect().await?.close().await
}

/// Copies the log into the database after all connections of a pool are closed.
///
/// SQLite does this when the last connection closes. But if two connections close at the same time, each may
/// see the other as open, and then neither does it.
pub(super) async fn empty_log(pool: &SqlitePool) {
    let options = pool.connect_options().as_ref().clone();
    let emptied = async {
        let mut connection = options.create_if_missing(false).connect().await?;
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint.execute(&mut connection).await?;
        connection.close().await
    };
    // A failure loses nothing: the next process that opens the file reads the log.
    if let Err(error) = emptied.await {
        tracing::warn!(%error, "the log was not copied into the database");
    }
}

/// Takes a connection that is not in a transaction.
///
/// A dropped future leaves no transaction: its rollback is queued to the connection's thread before the
/// connection is returned, and the pool then waits for the thread. One case remains. If SQLite ends a
/// transaction by itself (out of memory, a failing disk), the driver's rollback fails, and the driver
/// believes forever that the connection is in a transaction. Such a connection is closed here.
pub(super) async fn acquire(pool: &SqlitePool) -> Result<PoolConnection<Sqlite>, StoreError> {
    for _ in 0..=pool.options().get_max_connections() {
        let connection = pool.acquire().await;
        let connection = connection.map_err(during("waiting for a connection"))?;
        if !connection.is_in_transaction() {
            return Ok(connection);
        }
        tracing::warn!("closing a connection that was left in a transaction");
        let closed = connection.close().await;
        closed.unwrap_or_else(|error| tracing::warn!(%error, "closing the connection failed"));
    }
    let message = "every connection was left in a transaction";
    Err(StoreError::transient(message))
}

/// A connection that a call uses.
#[derive(Debug)]
pub(super) enum Connection {
    /// A connection of a pool to a file.
    Pooled(PoolConnection<Sqlite>, Arc<File>),
    /// The connection of the host's transaction.
    Host(InUse<Host>),
}

impl Deref for Connection {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Pooled(connection, _) => connection,
            Self::Host(transaction) => transaction,
        }
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(connection, _) => connection,
            Self::Host(transaction) => transaction,
        }
    }
}

/// A connection for a read that may take long. If the call is dropped, SQLite stops the statement, and the
/// connection is closed. Otherwise the statement would run to its end, and calls would wait for the
/// connection.
#[derive(Debug)]
pub(super) struct LongRead {
    connection: Connection,
    stopped: Arc<AtomicBool>,
    done: bool,
}

impl LongRead {
    /// How many instructions of its virtual machine SQLite runs between two looks: about 10 µs.
    const INSTRUCTIONS: i32 = 1_000;

    /// Prepares a connection. It costs a message to the connection's thread. A connection of the host's
    /// transaction, or to a database in memory, must not be closed: its statements run to their end.
    pub(super) async fn new(mut connection: Connection, memory: bool) -> Result<Self, StoreError> {
        let stopped = Arc::new(AtomicBool::new(false));
        if let Connection::Pooled(pooled, _) = &mut connection
            && !memory
        {
            let locked = pooled.lock_handle().await;
            let mut handle = locked.map_err(during("preparing a read"))?;
            let watched = Arc::clone(&stopped);
            let goes_on = move || !watched.load(Ordering::Relaxed);
            handle.set_progress_handler(Self::INSTRUCTIONS, goes_on);
        }
        Ok(Self {
            connection,
            stopped,
            done: memory,
        })
    }

    /// All rows.
    pub(super) async fn fetch_all(
        mut self,
        query: Prepared<'_>,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let rows = query.fetch_all(&mut *self.connection).await;
        self.done = true;
        rows
    }
}

impl Drop for LongRead {
    fn drop(&mut self) {
        if let Connection::Pooled(connection, _) = &mut self.connection
            && !self.done
        {
            self.stopped.store(true, Ordering::Relaxed);
            connection.close_on_drop();
        }
    }
}

/// A transaction that writes; inside the host's transaction, a savepoint.
///
/// If it is dropped before it is committed, it is rolled back.
#[derive(Debug)]
pub(super) enum Writing<'c> {
    Transaction(Transaction<'c, Sqlite>, &'c File),
    Savepoint(&'c mut InUse<Host>),
}

impl Writing<'_> {
    /// Commits, with the durability of the connection. In the host's transaction, the write becomes a part of
    /// that transaction.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Transaction(transaction, file) => {
                transaction.commit().await?;
                file.committed();
                Ok(())
            }
            Self::Savepoint(transaction) => transaction.release().await,
        }
    }
}

impl Deref for Writing<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Transaction(transaction, _) => transaction,
            Self::Savepoint(transaction) => transaction,
        }
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Transaction(transaction, _) => transaction,
            Self::Savepoint(transaction) => transaction,
        }
    }
}

/// Begins a transaction that writes. It takes the write lock at once, so that data it has read cannot
/// change before it writes. It waits for other processes up to the busy timeout.
pub(super) async fn begin(connection: &mut Connection) -> Result<Writing<'_>, StoreError> {
    match connection {
        Connection::Pooled(connection, file) => {
            file.begin();
            let begun = connection.begin_with("BEGIN IMMEDIATE").await;
            let begun = begun.map_err(during("beginning a transaction"))?;
            Ok(Writing::Transaction(begun, file))
        }
        Connection::Host(transaction) => {
            transaction.savepoint().await?;
            Ok(Writing::Savepoint(transaction))
        }
    }
}

/// Fails if the file does not accept writes.
///
/// If the last write was committed, it does. Otherwise this writes one page: it sets the file's
/// `user_version`, which the store does not use, to the value that it has.
pub(super) async fn check_writable(connection: &mut Connection) -> Result<(), StoreError> {
    match connection {
        Connection::Pooled(_, file) if file.is_in_doubt() => {}
        _ => return Ok(()),
    }
    let failed = during("checking whether the database accepts writes");
    let mut writing = begin(connection).await?;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *writing)
        .await
        .map_err(&failed)?;
    let write = AssertSqlSafe(format!("PRAGMA user_version = {version}"));
    let written = sqlx::raw_sql(write).execute(&mut *writing).await;
    written.map_err(&failed)?;
    writing.commit().await.map_err(failed)
}

/// Commits a write that is not a commit of a user.
pub(super) async fn commit(writing: Writing<'_>) -> Result<(), StoreError> {
    writing.commit().await.map_err(during("committing"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::task::Poll;

    use crate::sqlite::SqliteConfig;

    use super::*;

    /// Without an end.
    const ENDLESS: &str =
        "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

    /// A pool of one connection to a new file.
    async fn one_reader(name: &str) -> (PathBuf, SqlitePool) {
        let name = format!("contest-long-read-{}-{name}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let config = SqliteConfig::file(directory.join("contests.db")).with_readers(1);
        let (_, reader) = open(&config).await.unwrap();
        (directory, reader)
    }

    async fn pooled(pool: &SqlitePool) -> Connection {
        let file = Arc::new(File::at(pool.connect_options().get_filename()));
        Connection::Pooled(acquire(pool).await.unwrap(), file)
    }

    /// The statement of a dropped read used to run to its end, with calls waiting for the connection.
    #[tokio::test]
    async fn a_dropped_read_stops_its_statement() {
        let (directory, reader) = one_reader("dropped").await;
        for _ in 0..3 {
            let connection = pooled(&reader).await;
            let read = LongRead::new(connection, false).await.unwrap();
            let mut read = Box::pin(read.fetch_all(sqlx::query(ENDLESS)));
            // The statement is at the thread, and no answer ever comes.
            assert!(matches!(futures::poll!(&mut read), Poll::Pending));
            tokio::task::yield_now().await;
            assert!(matches!(futures::poll!(&mut read), Poll::Pending));
            drop(read);
            let mut next = acquire(&reader).await.unwrap();
            let one = sqlx::query("SELECT 1").fetch_all(&mut *next).await;
            assert_eq!(one.unwrap().len(), 1);
        }
        reader.close().await;
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[tokio::test]
    async fn a_read_that_ends_leaves_its_connection_in_use() {
        let (directory, reader) = one_reader("ended").await;
        let mark = "PRAGMA query_only = OFF; CREATE TEMP TABLE mark AS SELECT 1";
        sqlx::raw_sql(mark).execute(&reader).await.unwrap();
        for _ in 0..3 {
            let connection = pooled(&reader).await;
            let read = LongRead::new(connection, false).await.unwrap();
            let rows = read.fetch_all(sqlx::query("SELECT * FROM mark")).await;
            assert_eq!(rows.unwrap().len(), 1, "a table of this connection only");
        }
        reader.close().await;
        std::fs::remove_dir_all(directory).unwrap();
    }
}
