//! The same steps have the same outcome in memory and in SQLite.

use contest_sqlx::sqlite::SqliteStore;

use crate::support::compare::{compare, with_random_steps};

#[test]
fn i9_the_same_steps_have_the_same_outcome_in_memory_and_in_sqlite() {
    with_random_steps(40, async |steps| {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        compare(store.with_outbox(), steps).await
    });
}
