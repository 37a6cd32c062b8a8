//! The same steps have the same outcome in memory and in PostgreSQL.

use contest_sqlx::postgres::PgPoolConfig;

use super::fixture::{store_with, url};
use crate::support::compare::{compare, with_random_steps};

#[test]
fn i9_the_same_steps_have_the_same_outcome_in_memory_and_in_postgres() {
    with_random_steps(24, async |steps| {
        let config = PgPoolConfig::parse(&url().await).unwrap();
        let store = store_with(&config.with_max_connections(2)).await;
        compare(store.with_outbox(), steps).await
    });
}
