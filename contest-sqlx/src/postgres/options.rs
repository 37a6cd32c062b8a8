//! Options: the database, the pool, the schema.
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use contest_core::store::StoreError;
use sqlx::postgres::PgConnectOptions;

use super::error::from_sqlx;

/// The schema of the tables: `public` by default.
///
/// The name is written into every statement once, when the store is made. `search_path` is not
/// used, because a connection pooler in transaction mode does not keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgSchema(String);

/// A name that no schema can have here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a schema name: expected 1 to 63 lower-case ASCII letters, digits and \
     underscores, not beginning with a digit or with `pg_`"
)]
#[non_exhaustive]
pub struct PgSchemaError {
    /// The invalid name, cut to 64 characters.
    pub text: String,
}

impl PgSchema {
    /// The schema with this name.
    ///
    /// # Errors
    /// [`PgSchemaError`] unless the name is 1 to 63 lower-case ASCII letters, digits and
    /// underscores, and begins with neither a digit nor `pg_`. So it is safe to quote into a statement.
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

    /// The name as a quoted identifier.
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

/// Where the server's limit for the time of a statement is set.
///
/// Dropping a query does not stop it on the server; only this limit does. Always set one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementTimeout {
    /// Each connection sets this limit when it opens, through the startup parameter `options`.
    ///
    /// Behind `PgBouncer`, use [`Role`](Self::Role): `PgBouncer` refuses that parameter or, if configured to
    /// ignore it, drops it silently.
    Startup(Duration),
    /// The role has the limit: `ALTER ROLE … SET statement_timeout = '5s'`. For use behind `PgBouncer`.
    Role,
}

/// Options of the connection and the pool. All have defaults, except the database itself.
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
    /// The address of the database, and the role.
    pub connect: PgConnectOptions,
    /// Maximum of open connections. Default: 25.
    pub max_connections: u32,
    /// Idle connections to keep. Default: 5. If no more than these were in use at once for
    /// [`idle_timeout`](Self::idle_timeout), the next call closes the others. (A pool made from
    /// [`pool_options`](Self::pool_options) opens this many at its start.)
    pub idle_connections: u32,
    /// Maximum age of a connection. Default: an hour.
    pub max_lifetime: Duration,
    /// How long connections above [`idle_connections`](Self::idle_connections) are kept after a burst.
    /// Default: ten minutes.
    pub idle_timeout: Duration,
    /// How long a call waits for a connection before it fails with a transient error. Default: 5 s.
    pub acquire_timeout: Duration,
    /// A connection that was idle for this long is tested before use, which costs a round trip.
    /// Default: 30 s. Busy connections are never tested.
    pub test_after_idle: Duration,
    /// How long the check of a returned connection may take before the connection is closed. Default: 1 s.
    pub release_timeout: Duration,
    /// The limit for the time of a statement. Default: each connection sets 5 s.
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
    /// A permanent [`StoreError`] when the URL is invalid, or has a parameter that is not known: a mistyped
    /// `password` would be ignored.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        check_parameters(url)?;
        PgConnectOptions::from_str(url)
            .map(Self::new)
            .map_err(from_sqlx)
    }

    /// Sets [`max_connections`](Self::max_connections), and lowers
    /// [`idle_connections`](Self::idle_connections) if necessary.
    #[must_use]
    pub fn with_max_connections(mut self, max: u32) -> Self {
        self.max_connections = max.max(1);
        self.idle_connections = self.idle_connections.min(self.max_connections);
        self
    }

    /// Sets [`idle_connections`](Self::idle_connections).
    #[must_use]
    pub fn with_idle_connections(mut self, idle: u32) -> Self {
        self.idle_connections = idle.min(self.max_connections);
        self
    }

    /// Sets [`max_lifetime`](Self::max_lifetime).
    #[must_use]
    pub fn with_max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// Sets [`idle_timeout`](Self::idle_timeout).
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets [`acquire_timeout`](Self::acquire_timeout).
    #[must_use]
    pub fn with_acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// Sets [`test_after_idle`](Self::test_after_idle).
    #[must_use]
    pub fn with_test_after_idle(mut self, idle: Duration) -> Self {
        self.test_after_idle = idle;
        self
    }

    /// Sets [`release_timeout`](Self::release_timeout).
    #[must_use]
    pub fn with_release_timeout(mut self, timeout: Duration) -> Self {
        self.release_timeout = timeout;
        self
    }

    /// Sets [`statement_timeout`](Self::statement_timeout).
    #[must_use]
    pub fn with_statement_timeout(mut self, timeout: StatementTimeout) -> Self {
        self.statement_timeout = timeout;
        self
    }
}

/// The parameters that sqlx knows; also `options[NAME]`.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Refuses unknown parameters, which sqlx ignores and logs with their values. Names its place and not the
/// parameter: the text may be a part of a password with a question mark.
fn check_parameters(url: &str) -> Result<(), StoreError> {
    let (_, parameters) = url.split_once('?').unwrap_or_default();
    let (parameters, _) = parameters.split_once('#').unwrap_or((parameters, ""));
    let mut names = parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split('=').next().unwrap_or_default());
    let known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    match names.position(|name| !known(name)) {
        None => Ok(()),
        Some(before) => Err(StoreError::permanent(format!(
            "parameter {} of the database URL, after its question mark, is not known: expected one of {}",
            before + 1,
            PARAMETERS.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_parameter_is_refused_without_its_text() {
        let url = |parameters: &str| format!("postgres://app@db.example/contest{parameters}");
        for known in [
            "",
            "?",
            "?sslmode=disable&options[statement_timeout]=5s",
            "?host=/tmp&user=me#x",
        ] {
            PgPoolConfig::parse(&url(known)).unwrap();
        }
        for unknown in [
            "?pasword=hunter2",
            "?sslmode=disable&hunter2",
            "?&PASSWORD=hunter2",
        ] {
            let error = PgPoolConfig::parse(&url(unknown)).unwrap_err();
            let message = format!("{error:?} {error}");
            assert!(message.contains("is not known"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

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
