//! The rule that lets the tables be distributed by user: in every table with user data, each
//! primary key and unique index leads with `user_id`, and there are no foreign keys. Read from the
//! catalog of the database, not from the migrations.

use super::support::{config, store};

const REFERENCE_TABLES: [&str; 3] = ["problems", "catalogue_state", "contest_migrations"];

/// The columns of every primary key and unique index, in order.
const UNIQUE: &str = "
SELECT t.relname::text, i.relname::text,
       array_agg(a.attname::text ORDER BY array_position(x.indkey::int2[], a.attnum))
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey::int2[])
WHERE x.indisunique AND t.relkind = 'r' AND t.relnamespace = $1::regnamespace
GROUP BY 1, 2";

const FOREIGN: &str = "
SELECT conname::text FROM pg_constraint
WHERE contype = 'f' AND connamespace = $1::regnamespace";

fn is_reference(table: &str) -> bool {
    REFERENCE_TABLES.contains(&table)
}

#[tokio::test]
async fn keys_of_user_tables_begin_with_the_user() {
    let store = store(&config().await).await.unwrap();
    let schema = store.schema().as_str();
    let unique: Vec<(String, String, Vec<String>)> = sqlx::query_as(UNIQUE)
        .bind(schema)
        .fetch_all(store.writer())
        .await
        .unwrap();
    let user_tables: Vec<_> = unique.iter().filter(|row| !is_reference(&row.0)).collect();
    assert!(user_tables.len() >= 8, "{unique:?}");
    for (table, index, columns) in user_tables {
        assert_eq!(columns[0], "user_id", "{table}, {index}");
    }
}

/// A key would have to lead from the user or to a reference table, and checking it would look up and
/// lock a row for each row written.
#[tokio::test]
async fn there_are_no_foreign_keys() {
    let store = store(&config().await).await.unwrap();
    let foreign: Vec<String> = sqlx::query_scalar(FOREIGN)
        .bind(store.schema().as_str())
        .fetch_all(store.writer())
        .await
        .unwrap();
    assert_eq!(foreign, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_draws_from_a_sequence() {
    let store = store(&config().await).await.unwrap();
    let query = "SELECT count(*) FROM pg_class \
                 WHERE relkind = 'S' AND relnamespace = $1::regnamespace";
    let sequences: i64 = sqlx::query_scalar(query)
        .bind(store.schema().as_str())
        .fetch_one(store.writer())
        .await
        .unwrap();
    assert_eq!(sequences, 0);
}
