//! SQLite's schema.

use contest_sqlx::sqlite::SqliteStore;
use sqlx::AssertSqlSafe;

use super::{check, files, migrator, news, read_fixture, scene, without_fixture, write_fixture};

const BACK_END: &str = "sqlite";

/// The first version whose fixture has the [`news`].
const NEWS: i64 = 3;

/// What databases have stored of the migrations that ran in them.
const RELEASED: &[(i64, &str, &str)] = &[
    (
        1,
        "initial",
        "82d2640b14452703cf07f24088cf57efa004d83b358872fdab793e00a013601654ca649de45a62b48a82b4a94299cdf9",
    ),
    (
        2,
        "practice ratings",
        "ac45e191250cc209b3497faa90aa9d6226532ee7b68929fb2a1d518597d009b31bbaf5d8abc62d2f241a437700348252",
    ),
    (
        3,
        "epochs late marks events",
        "d840c43e96e0516757806fca9ebde34e6f2fa1be51029a007c5fd120b714003e44fcfae1a162a856902b67a0c2223420",
    ),
];

async fn without_tables() -> SqliteStore {
    SqliteStore::connect("sqlite::memory:").await.unwrap()
}

#[tokio::test]
async fn every_version_comes_to_this_one() {
    let files = files(BACK_END);
    for file in &files {
        for filled in [false, true] {
            println!("from version {}, filled: {filled}", file.version);
            let store = without_tables().await;
            let older = migrator(&files, "", "contest_migrations".to_owned());
            older.run_to(file.version, store.writer()).await.unwrap();
            if filled {
                let rows = AssertSqlSafe(read_fixture(BACK_END, file.version));
                let filling = sqlx::raw_sql(rows).execute(store.writer());
                filling.await.unwrap();
            }
            store.migrate().await.unwrap();
            assert_eq!(store.verify().await.unwrap(), []);
            if filled {
                check::scene(store.clone()).await;
            } else {
                check::empty(store.clone()).await;
            }
            let store = store.with_outbox();
            if !filled || file.version < NEWS {
                news::play(store.clone()).await.unwrap();
            }
            news::check(store.clone()).await;
            assert_eq!(store.verify().await.unwrap(), []);
        }
    }
}

/// A migration that was edited is refused by every database it has run in.
#[tokio::test]
async fn released_migrations_are_what_they_were() {
    let store = without_tables().await;
    store.migrate().await.unwrap();
    let stored: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT version, description, lower(hex(checksum)) \
         FROM contest_migrations ORDER BY version",
    )
    .fetch_all(store.writer())
    .await
    .unwrap();
    let stored: Vec<_> = stored
        .iter()
        .map(|(n, name, sum)| (*n, name.as_str(), sum.as_str()))
        .collect();
    assert_eq!(stored, RELEASED);
    let versions: Vec<_> = files(BACK_END).iter().map(|file| file.version).collect();
    assert_eq!(versions, stored.iter().map(|row| row.0).collect::<Vec<_>>());
}

#[tokio::test]
#[ignore = "writes the fixtures of new migrations, once"]
async fn write_the_fixtures_of_the_newest_versions() {
    let files = files(BACK_END);
    let store = without_tables().await;
    store.migrate().await.unwrap();
    scene::play(store.clone()).await.unwrap();
    let newest = files.last().unwrap().version;
    for version in without_fixture(BACK_END, &files) {
        if version == newest {
            news::play(store.clone().with_outbox()).await.unwrap();
        }
        let older = without_tables().await;
        let migrator = migrator(&files, "", "contest_migrations".to_owned());
        migrator.run_to(version, older.writer()).await.unwrap();
        let mut statements = Vec::new();
        for (table, row) in tables(&older).await {
            let rows = format!("SELECT {row} AS row FROM {table} ORDER BY 1");
            let rows = sqlx::query_scalar(AssertSqlSafe(rows));
            let rows: Vec<String> = rows.fetch_all(store.writer()).await.unwrap();
            statements.push(format!("DELETE FROM {table};"));
            let insert = |row| format!("INSERT INTO {table} VALUES ({row});");
            statements.extend(rows.iter().map(insert));
        }
        write_fixture(BACK_END, version, &statements);
    }
}

/// The tables and how a row is written, in the order they were made, so that what is referred to comes
/// first.
async fn tables(store: &SqliteStore) -> Vec<(String, String)> {
    let tables = sqlx::query_as(
        "SELECT s.name, group_concat('quote(' || c.name || ')', ' || '', '' || ') \
         FROM sqlite_schema s, pragma_table_info(s.name) c \
         WHERE s.type = 'table' AND s.name <> 'contest_migrations' GROUP BY s.name ORDER BY s.rowid",
    );
    tables.fetch_all(store.writer()).await.unwrap()
}
