//! Options of a database.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};

use super::error::during;

/// The kind of crash that acknowledged writes survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Durability {
    /// A crash of the process or the system, and a loss of power: the log is flushed to the disk
    /// before a write is acknowledged (`synchronous = FULL`).
    #[default]
    PowerLoss,
    /// A crash of the process. A crash of the system can lose the last writes: at most those since the log
    /// was last copied into the file, which happens about every 1,000 pages (4 MB) of log. The remaining
    /// writes are whole and in order (`synchronous = NORMAL`). Several times faster.
    ProcessCrash,
}

/// A database, and options for opening it.
///
/// ```
/// use std::time::Duration;
/// use contest_sqlx::sqlite::{Durability, SqliteConfig};
///
/// let config = SqliteConfig::file("contests.db")
///     .with_readers(8)
///     .with_durability(Durability::ProcessCrash)
///     .with_busy_timeout(Duration::from_secs(2));
/// # let _ = config;
/// ```
#[derive(Debug, Clone)]
pub struct SqliteConfig {
    options: SqliteConnectOptions,
    pub(super) memory: bool,
    pub(super) readers: u32,
    pub(super) busy_timeout: Duration,
    pub(super) acquire_timeout: Duration,
    durability: Durability,
}

impl SqliteConfig {
    /// The database in this file. A missing file is created.
    pub fn file(path: impl AsRef<Path>) -> Self {
        let options = SqliteConnectOptions::new().filename(path);
        Self::new(options.create_if_missing(true), false)
    }

    /// A new database in memory. It is gone when the store is closed or dropped.
    pub fn memory() -> Self {
        Self::new(SqliteConnectOptions::new().in_memory(true), true)
    }

    /// The database with this URL: `sqlite::memory:`, or `sqlite:` and the path of a file. A missing file is
    /// created, unless the URL says `?mode=rw` or `?mode=ro`.
    ///
    /// # Errors
    /// Permanent, when the URL is invalid.
    pub fn from_url(url: &str) -> Result<Self, StoreError> {
        let options =
            SqliteConnectOptions::from_str(url).map_err(during("reading the database URL"))?;
        let (name, parameters) = url.split_once('?').unwrap_or((url, ""));
        let mode = parameters.split('&').find_map(|p| p.strip_prefix("mode="));
        if name.ends_with(":memory:") || mode == Some("memory") {
            return Ok(Self::memory());
        }
        let options = options.create_if_missing(matches!(mode, None | Some("rwc")));
        Ok(Self::new(options, false))
    }

    fn new(options: SqliteConnectOptions, memory: bool) -> Self {
        Self {
            options,
            memory,
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            acquire_timeout: Duration::from_secs(5),
            durability: Durability::default(),
        }
    }

    /// Sets the number of reading connections: 4 by default, at least 1. A database in memory has one
    /// connection for everything.
    #[must_use]
    pub fn with_readers(mut self, readers: u32) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Sets the durability: [`Durability::PowerLoss`] by default.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how long a write waits for writes of other processes before it fails as transient: 5 seconds by
    /// default.
    #[must_use]
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        // SQLite takes milliseconds in 32 bits.
        self.busy_timeout = timeout.min(Duration::from_hours(1));
        self
    }

    /// Sets how long an operation waits for a free connection before it fails as transient: 5 seconds by
    /// default.
    #[must_use]
    pub fn with_acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// Options of the writing connection.
    pub(super) fn writer_options(&self) -> SqliteConnectOptions {
        let synchronous = match self.durability {
            Durability::PowerLoss => SqliteSynchronous::Full,
            Durability::ProcessCrash => SqliteSynchronous::Normal,
        };
        self.options
            .clone()
            .busy_timeout(self.busy_timeout)
            .synchronous(synchronous)
            // The log grows in a large publication, and shrinks to this afterwards.
            .pragma("journal_size_limit", "67108864")
    }

    /// Options of the reading connections.
    pub(super) fn reader_options(&self) -> SqliteConnectOptions {
        self.writer_options().pragma("query_only", "ON")
    }
}
