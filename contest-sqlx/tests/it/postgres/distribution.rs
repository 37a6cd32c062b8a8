//! The rule that lets the tables be distributed by user: in every table with user data, each
//! primary key, unique index and foreign key has `user_id`, but for foreign keys to the tables that
//! every node has whole. Read from the catalog of the database, not from the migrations.

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

/// The columns of every foreign key on both sides.
const FOREIGN: &str = "
SELECT t.relname::text, c.conname::text, f.relname::text,
       (SELECT array_agg(a.attname::text ORDER BY array_position(c.conkey, a.attnum))
        FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)),
       (SELECT array_agg(a.attname::text ORDER BY array_position(c.confkey, a.attnum))
        FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attnum = ANY (c.confkey))
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND c.connamespace = $1::regnamespace";

/// Table, name, target, columns of the table, columns of the target.
type ForeignKey = (String, String, String, Vec<String>, Vec<String>);

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

#[tokio::test]
async fn foreign_keys_stay_with_the_user_or_lead_to_reference_tables() {
    let store = store(&config().await).await.unwrap();
    let foreign: Vec<ForeignKey> = sqlx::query_as(FOREIGN)
        .bind(store.schema().as_str())
        .fetch_all(store.writer())
        .await
        .unwrap();
    assert!(!foreign.is_empty());
    for (table, key, target, from, to) in foreign {
        if is_reference(&target) {
            continue;
        }
        assert!(!is_reference(&table), "{key} leads from every node to one");
        assert_eq!((&*from[0], &*to[0]), ("user_id", "user_id"), "{key}");
    }
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
