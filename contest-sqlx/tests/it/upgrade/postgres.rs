//! PostgreSQL's schema.

use contest_sqlx::postgres::{PgSchema, PgStore};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Executor as _};

use super::{File, check, files, news, read_fixture, scene, without_fixture, write_fixture};
use crate::postgres::support::{new_schema, url};

const BACK_END: &str = "postgres";

/// The first version whose fixture has the [`news`].
const NEWS: i64 = 4;

/// What databases have stored of the migrations that ran in them, for a schema named `pinned`.
const RELEASED: &[(i64, &str, &str)] = &[
    (
        1,
        "initial",
        "10daf7e0548db7bfc3a189def3ab3bb888b866a3b62bce4eae162d54da08a76ee010da5effe72c2beba63c76daaebaae",
    ),
    (
        2,
        "lighter writes",
        "c84d569aaf563a3e4b7cc1a595d8da4b94e9a2338493baa6921d6daf142d692cb57e9489aa4927558a9e33871a27f5dd",
    ),
    (
        3,
        "practice ratings",
        "8b2d675b222d3230e9cd9cac0e62cb7391e00b41f75798f611d96faff271589d66bb600586c3a40abfff1d6f76d64f35",
    ),
    (
        4,
        "epochs late marks events",
        "b5713efb8a306619d5f5033837b39c4f4d0286e6b71343baadab13cc7c07bf500a52f448ee700bb692e36750f303809a",
    ),
];

async fn without_tables() -> PgStore {
    let store = PgStore::connect(&url().await).await.unwrap();
    store.with_schema(new_schema())
}

fn migrator(store: &PgStore, files: &[File]) -> Migrator {
    let schema = format!("\"{}\"", store.schema());
    let mut migrator = super::migrator(files, &schema, format!("{schema}.contest_migrations"));
    migrator.create_schema(schema);
    migrator
}

#[tokio::test]
async fn every_version_comes_to_this_one() {
    let files = files(BACK_END);
    for file in &files {
        for filled in [false, true] {
            println!("from version {}, filled: {filled}", file.version);
            let store = without_tables().await;
            let older = migrator(&store, &files);
            older.run_to(file.version, store.writer()).await.unwrap();
            if filled {
                let rows = read_fixture(BACK_END, file.version);
                let rows = rows.replace("{schema}", store.schema().as_str());
                store.writer().execute(AssertSqlSafe(rows)).await.unwrap();
            }
            store.migrate().await.unwrap();
            assert_eq!(store.verify().await.unwrap(), vec![]);
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
            assert_eq!(store.verify().await.unwrap(), vec![]);
        }
    }
}

/// A migration that was edited is refused by every database it has run in.
#[tokio::test]
async fn released_migrations_are_what_they_were() {
    let store = PgStore::connect(&url().await).await.unwrap();
    let store = store.with_schema(PgSchema::new("pinned").unwrap());
    store.migrate().await.unwrap();
    let stored: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT version, description, encode(checksum, 'hex') \
         FROM pinned.contest_migrations ORDER BY version",
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
        let migrator = migrator(&older, &files);
        migrator.run_to(version, older.writer()).await.unwrap();
        let mut statements = Vec::new();
        for (table, columns) in tables(&older).await {
            statements.push(dump(&store, &table, &columns).await);
        }
        write_fixture(BACK_END, version, &statements);
    }
}

/// The tables with their columns, in the order they were made, so that what is referred to comes first.
async fn tables(store: &PgStore) -> Vec<(String, String)> {
    let tables = sqlx::query_as(
        "SELECT c.relname::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'r' \
           AND c.relname <> 'contest_migrations' AND a.attnum > 0 AND NOT a.attisdropped \
         GROUP BY c.oid ORDER BY c.oid",
    );
    let tables = tables.bind(store.schema().as_str());
    tables.fetch_all(store.writer()).await.unwrap()
}

/// The statement that writes these columns of a table.
async fn dump(store: &PgStore, table: &str, columns: &str) -> String {
    let from = format!("{}.{table}", store.schema());
    let to = format!("{{schema}}.{table}");
    let rows = format!(
        "SELECT format(E'DELETE FROM {to};\\nINSERT INTO {to} SELECT * FROM \
                 jsonb_populate_recordset(NULL::{to}, %L);', \
                 coalesce('[' || string_agg(row, E',\\n' ORDER BY row) || ']', '[]')) \
         FROM (SELECT to_jsonb(t)::text AS row FROM (SELECT {columns} FROM {from}) t) rows"
    );
    let rows = sqlx::query_scalar(AssertSqlSafe(rows));
    rows.fetch_one(store.writer()).await.unwrap()
}
