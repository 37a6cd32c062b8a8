//! Errors of Postgres and sqlx as [`StoreError`]s.

use contest_core::store::StoreError;

/// SQLSTATEs of transient failures, and their meaning.
const TRANSIENT: &[(&str, &str)] = &[
    ("40001", "the database could not serialize the statement"),
    ("40P01", "the statement was part of a deadlock"),
    ("53300", "the database has no connection left"),
    ("55P03", "a lock did not become free in time"),
    (
        "57014",
        "the statement was cancelled or took longer than allowed",
    ),
    ("57P01", "the database is being shut down"),
    ("57P02", "the database has crashed"),
    ("57P03", "the database is starting up"),
    ("57P05", "the connection was idle for too long"),
    ("25P03", "the transaction was idle for too long"),
    // The answer of a hot standby to a write, after another server has become the primary.
    ("25006", "the database is read-only"),
];

/// The text by which sqlx reports that it was built without TLS. There is no kind to match.
const BUILT_WITHOUT: &str = "built without TLS support";

const NO_TLS_BUILT: &str = "the database URL requires TLS (`sslmode`), but this program was built without \
    TLS: turn on a feature of contest-sqlx such as `tls-rustls-aws-lc-rs`, or, on a trusted network, set \
    `sslmode=disable`";

const NO_TLS: &str = "the database URL requires TLS (`sslmode`), but TLS with the database failed: the server \
    needs `ssl = on` and a certificate of X.509 version 3, which `sslmode=verify-ca` and `verify-full` check \
    against `sslrootcert`; on a trusted network, set `sslmode=disable`";

/// Maps a failure of the driver. The original stays as the source.
pub(super) fn from_sqlx(error: sqlx::Error) -> StoreError {
    let mapped = match &error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => {
            StoreError::transient("the connection to the database was lost")
        }
        sqlx::Error::Tls(reason) if reason.to_string().contains(BUILT_WITHOUT) => {
            StoreError::permanent(NO_TLS_BUILT)
        }
        sqlx::Error::Tls(_) => StoreError::permanent(NO_TLS),
        sqlx::Error::PoolTimedOut => {
            StoreError::transient("no connection of the pool became free in time")
        }
        sqlx::Error::PoolClosed => StoreError::permanent("the pool is closed"),
        sqlx::Error::BeginFailed => StoreError::transient("a transaction did not begin"),
        sqlx::Error::ColumnDecode { index, .. } => {
            StoreError::inconsistent(format!("column {index} cannot be read"))
        }
        sqlx::Error::Database(_) => return from_code(error),
        _ => StoreError::permanent("the database driver failed"),
    };
    mapped.with_source(error)
}

fn from_code(error: sqlx::Error) -> StoreError {
    let Some(code) = code_of(&error) else {
        return StoreError::permanent("the database refused the statement").with_source(error);
    };
    let known = TRANSIENT.iter().find(|(transient, _)| *transient == code);
    let mapped = match known {
        Some((_, meaning)) => StoreError::transient(*meaning),
        // Class 08: connection exception. Class 53: insufficient resources.
        None if code.starts_with("08") || code.starts_with("53") => StoreError::transient(format!(
            "the database is overloaded or unreachable ({code})"
        )),
        None => StoreError::permanent(format!("the database refused the statement ({code})")),
    };
    mapped.with_source(error)
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error()?.code()?;
    Some(code.into_owned())
}

/// Whether the statement was rolled back over a conflict with another one: it certainly left nothing, and
/// can be retried at once.
pub(super) fn was_rolled_back(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| code == "40001" || code == "40P01")
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use contest_core::store::StoreErrorKind;

    use super::*;

    #[test]
    fn lost_connections_and_an_exhausted_pool_are_transient_and_keep_their_source() {
        let lost = from_sqlx(sqlx::Error::Io(io::Error::other("reset")));
        assert!(lost.is_transient() && lost.source().is_some());
        assert!(from_sqlx(sqlx::Error::PoolTimedOut).is_transient());
    }

    #[test]
    fn a_column_that_cannot_be_read_is_inconsistent_and_named() {
        let error = from_sqlx(sqlx::Error::ColumnDecode {
            index: "\"deadline\"".to_owned(),
            source: "not an instant".into(),
        });
        assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
        assert!(error.to_string().contains("deadline"));
    }
}
