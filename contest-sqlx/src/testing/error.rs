//! Errors of the harness.

use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

/// Advice for a missing server.
const NO_SERVER: &str = "\
these tests need PostgreSQL 13 or newer and found none. Do one of:
  - install the server programs (no running service is needed):
      Debian, Ubuntu: apt install postgresql
      macOS:          brew install postgresql@17
  - set CONTEST_PG_BIN to the directory that holds `initdb` and `postgres`
  - set DATABASE_URL to a database on a running server, with a role that has CREATEDB
scripts/test.sh does the first by itself";

/// Advice for a missing `PgBouncer`.
const NO_PGBOUNCER: &str = "\
install one, no running service is needed:
  - scripts/install-pgbouncer.sh gets one into the build directory (Debian, Ubuntu) or from Homebrew
    (macOS); scripts/test.sh does that by itself
  - Debian 13, Ubuntu 24.04 or newer: apt install pgbouncer
  - macOS: brew install pgbouncer
  - or set CONTEST_PGBOUNCER_BIN to the program";

/// A failure of the harness. `{:?}`, as in `unwrap`, prints the message and its sources.
#[non_exhaustive]
pub enum HarnessError {
    /// Neither `DATABASE_URL` nor the programs of a server.
    NoServer,
    /// `CONTEST_PG_BIN` names a directory without `initdb` or `postgres`.
    NoPrograms {
        /// The directory.
        directory: PathBuf,
    },
    /// No `PgBouncer` of 1.21 or newer: older ones do not support prepared statements in transaction mode.
    NoPgBouncer {
        /// The program that was found instead, or empty.
        found: String,
    },
    /// A call to the operating system failed.
    Io {
        /// The attempted action.
        action: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// The server did not start, stop or answer as expected.
    Server {
        /// The problem.
        problem: String,
        /// The last lines of its log.
        log: String,
    },
    /// A statement or a connection failed.
    Sql {
        /// The attempted action.
        action: &'static str,
        /// The cause.
        source: Box<sqlx::Error>,
    },
    /// The server is that of `DATABASE_URL`, which the harness does not stop.
    NotOurs,
}

impl HarnessError {
    pub(super) fn io(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }

    pub(super) fn sql(action: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Sql {
            action,
            source: Box::new(source),
        }
    }
}

impl fmt::Display for HarnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => f.write_str(NO_SERVER),
            Self::NoPrograms { directory } => write!(
                f,
                "CONTEST_PG_BIN is {}, which does not hold `initdb` and `postgres`",
                directory.display()
            ),
            Self::NoPgBouncer { found } if found.is_empty() => write!(
                f,
                "these tests need PgBouncer 1.21 or newer and found none; {NO_PGBOUNCER}"
            ),
            Self::NoPgBouncer { found } => write!(
                f,
                "these tests need PgBouncer 1.21 or newer and found only {found}; {NO_PGBOUNCER}"
            ),
            Self::Io { action, .. } | Self::Sql { action, .. } => write!(f, "could not {action}"),
            Self::Server { problem, log } => {
                write!(f, "the test server {problem}; its log ends:\n{log}")
            }
            Self::NotOurs => f.write_str(
                "the server of DATABASE_URL must not be stopped; start one with Postgres::start",
            ),
        }
    }
}

impl fmt::Debug for HarnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut below = self.source();
        while let Some(error) = below {
            write!(f, ": {error}")?;
            below = error.source();
        }
        Ok(())
    }
}

impl Error for HarnessError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Sql { source, .. } => Some(source),
            Self::NoServer
            | Self::NoPrograms { .. }
            | Self::NoPgBouncer { .. }
            | Self::Server { .. }
            | Self::NotOurs => None,
        }
    }
}
