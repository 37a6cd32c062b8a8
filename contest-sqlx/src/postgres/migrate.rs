//! Bringing the schema up to date.

use contest_core::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::error::from_sqlx;
use super::sql::Sql;
use super::{PgSchema, PgStore};
use crate::migrations::{self, TABLE, Version, foreign, migrate_error, relations};

/// Every version of the schema, oldest first. A released one never changes; the next one corrects it.
const VERSIONS: &[Version] = &[(
    1,
    "initial",
    include_str!("../../migrations/postgres/0001_initial.sql"),
)];

fn migrator(schema: &PgSchema, versions: &[Version]) -> Migrator {
    let table = format!("{}.{TABLE}", schema.quoted());
    let text = |sql: &str| Sql::new(schema, sql).text().into_sql_str();
    let mut migrator = migrations::migrator(versions, table, text);
    if *schema != PgSchema::default() {
        migrator.create_schema(schema.quoted());
    }
    migrator
}

impl PgStore {
    /// Brings the tables up to date, and creates them if there are none. Call it before anything else.
    /// Any number of processes may call it at once: one runs the migrations while the others wait.
    ///
    /// Each migration is one transaction. Migrations only go forward: a later one corrects an earlier one.
    ///
    /// Needs a direct connection: it takes a session-level lock, which `PgBouncer` in transaction mode does
    /// not keep. Behind `PgBouncer`, run it as a deployment step over a connection to the database itself.
    ///
    /// # Errors
    /// A permanent [`StoreError`] when the tables have a newer version than this crate knows, when a
    /// migration was changed after it ran, or when the schema has tables of the same names that something
    /// else made: then nothing is changed; choose another schema with [`with_schema`](Self::with_schema).
    /// Also when the database fails.
    ///
    /// # Cancel safety
    /// Each migration is applied whole or not at all. Call again to continue.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_to(VERSIONS).await
    }

    async fn migrate_to(&self, versions: &[Version]) -> Result<(), StoreError> {
        let mut link = self.dedicated().await.map_err(from_sqlx)?;
        let connection = link.connection().map_err(from_sqlx)?;
        sqlx::raw_sql("SET statement_timeout = 0")
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        refuse_foreign(connection, self.schema(), versions).await?;
        let migrator = migrator(self.schema(), versions);
        let run = migrator.run_direct(None, connection, false).await;
        run.map_err(|error| migrate_error(error, from_sqlx))
    }
}

/// Refuses a schema with relations of our names that our migrations have not made.
///
/// The order matters: tables of ours are committed together with the row that records their migration. So
/// if the tables are visible, a later query sees the row.
async fn refuse_foreign(
    connection: &mut PgConnection,
    schema: &PgSchema,
    versions: &[Version],
) -> Result<(), StoreError> {
    let found = "SELECT relname::text FROM pg_class \
        WHERE relnamespace = to_regnamespace($1) AND relname::text = ANY($2) ORDER BY relname";
    let found: Vec<String> = sqlx::query_scalar(found)
        .bind(schema.quoted())
        .bind(relations(versions))
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    if found.is_empty() || has_migrated(connection, schema).await.map_err(from_sqlx)? {
        return Ok(());
    }
    let instead = "Choose another schema: `PgStore::with_schema`, or `--schema` of contest-server";
    Err(foreign(&found, &format!("the schema `{schema}`"), instead))
}

async fn has_migrated(
    connection: &mut PgConnection,
    schema: &PgSchema,
) -> Result<bool, sqlx::Error> {
    let table = format!("{}.{TABLE}", schema.quoted());
    let is_there = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&table);
    if !is_there.fetch_one(&mut *connection).await? {
        return Ok(false);
    }
    let has_rows = format!("SELECT EXISTS (SELECT FROM {table})");
    let has_rows = sqlx::query_scalar(AssertSqlSafe(has_rows));
    has_rows.fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::tests::{assert_pinned, assert_refused, check, fill};
    use crate::testing::Postgres;

    #[test]
    fn migrations_are_what_they_were() {
        const INITIAL: &str = "963f941aa8dc4e7d133680119fbc78bd5d7b61e48cc59e25\
            24d54519cc6742285654820141971d9c5dced93094b0aa1d";
        let schema = PgSchema::new("pinned").unwrap();
        assert_pinned(&migrator(&schema, VERSIONS), &[INITIAL]);
    }

    #[tokio::test]
    async fn a_later_version_keeps_what_is_stored_and_is_refused_by_this_one() {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.database().await.unwrap().url();
        let store = PgStore::connect(&url).await.unwrap();
        let store = store.with_schema(PgSchema::new("contest").unwrap());
        store.migrate().await.unwrap();
        let contest = fill(store.clone()).await;
        let column = "ALTER TABLE {schema}.contests ADD COLUMN later text NOT NULL DEFAULT 'new'";
        let later = [VERSIONS, &[(2, "later", column)]].concat();
        store.migrate_to(&later).await.unwrap();
        let added = sqlx::query_scalar::<_, String>("SELECT later FROM contest.contests");
        assert_eq!(added.fetch_one(store.pool()).await.unwrap(), "new");
        check(store.clone(), &contest).await;
        assert_refused(store.migrate().await, "newer");
    }

    #[tokio::test]
    async fn foreign_tables_of_the_same_names_are_left_alone() {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.database().await.unwrap().url();
        let store = PgStore::connect(&url).await.unwrap();
        // An empty table of migrations does not prove that they ran.
        let tables = "CREATE TABLE contests (); CREATE VIEW problems AS SELECT 1; \
            CREATE TABLE contest_migrations (version bigint)";
        sqlx::raw_sql(tables).execute(store.pool()).await.unwrap();
        let refused = store.migrate().await.unwrap_err().to_string();
        for part in ["`public`", "contests, problems;", "with_schema", "--schema"] {
            assert!(refused.contains(part), "{refused}");
        }
        let count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        let count = sqlx::query_scalar::<_, i64>(count).fetch_one(store.pool());
        assert_eq!(count.await.unwrap(), 3);
        let beside = store.with_schema(PgSchema::new("contest").unwrap());
        beside.migrate().await.unwrap();
        beside.migrate().await.unwrap();
    }

    #[tokio::test]
    async fn changed_and_broken_migrations_are_refused_and_change_nothing() {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.database().await.unwrap().url();
        let store = PgStore::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        let contest = fill(store.clone()).await;
        let changed = store.migrate_to(&[(1, "initial", "SELECT 1")]).await;
        assert_refused(changed, "differs from");
        let broken = "DROP TABLE {schema}.contests; SELECT nothing";
        let broken = [VERSIONS, &[(2, "broken", broken)]].concat();
        assert_refused(store.migrate_to(&broken).await, "migration 2 failed");
        store.migrate().await.unwrap();
        check(store, &contest).await;
    }
}
