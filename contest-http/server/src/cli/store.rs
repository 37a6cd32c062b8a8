//! Options for the store.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use contest_sqlx::sqlite::Durability;

use super::{Secret, duration};

#[derive(Debug, Args)]
#[command(next_help_heading = "Store")]
pub(crate) struct StoreOptions {
    /// The URL of the store: `sqlite:FILE`, `sqlite::memory:`, `postgres://USER@HOST/DATABASE`, or
    /// `memory:`
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:contest.db",
        value_name = "URL"
    )]
    pub(crate) database_url: Secret,
    /// A file with that URL, which keeps its password out of the environment [default: none]
    #[arg(long, env = "CONTEST_DATABASE_URL_FILE", value_name = "FILE")]
    pub(crate) database_url_file: Option<PathBuf>,
    /// Postgres: a replica for the reads that may lag behind [default: none]
    #[arg(
        long,
        env = "CONTEST_READER_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) reader_url: Option<Secret>,
    /// A file with the replica's URL [default: none]
    #[arg(long, env = "CONTEST_READER_URL_FILE", value_name = "FILE")]
    pub(crate) reader_url_file: Option<PathBuf>,
    /// Postgres: the schema of the tables
    #[arg(
        long,
        env = "CONTEST_SCHEMA",
        default_value = "public",
        value_name = "NAME"
    )]
    pub(crate) schema: String,
    /// Postgres: the most connections open at once, to each server
    #[arg(
        long,
        env = "CONTEST_MAX_CONNECTIONS",
        default_value = "25",
        value_name = "N"
    )]
    pub(crate) max_connections: u32,
    /// Postgres: how many idle connections are kept open
    #[arg(
        long,
        env = "CONTEST_IDLE_CONNECTIONS",
        default_value = "5",
        value_name = "N"
    )]
    pub(crate) idle_connections: u32,
    /// Postgres: the maximum age of a connection
    #[arg(long, env = "CONTEST_MAX_LIFETIME", default_value = "1h", value_parser = duration, value_name = "TIME")]
    pub(crate) max_lifetime: Duration,
    /// Postgres: how long idle connections above that number are kept open
    #[arg(long, env = "CONTEST_IDLE_TIMEOUT", default_value = "10m", value_parser = duration, value_name = "TIME")]
    pub(crate) idle_timeout: Duration,
    /// How long a request waits for a connection before it is refused
    #[arg(long, env = "CONTEST_ACQUIRE_TIMEOUT", default_value = "5s", value_parser = duration, value_name = "TIME")]
    pub(crate) acquire_timeout: Duration,
    /// Postgres: how long a statement may run; `role` uses the setting of the role, as needed behind
    /// `PgBouncer`
    #[arg(
        long,
        env = "CONTEST_STATEMENT_TIMEOUT",
        default_value = "5s",
        value_name = "TIME|role"
    )]
    pub(crate) statement_timeout: StatementLimit,
    /// SQLite: the number of connections that read
    #[arg(
        long,
        env = "CONTEST_SQLITE_READERS",
        default_value = "4",
        value_name = "N"
    )]
    pub(crate) sqlite_readers: u32,
    /// SQLite: the failure that an acknowledged write survives
    #[arg(
        long,
        env = "CONTEST_SQLITE_DURABILITY",
        default_value = "power-loss",
        value_enum
    )]
    pub(crate) sqlite_durability: Survives,
}

/// The limit on how long a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatementLimit {
    Time(Duration),
    Role,
}

impl FromStr for StatementLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "role" => Ok(Self::Role),
            // The server takes 0 for no limit.
            _ => match duration(text) {
                Ok(time) if time.as_millis() > 0 => Ok(Self::Time(time)),
                _ => Err("expected a duration such as 5s, or `role`".to_owned()),
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Survives {
    /// Power loss
    PowerLoss,
    /// A crash of the process; several times faster
    ProcessCrash,
}

impl From<Survives> for Durability {
    fn from(survives: Survives) -> Self {
        match survives {
            Survives::PowerLoss => Self::PowerLoss,
            Survives::ProcessCrash => Self::ProcessCrash,
        }
    }
}

impl fmt::Display for StatementLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{time:?}"),
            Self::Role => f.write_str("role"),
        }
    }
}
