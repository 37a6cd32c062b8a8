//! Reading rows.

use contest_core::catalogue::Revision;
use contest_core::store::StoreError;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Row as _, Type};

use super::error::from_sqlx;
use crate::encoding::{from_signed, inconsistent};

pub(super) fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T, StoreError>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
{
    row.try_get(name).map_err(from_sqlx)
}

/// The row of a statement that always gives one.
pub(super) fn only(rows: &[PgRow]) -> Result<&PgRow, StoreError> {
    let missing = || inconsistent("catalogue_state", "only_row", true, "the row is missing");
    rows.first().ok_or_else(missing)
}

/// The stored revision. Its tag is random bits, so the sign of the column means nothing.
pub(super) fn revision(row: &PgRow) -> Result<Revision, StoreError> {
    let number = column(row, "number")?;
    Ok(Revision {
        number: from_signed(number, "catalogue_state", "number", true)?,
        tag: column::<i64>(row, "tag")?.cast_unsigned(),
    })
}
