//! Values as columns: JSON text, sets of ordinals, and unsigned numbers in signed columns.

use std::fmt::Display;

use contest_core::catalogue::OrdinalSet;
use contest_core::id::{ContestId, UserId, Version};
use contest_core::store::StoreError;
use contest_core::user::UserRecord;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::error::BoxDynError;
use uuid::Uuid;

/// A value as JSON text.
pub(crate) fn to_json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| unfit(what, error))
}

/// Reads a column written by [`to_json`].
pub(crate) fn from_json<T: DeserializeOwned>(
    text: &str,
    table: &str,
    column: &str,
    row: impl Display,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| inconsistent(table, column, row, error))
}

/// A record from its parts: the JSON has everything but the version and the two sets.
pub(crate) fn to_record(
    table: &str,
    user: UserId,
    version: Uuid,
    state: &str,
    solved: &[u8],
    seen: &[u8],
) -> Result<UserRecord, StoreError> {
    let set = |column, bytes| {
        OrdinalSet::from_bytes(bytes).map_err(|error| inconsistent(table, column, user, error))
    };
    let mut record: UserRecord = from_json(state, table, "state", user)?;
    record.version = Version::from_uuid(version);
    record.solved = set("solved", solved)?;
    record.seen = set("seen", seen)?;
    Ok(record)
}

/// The contest of a solve. The column is part of the key, so it cannot be null: no contest is the nil id,
/// which sorts first, like `None`.
pub(crate) fn from_contest(contest: Option<ContestId>) -> Uuid {
    contest.map_or(Uuid::nil(), ContestId::as_uuid)
}

/// The inverse of [`from_contest`].
pub(crate) fn to_contest(stored: Uuid) -> Option<ContestId> {
    (!stored.is_nil()).then_some(ContestId::from_uuid(stored))
}

/// A number to be stored in a column of signed numbers.
pub(crate) fn to_signed(what: &'static str, number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| unfit(what, error))
}

/// The inverse of [`to_signed`].
pub(crate) fn from_signed(
    number: i64,
    table: &str,
    column: &str,
    row: impl Display,
) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|error| inconsistent(table, column, row, error))
}

/// The error for a value that does not fit into the store.
pub(crate) fn unfit(what: &str, error: impl Into<BoxDynError>) -> StoreError {
    StoreError::permanent(format!("{what} cannot be stored")).with_source(error)
}

/// The error for inconsistent stored data. It says where.
pub(crate) fn inconsistent(
    table: &str,
    column: &str,
    row: impl Display,
    error: impl Into<BoxDynError>,
) -> StoreError {
    StoreError::inconsistent(format!("table {table}, column {column}, row {row}"))
        .with_source(error)
}
