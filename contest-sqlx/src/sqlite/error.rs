//! Errors of the driver as errors of the ports.

use contest_core::store::StoreError;
use sqlx::error::DatabaseError;

/// SQLite's primary result codes, <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const ERROR: i32 = 1;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const NO_MEMORY: i32 = 7;
    pub(super) const READ_ONLY: i32 = 8;
    pub(super) const INTERRUPT: i32 = 9;
    pub(super) const IO: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANNOT_OPEN: i32 = 14;
    pub(super) const PROTOCOL: i32 = 15;
    pub(super) const SCHEMA: i32 = 17;
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

/// Maps a failure of an action.
pub(super) fn during(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let kind = kind_of(&error);
        let message = format!("{what}: {error}");
        let mapped = match kind {
            Kind::Transient => StoreError::transient(message),
            Kind::Permanent => StoreError::permanent(message),
            Kind::Inconsistent => StoreError::inconsistent(message),
        };
        mapped.with_source(error)
    }
}

/// Whether another connection holds a lock at the moment.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let database = error.as_database_error();
    matches!(
        database.and_then(primary_code),
        Some(code::BUSY | code::LOCKED)
    )
}

/// Whether the statement is wrong in the present state, such as a `BEGIN` inside a transaction.
pub(super) fn is_misuse(error: &sqlx::Error) -> bool {
    let database = error.as_database_error();
    database.and_then(primary_code) == Some(code::ERROR)
}

enum Kind {
    Transient,
    Permanent,
    Inconsistent,
}

fn kind_of(error: &sqlx::Error) -> Kind {
    match error {
        // When a worker crashes, its connection is gone, and the pool opens another one.
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
            Kind::Transient
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Kind::Inconsistent,
        sqlx::Error::Database(error) => kind_of_code(primary_code(error.as_ref())),
        _ => Kind::Permanent,
    }
}

fn kind_of_code(code: Option<i32>) -> Kind {
    match code {
        Some(
            code::BUSY
            | code::LOCKED
            | code::NO_MEMORY
            | code::READ_ONLY
            | code::INTERRUPT
            | code::IO
            | code::FULL
            | code::CANNOT_OPEN
            | code::PROTOCOL
            | code::SCHEMA,
        ) => Kind::Transient,
        Some(code::CORRUPT | code::NOT_A_DATABASE) => Kind::Inconsistent,
        // Includes violated constraints. All races are decided under the write lock, so a violated constraint
        // is a bug, not a refusal.
        _ => Kind::Permanent,
    }
}

/// The code without the extension in its upper bytes.
fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    let extended: i32 = error.code()?.parse().ok()?;
    Some(extended & 0xff)
}
