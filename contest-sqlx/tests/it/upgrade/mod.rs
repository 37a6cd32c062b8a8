//! From every version of the schema there is to this one, with data and without.
//!
//! A migration comes with a fixture: the rows that [`scene`] leaves in a database of its version,
//! written by the stores themselves when the migration was new. What a version can hold that those
//! before it could not is in a scene of its own, [`news`]. Of migrations that came together, the newest
//! has it all; the others have what [`scene`] writes into the columns they have. To write the fixtures,
//! add the migrations, then
//!
//! ```sh
//! cargo test -p contest-sqlx --all-features --test it write_the_fixture -- --ignored
//! ```
//!
//! and pin their checksums in the test that fails then. Nothing of it is changed once released.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

pub(crate) mod check;
pub(crate) mod news;
mod postgres;
mod scene;
mod sqlite;

/// A migration as it lies in the repository.
struct File {
    version: i64,
    description: String,
    sql: String,
}

fn directory(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

/// The migrations of a back end, oldest first.
fn files(back_end: &str) -> Vec<File> {
    let entries = fs::read_dir(directory("migrations").join(back_end)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| read(&entry.unwrap().path())).collect();
    files.sort_by_key(|file| file.version);
    files
}

fn read(path: &Path) -> File {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let (version, description) = name.split_once('_').unwrap();
    File {
        version: version.parse().unwrap(),
        description: description.to_owned(),
        sql: fs::read_to_string(path).unwrap(),
    }
}

/// What brings a database to any of these versions, as the release that had it did.
fn migrator(files: &[File], schema: &str, table: String) -> Migrator {
    let migration = |file: &File| {
        let sql = AssertSqlSafe(file.sql.replace("{schema}", schema)).into_sql_str();
        let description = file.description.clone().into();
        Migration::new(file.version, description, MigrationType::Simple, sql, false)
    };
    let mut migrator = Migrator::with_migrations(files.iter().map(migration).collect());
    migrator.dangerous_set_table_name(table);
    migrator
}

fn fixture(back_end: &str, version: i64) -> PathBuf {
    let name = format!("{version:04}.sql");
    directory("tests/it/upgrade/fixtures")
        .join(back_end)
        .join(name)
}

fn read_fixture(back_end: &str, version: i64) -> String {
    let path = fixture(back_end, version);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The versions that have none yet, oldest first.
fn without_fixture(back_end: &str, files: &[File]) -> Vec<i64> {
    let versions = files.iter().map(|file| file.version);
    versions
        .filter(|version| !fixture(back_end, *version).exists())
        .collect()
}

fn write_fixture(back_end: &str, version: i64, statements: &[String]) {
    let path = fixture(back_end, version);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, statements.join("\n") + "\n").unwrap();
}
