//! The schema and its versions.

use std::borrow::Cow;

use contest_core::next::store::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::{begin, commit};

/// Every version of the schema, oldest first. A released one never changes.
const MIGRATIONS: [(i64, &str, &str); 1] = [(
    1,
    "initial",
    include_str!("../../migrations/sqlite/0001_initial.sql"),
)];

/// Not sqlx's default, which the host's own migrations may use in the same file.
const TABLE: &str = "contest_migrations";

fn migrator() -> Migrator {
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        let (name, kind) = (Cow::Borrowed(name), MigrationType::Simple);
        Migration::new(version, name, kind, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(MIGRATIONS.map(migration).into());
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

impl SqliteStore {
    /// Brings the schema up to this version of the crate; does nothing when it is.
    ///
    /// All of it is one transaction. Any number of processes may call it at once: one does the work
    /// and the others wait for it, until the busy timeout.
    ///
    /// # Errors
    /// Permanent when the database was migrated by a later version of the crate, or not by this
    /// crate's migrations; transient when another process held the database for too long.
    ///
    /// # Cancel safety
    /// Done whole or not at all.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        migrator()
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(failed)?;
        commit(transaction).await
    }
}

fn failed(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            during("migrating")(error)
        }
        other => StoreError::permanent(format!("migrating: {other}")).with_source(other),
    }
}
