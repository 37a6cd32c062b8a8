//! Reading columns, with errors that say where.

use std::error::Error;

use contest_core::next::store::StoreError;
use contest_core::next::user::OrdinalSet;
use contest_core::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

/// The columns of one table in a row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'r> {
    pub(super) row: &'r SqliteRow,
    pub(super) table: &'static str,
}

impl<'r> Cells<'r> {
    pub(super) fn get<T>(self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        let cell = self.row.try_get(column);
        cell.map_err(|error| self.wrong(column, error))
    }

    pub(super) fn id<T: From<Uuid>>(self, column: &'static str) -> Result<T, StoreError> {
        self.get::<Uuid>(column).map(T::from)
    }

    pub(super) fn time(self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.get(column).map(Timestamp::from_micros)
    }

    pub(super) fn count<T: TryFrom<i64, Error: Error + Send + Sync + 'static>>(
        self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        let count: i64 = self.get(column)?;
        T::try_from(count).map_err(|error| self.wrong(column, error))
    }

    pub(super) fn json<T: DeserializeOwned>(self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.get(column)?).map_err(|error| self.wrong(column, error))
    }

    /// A set of problems; none at all is the empty one.
    pub(super) fn ordinals(self, column: &'static str) -> Result<OrdinalSet, StoreError> {
        let bytes: Option<&[u8]> = self.get(column)?;
        let set = OrdinalSet::from_bytes(bytes.unwrap_or_default());
        set.map_err(|error| self.wrong(column, error))
    }

    fn wrong(self, column: &str, error: impl Error + Send + Sync + 'static) -> StoreError {
        let key = |name| {
            let id = self.row.try_get::<Uuid, _>(name).ok()?;
            Some(format!("{name} {id}"))
        };
        let keys = ["user_id", "contest_id", "id"].into_iter().filter_map(key);
        let row = keys.collect::<Vec<_>>().join(", ");
        let message = format!("{}.{column} in row ({row}): {error}", self.table);
        StoreError::inconsistent(message).with_source(error)
    }
}
