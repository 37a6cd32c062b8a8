//! Bringing the schema up to date.

use std::borrow::Cow;

use contest_core::next::store::StoreError;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::PgStore;
use super::sql::Sql;
use crate::postgres::PgSchema;
use crate::postgres::error::from_sqlx;

/// Every migration, in order. One that was released is never changed; the next one corrects it.
const MIGRATIONS: &[(i64, &str, &str)] = &[(
    1,
    "initial",
    include_str!("../../migrations/postgres/0001_initial.sql"),
)];

/// The table that remembers which migrations have run, apart from one the host may have.
const TABLE: &str = "contest_migrations";

fn migrator(schema: &PgSchema) -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, description, sql)| {
        Migration::new(
            *version,
            Cow::Borrowed(*description),
            MigrationType::Simple,
            Sql::new(schema, sql).text().into_sql_str(),
            false,
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(format!("{}.{TABLE}", schema.quoted()));
    if *schema != PgSchema::default() {
        migrator.create_schema(schema.quoted());
    }
    migrator
}

impl PgStore {
    /// Brings the tables up to date, and makes them if there are none. Call it before anything else,
    /// from as many processes as you like: they take turns, and those that come late find nothing
    /// left to do.
    ///
    /// Each migration is one transaction. There is no way back: a migration is undone by a later
    /// one.
    ///
    /// Needs a direct connection: the turn is a lock of the session, which `PgBouncer` in transaction
    /// mode does not keep. Run it from a store that is connected past it.
    ///
    /// # Errors
    /// A permanent [`StoreError`] when the tables are of a newer version than this crate knows, or
    /// when a migration that has run is not what it was; otherwise as the database fails.
    ///
    /// # Cancel safety
    /// Each migration has run whole or not at all. Call again to go on.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.dedicated().await.map_err(from_sqlx)?;
        sqlx::raw_sql("SET statement_timeout = 0")
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        let migrator = migrator(self.schema());
        let run = migrator.run_direct(None, &mut *connection, false);
        run.await.map_err(from_migrate)
    }
}

fn from_migrate(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) => from_sqlx(error),
        MigrateError::ExecuteMigration(error, version) => {
            let mapped = from_sqlx(error);
            if mapped.is_transient() {
                return mapped;
            }
            StoreError::permanent(format!("migration {version} failed")).with_source(mapped)
        }
        error => StoreError::permanent("the tables are not of this version").with_source(error),
    }
}
