//! How to reach the database, and how the pool behaves.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::postgres::PgConnectOptions;

use super::error::from_sqlx;

/// The schema the tables live in: `public` unless chosen.
///
/// The name is written into every statement, once, when the store is made. `search_path` is not
/// used: a connection pooler in transaction mode does not keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgSchema(String);

/// A text that cannot name the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a schema name: expected 1 to 63 lower-case ASCII letters, digits and \
     underscores, not beginning with a digit or with `pg_`"
)]
#[non_exhaustive]
pub struct PgSchemaError {
    /// What was given, at most the first 64 characters of it.
    pub text: String,
}

impl PgSchema {
    /// The schema with this name.
    ///
    /// # Errors
    /// [`PgSchemaError`] unless the name is 1 to 63 lower-case ASCII letters, digits and
    /// underscores, and begins with neither a digit nor `pg_`. Nothing else is ever quoted into a
    /// statement.
    ///
    /// ```
    /// use contest_sqlx::postgres::PgSchema;
    ///
    /// assert!(PgSchema::new("contest").is_ok());
    /// assert!(PgSchema::new("x\"; drop table users; --").is_err());
    /// ```
    pub fn new(name: impl Into<String>) -> Result<Self, PgSchemaError> {
        let name = name.into();
        let fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let begins = name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
        if begins && name.len() <= 63 && name.bytes().all(fit) && !name.starts_with("pg_") {
            Ok(Self(name))
        } else {
            let text = name.chars().take(64).collect();
            Err(PgSchemaError { text })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as an identifier of a statement.
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl Default for PgSchema {
    fn default() -> Self {
        Self("public".to_owned())
    }
}

impl fmt::Display for PgSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Who bounds how long a statement may run on the server.
///
/// Dropping a query does not stop it on the server; only this does. Never go without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementTimeout {
    /// Each connection asks for it when it is opened, by the startup parameter `options`.
    ///
    /// Not behind `PgBouncer`, which refuses that parameter or, told to ignore it, drops it silently: use
    /// [`Role`](Self::Role) there.
    Startup(Duration),
    /// The role has it: `ALTER ROLE … SET statement_timeout = '5s'`. The right one behind `PgBouncer`.
    Role,
}

/// How to reach the database, and how the pool behaves. Everything has a default but the address.
///
/// ```
/// use std::time::Duration;
/// use contest_sqlx::postgres::{PgPoolConfig, StatementTimeout};
///
/// let config = PgPoolConfig::parse("postgres://app@db.example/contest")?
///     .with_max_connections(10)
///     .with_statement_timeout(StatementTimeout::Startup(Duration::from_secs(2)));
/// assert_eq!(config.max_connections, 10);
/// # Ok::<(), contest_core::store::StoreError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PgPoolConfig {
    /// Where the database is and who connects.
    pub connect: PgConnectOptions,
    /// The most connections open at once: 25.
    pub max_connections: u32,
    /// How many connections are kept although idle: 5. Those above that number are closed by the next
    /// call after no more than that were in use at once for [`idle_timeout`](Self::idle_timeout). (A
    /// pool of [`pool_options`](Self::pool_options) opens that many at the start.)
    pub idle_connections: u32,
    /// How long a connection lives: an hour.
    pub max_lifetime: Duration,
    /// How long more connections than [`idle_connections`](Self::idle_connections) are kept for the next
    /// crowd: ten minutes.
    pub idle_timeout: Duration,
    /// How long a call waits for a connection: 5 s. Then it fails with a transient error.
    pub acquire_timeout: Duration,
    /// A connection that was idle for this long is tried before it is used, which costs a round
    /// trip: 30 s. Busy connections are never tried.
    pub test_after_idle: Duration,
    /// How long a connection whose call was dropped has to show that it is whole: 1 s.
    pub release_timeout: Duration,
    /// Who bounds how long a statement may run: each connection asks for 5 s.
    pub statement_timeout: StatementTimeout,
}

impl PgPoolConfig {
    /// The defaults, for this database.
    pub fn new(connect: PgConnectOptions) -> Self {
        Self {
            connect,
            max_connections: 25,
            idle_connections: 5,
            max_lifetime: Duration::from_hours(1),
            idle_timeout: Duration::from_mins(10),
            acquire_timeout: Duration::from_secs(5),
            test_after_idle: Duration::from_secs(30),
            release_timeout: Duration::from_secs(1),
            statement_timeout: StatementTimeout::Startup(Duration::from_secs(5)),
        }
    }

    /// The defaults, for the database at `postgres://user:password@host:port/database`. Parameters such as
    /// `sslmode` follow a question mark.
    ///
    /// # Errors
    /// A permanent [`StoreError`] when it is not such an address.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        PgConnectOptions::from_str(url)
            .map(Self::new)
            .map_err(from_sqlx)
    }

    /// With at most this many connections; fewer are kept idle if need be.
    #[must_use]
    pub fn with_max_connections(mut self, max: u32) -> Self {
        self.max_connections = max.max(1);
        self.idle_connections = self.idle_connections.min(self.max_connections);
        self
    }

    /// With this many connections kept although idle.
    #[must_use]
    pub fn with_idle_connections(mut self, idle: u32) -> Self {
        self.idle_connections = idle.min(self.max_connections);
        self
    }

    /// With connections that live this long.
    #[must_use]
    pub fn with_max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// With this wait before an idle connection is closed.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// With this wait for a connection.
    #[must_use]
    pub fn with_acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// With connections tried before use after this much idleness.
    #[must_use]
    pub fn with_test_after_idle(mut self, idle: Duration) -> Self {
        self.test_after_idle = idle;
        self
    }

    /// With this much time for a returned connection to show that it is whole.
    #[must_use]
    pub fn with_release_timeout(mut self, timeout: Duration) -> Self {
        self.release_timeout = timeout;
        self
    }

    /// With this bound of a statement's time.
    #[must_use]
    pub fn with_statement_timeout(mut self, timeout: StatementTimeout) -> Self {
        self.statement_timeout = timeout;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_names_are_plain_identifiers() {
        for good in ["public", "contest", "_c", "c_2"] {
            assert!(PgSchema::new(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in [
            "", "2c", "Contest", "a b", "a\"b", "a.b", "pg_x", "é", &long,
        ] {
            assert!(PgSchema::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn never_more_idle_connections_than_open_ones() {
        let config = PgPoolConfig::new(PgConnectOptions::new_without_pgpass());
        let one = config.with_max_connections(1);
        assert_eq!((one.max_connections, one.idle_connections), (1, 1));
        assert_eq!(one.with_idle_connections(9).idle_connections, 1);
    }
}
