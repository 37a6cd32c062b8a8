//! Migrations: the part that both stores share.

use std::borrow::Cow;

use contest_core::store::StoreError;
use sqlx::SqlStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

/// A migration: its number, its name and its SQL.
pub(crate) type Version = (i64, &'static str, &'static str);

/// The table that records which migrations have run. Not sqlx's default name, because the host's own
/// migrations may use that.
pub(crate) const TABLE: &str = "contest_migrations";

/// A migrator for these migrations, with their SQL transformed by `text`.
pub(crate) fn migrator(
    versions: &[Version],
    table: String,
    text: impl Fn(&'static str) -> SqlStr,
) -> Migrator {
    let migration = |&(version, name, sql): &Version| {
        let (name, kind) = (Cow::Borrowed(name), MigrationType::Simple);
        Migration::new(version, name, kind, text(sql), false)
    };
    let mut migrator = Migrator::with_migrations(versions.iter().map(migration).collect());
    migrator.dangerous_set_table_name(table);
    migrator
}

/// The names of the tables, views and indexes that migrations create, in lower case.
pub(crate) fn relations(versions: &[Version]) -> Vec<&'static str> {
    let made = ["TABLE", "VIEW", "INDEX", "UNIQUE INDEX"];
    let name = |line: &'static str| {
        let rest = line.strip_prefix("CREATE ")?;
        let rest = made.iter().find_map(|kind| rest.strip_prefix(kind))?;
        let name = rest.split_whitespace().next()?;
        Some(name.strip_prefix("{schema}.").unwrap_or(name))
    };
    let texts = versions.iter().map(|(_, _, sql)| sql);
    texts.flat_map(|sql| sql.lines()).filter_map(name).collect()
}

/// The error for relations of these names that are not from this crate's migrations.
pub(crate) fn foreign(found: &[String], place: &str, instead: &str) -> StoreError {
    StoreError::permanent(format!(
        "{place} already has tables of the same names, which this crate did not make: {}; \
         nothing was changed. {instead}",
        found.join(", ")
    ))
}

/// Maps a failure to migrate; `failed` maps failures of the database.
pub(crate) fn migrate_error(
    error: MigrateError,
    failed: impl Fn(sqlx::Error) -> StoreError,
) -> StoreError {
    let message = match error {
        MigrateError::Execute(error) => return failed(error),
        MigrateError::ExecuteMigration(error, version) => {
            let error = failed(error);
            if error.is_transient() {
                return error;
            }
            return StoreError::permanent(format!("migration {version} failed")).with_source(error);
        }
        MigrateError::VersionMissing(version) => format!(
            "the tables have version {version}, which is newer than this program: \
             run a newer version of the program"
        ),
        MigrateError::VersionMismatch(version) => {
            format!("migration {version} differs from the one that made the tables")
        }
        _ => "the tables cannot be migrated".to_owned(),
    };
    StoreError::permanent(message).with_source(error)
}

#[cfg(test)]
pub(crate) mod tests {
    use contest_core::prelude::*;
    use contest_core::store::{Store, StoreErrorKind};

    use super::*;

    /// Compares the checksums that a database stores of these migrations. A database refuses a migration
    /// that was changed after it ran.
    #[track_caller]
    pub(crate) fn assert_pinned(migrator: &Migrator, pinned: &[&str]) {
        let hex = |byte: &u8| format!("{byte:02x}");
        let checksums = migrator.iter().map(|migration| &migration.checksum);
        let checksums: Vec<String> = checksums.map(|sum| sum.iter().map(hex).collect()).collect();
        assert_eq!(checksums, pinned);
    }

    pub(crate) fn assert_refused(outcome: Result<(), StoreError>, why: &str) {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Permanent);
        assert!(error.to_string().contains(why), "{error}");
    }

    #[test]
    fn names_of_relations_are_read_from_the_migrations() {
        let text = "CREATE TABLE {schema}.a (\n    b int\n);\nCREATE UNIQUE INDEX c ON a (b);\n\
            CREATE VIEW d AS SELECT 1;\n-- CREATE TABLE e\nCREATE FUNCTION f() AS $$ $$;";
        assert_eq!(relations(&[(1, "first", text)]), ["a", "c", "d"]);
    }

    fn user() -> UserId {
        uuid::Uuid::from_u128(1).into()
    }

    /// Stores a catalogue and a contest with a mark.
    pub(crate) async fn fill(store: impl Store + 'static) -> Contest {
        let engine = Engine::builder(store).build().await.unwrap();
        let catalogue = Catalogue::neetcode150();
        engine.publish_catalogue(&catalogue).await.unwrap();
        let count = ProblemCount::new(5).unwrap();
        let duration = ContestDuration::from_minutes(60).unwrap();
        let request = ContestRequest::new(count, duration);
        let created = engine.create_contest(user(), &request).await.unwrap();
        let contest = created.contest;
        let problem = contest.problems[0].problem.id;
        engine
            .mark_solved(user(), contest.id, problem)
            .await
            .unwrap();
        engine.contest(user(), contest.id).await.unwrap()
    }

    /// Checks that the data of [`fill`] is there and that the store works.
    pub(crate) async fn check(store: impl Store + 'static, contest: &Contest) {
        let engine = Engine::builder(store).build().await.unwrap();
        assert_eq!(engine.catalogue().problems().len(), 150);
        let found = engine.contest(user(), contest.id).await.unwrap();
        assert_eq!(found.problems, contest.problems);
        assert_eq!(engine.verify_user(user()).await.unwrap(), []);
        let problem = contest.problems[1].problem.id;
        engine
            .mark_solved(user(), contest.id, problem)
            .await
            .unwrap();
        assert_eq!(engine.progress(user()).await.unwrap().overall().solved, 2);
    }
}
