//! The schema and its versions.

use contest_core::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqliteConnection};

use super::SqliteStore;
use super::error::during;
use super::pool::{begin, commit};
use crate::migrations::{self, TABLE, Version, foreign, migrate_error, relations};

/// Every version of the schema, oldest first. A released one never changes; the next one corrects it.
const VERSIONS: &[Version] = &[(
    1,
    "initial",
    include_str!("../../migrations/sqlite/0001_initial.sql"),
)];

fn migrator(versions: &[Version]) -> Migrator {
    migrations::migrator(versions, TABLE.to_owned(), SqlSafeStr::into_sql_str)
}

impl SqliteStore {
    /// Brings the tables up to date, and creates them if there are none. Call it before anything else.
    ///
    /// It is one transaction. Any number of processes may call it at once: one runs the migrations while the
    /// others wait, up to the busy timeout.
    ///
    /// # Errors
    /// Permanent when the tables have a newer version than this crate knows, when a migration was changed
    /// after it ran, or when the file has tables of the same names that something else made: then
    /// nothing is changed. Transient when another process locked the database for too long.
    ///
    /// # Cancel safety
    /// Applied whole or not at all.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_to(VERSIONS).await
    }

    async fn migrate_to(&self, versions: &[Version]) -> Result<(), StoreError> {
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        refuse_foreign(&mut transaction, versions).await?;
        let migrator = migrator(versions);
        let run = migrator.run_direct(None, &mut *transaction, false).await;
        run.map_err(|error| migrate_error(error, during("migrating")))?;
        commit(transaction).await
    }
}

/// Refuses a file with tables of our names that our migrations have not made.
async fn refuse_foreign(
    connection: &mut SqliteConnection,
    versions: &[Version],
) -> Result<(), StoreError> {
    let failed = during("looking for tables");
    let mut found = Vec::new();
    for name in relations(versions).into_iter().chain([TABLE]) {
        let is_there = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE";
        let is_there = sqlx::query_scalar(is_there).bind(name);
        if is_there
            .fetch_one(&mut *connection)
            .await
            .map_err(&failed)?
        {
            found.push(name.to_owned());
        }
    }
    let remembers = found.pop_if(|name| name == TABLE).is_some();
    if found.is_empty() {
        return Ok(());
    }
    let has_rows = format!("SELECT count(*) > 0 FROM {TABLE}");
    let has_rows = sqlx::query_scalar(AssertSqlSafe(has_rows));
    if remembers && has_rows.fetch_one(connection).await.map_err(failed)? {
        return Ok(());
    }
    Err(foreign(
        &found,
        "the file",
        "Give contests a file of their own",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::tests::{assert_pinned, assert_refused, check, fill};

    #[test]
    fn migrations_are_what_they_were() {
        const INITIAL: &str = "d685e4c2464e0cd4959b35c4358f24e853b6b116bc359431\
            67d98915356276925de8fbdf69b180eb68c179050ea23d87";
        assert_pinned(&migrator(VERSIONS), &[INITIAL]);
    }

    #[tokio::test]
    async fn foreign_tables_of_the_same_names_are_left_alone() {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        // SQLite ignores the case of names. An empty table of migrations does not prove that they ran.
        let tables = "CREATE TABLE Contests (id INT); CREATE VIEW problems AS SELECT 1; \
            CREATE TABLE contest_migrations (version INT)";
        sqlx::raw_sql(tables).execute(store.writer()).await.unwrap();
        let refused = store.migrate().await;
        assert_refused(
            refused,
            "did not make: problems, contests; nothing was changed",
        );
        let count = "SELECT count(*) FROM sqlite_schema";
        let count = sqlx::query_scalar::<_, i64>(count);
        assert_eq!(count.fetch_one(store.writer()).await.unwrap(), 3);
        let drop = "DROP TABLE contests; DROP VIEW problems; DROP TABLE contest_migrations; \
            CREATE TABLE accounts (id INT)";
        sqlx::raw_sql(drop).execute(store.writer()).await.unwrap();
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
    }

    async fn fresh() -> SqliteStore {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_later_version_keeps_what_is_stored_and_is_refused_by_this_one() {
        let store = fresh().await;
        let contest = fill(store.clone()).await;
        let column = "ALTER TABLE contests ADD COLUMN later TEXT NOT NULL DEFAULT 'new'";
        let later = [VERSIONS, &[(2, "later", column)]].concat();
        store.migrate_to(&later).await.unwrap();
        let added = sqlx::query_scalar::<_, String>("SELECT later FROM contests");
        assert_eq!(added.fetch_one(store.reader()).await.unwrap(), "new");
        check(store.clone(), &contest).await;
        assert_refused(store.migrate().await, "newer");
    }

    #[tokio::test]
    async fn changed_and_broken_migrations_are_refused_and_change_nothing() {
        let store = fresh().await;
        let contest = fill(store.clone()).await;
        let changed = store.migrate_to(&[(1, "initial", "SELECT 1")]).await;
        assert_refused(changed, "differs from");
        let broken = [
            VERSIONS,
            &[(2, "broken", "DROP TABLE contests; SELECT nothing")],
        ]
        .concat();
        assert_refused(store.migrate_to(&broken).await, "migration 2 failed");
        store.migrate().await.unwrap();
        check(store, &contest).await;
    }
}
