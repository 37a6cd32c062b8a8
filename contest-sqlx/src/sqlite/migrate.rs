//! The schema and its versions.

use contest_core::store::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::Migrator;

use super::SqliteStore;
use super::error::during;
use super::pool::{begin, commit};
use crate::migrations::{self, TABLE, Version, migrate_error};

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
        self.migrate_to(VERSIONS).await
    }

    async fn migrate_to(&self, versions: &[Version]) -> Result<(), StoreError> {
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        let migrator = migrator(versions);
        let run = migrator.run_direct(None, &mut *transaction, false).await;
        run.map_err(|error| migrate_error(error, during("migrating")))?;
        commit(transaction).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::tests::{assert_pinned, assert_refused, check, fill};

    #[test]
    fn migrations_are_what_they_were() {
        const INITIAL: &str = "864d5d4f894674765e4dd891e6290ec73dc9367d2aed23d6\
            38449167a14cacafe11f4b69a90726963ae8c73d80ec66f5";
        assert_pinned(&migrator(VERSIONS), &[INITIAL]);
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
        assert_refused(changed, "not the one");
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
