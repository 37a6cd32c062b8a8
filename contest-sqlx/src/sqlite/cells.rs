//! Reading columns, with errors that say where.

use std::fmt;

use contest_core::catalogue::Revision;
use contest_core::store::StoreError;
use contest_core::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

use crate::encoding::{from_json, from_signed, inconsistent};

/// The columns of one table in a row. Displays as the keys of the row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'r> {
    row: &'r SqliteRow,
    pub(super) table: &'static str,
}

impl<'r> Cells<'r> {
    pub(super) const fn of(row: &'r SqliteRow, table: &'static str) -> Self {
        Self { row, table }
    }

    pub(super) fn get<T>(self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        let cell = self.row.try_get(column);
        cell.map_err(|error| inconsistent(self.table, column, self, error))
    }

    pub(super) fn id<T: From<Uuid>>(self, column: &'static str) -> Result<T, StoreError> {
        self.get::<Uuid>(column).map(T::from)
    }

    pub(super) fn time(self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.get(column).map(Timestamp::from_micros)
    }

    pub(super) fn count(self, column: &'static str) -> Result<u64, StoreError> {
        from_signed(self.get(column)?, self.table, column, self)
    }

    pub(super) fn json<T: DeserializeOwned>(self, column: &'static str) -> Result<T, StoreError> {
        from_json(self.get(column)?, self.table, column, self)
    }

    pub(super) fn revision(self) -> Result<Revision, StoreError> {
        Ok(Revision {
            number: self.count("number")?,
            tag: self.get::<i64>("tag")?.cast_unsigned(),
        })
    }
}

impl fmt::Display for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |name| self.row.try_get::<Uuid, _>(name).ok();
        let keys = ["user_id", "contest_id", "round_id", "id"];
        let mut keys = keys.into_iter().filter_map(|name| Some((name, id(name)?)));
        let Some((name, id)) = keys.next() else {
            return f.write_str("unknown");
        };
        write!(f, "{name} {id}")?;
        keys.try_for_each(|(name, id)| write!(f, ", {name} {id}"))
    }
}

/// A number to compare with those of a column, which has none above `i64::MAX`.
pub(super) fn capped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
