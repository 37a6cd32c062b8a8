//! Values as columns: JSON text, sets of ordinals, and unsigned numbers in signed columns.

use std::fmt::Display;

use contest_core::catalogue::OrdinalSet;
use contest_core::id::{ContestId, RoundId, UserId, Version};
use contest_core::model::SubmissionId;
use contest_core::progress::{RankedRow, Standing};
use contest_core::scoring::{ParseVerdictError, RankKey, Score, Verdict};
use contest_core::store::StoreError;
use contest_core::user::{ContestRecord, UserRecord};
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

/// The contest of an attempt. The column is part of the key, so it cannot be null: no contest is the nil id,
/// which sorts first, like `None`.
pub(crate) fn from_contest(contest: Option<ContestId>) -> Uuid {
    contest.map_or(Uuid::nil(), ContestId::as_uuid)
}

/// The inverse of [`from_contest`].
pub(crate) fn to_contest(stored: Uuid) -> Option<ContestId> {
    (!stored.is_nil()).then_some(ContestId::from_uuid(stored))
}

/// The submission of an attempt. As for contests: none is the empty text, which sorts first.
pub(crate) fn from_submission(submission: Option<&SubmissionId>) -> &str {
    submission.map_or("", SubmissionId::as_str)
}

/// The inverse of [`from_submission`].
pub(crate) fn to_submission(
    stored: &str,
    table: &str,
    row: impl Display,
) -> Result<Option<SubmissionId>, StoreError> {
    if stored.is_empty() {
        return Ok(None);
    }
    let submission = SubmissionId::new(stored).map(Some);
    submission.map_err(|error| inconsistent(table, "submission", row, error))
}

/// Reads the verdict of an attempt.
pub(crate) fn to_verdict(
    stored: &str,
    table: &str,
    row: impl Display,
) -> Result<Verdict, StoreError> {
    let verdict = stored.parse();
    verdict.map_err(|error: ParseVerdictError| inconsistent(table, "verdict", row, error))
}

/// The score of an attempt as JSON text.
pub(crate) fn from_score(score: Option<&Score>) -> Result<Option<String>, StoreError> {
    score.map(|score| to_json("a score", score)).transpose()
}

/// The columns of a contest for the board of its round.
#[derive(Default)]
pub(crate) struct Ranks {
    pub(crate) round: Option<Uuid>,
    pub(crate) host: Ranked,
    pub(crate) public: Ranked,
}

/// The columns of a view: the key, and the row.
#[derive(Default)]
pub(crate) struct Ranked {
    pub(crate) rank: Option<Vec<u8>>,
    pub(crate) row: Option<Vec<u8>>,
}

impl Ranks {
    pub(crate) fn of(user: UserId, contest: &ContestRecord) -> Self {
        let Some(Standing { round, rows }) = contest.standing(user) else {
            return Self::default();
        };
        let rows = rows.map(|rows| (Ranked::of(&rows.host), Ranked::of(&rows.public)));
        let (host, public) = rows.unwrap_or_default();
        Self {
            round: Some(round.as_uuid()),
            host,
            public,
        }
    }
}

impl Ranked {
    fn of(row: &RankedRow) -> Self {
        Self {
            rank: Some(rank(row.key)),
            row: Some(row.to_bytes()),
        }
    }
}

/// A row of a board from its column.
pub(crate) fn to_row(bytes: &[u8], round: RoundId) -> Result<RankedRow, StoreError> {
    let row = RankedRow::try_from(bytes);
    row.map_err(|error| inconsistent("contests", "host_row or public_row", round, error))
}

/// A key as a column. It sorts like the key; the empty value is before all keys.
pub(crate) fn rank(key: RankKey) -> Vec<u8> {
    key.to_bytes().to_vec()
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
