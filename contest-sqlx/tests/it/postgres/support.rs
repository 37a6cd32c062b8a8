//! A database for the tests.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};

use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::testing::Postgres;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The address of a database nobody else uses.
pub(crate) async fn url() -> String {
    let postgres = Postgres::shared()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    postgres.database().await.unwrap().url()
}

/// For a database nobody else uses.
pub(crate) async fn config() -> PgPoolConfig {
    PgPoolConfig::parse(&url().await).unwrap()
}

/// A schema nobody else uses.
pub(crate) fn new_schema() -> PgSchema {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    PgSchema::new(format!("test_{}_{number}", std::process::id())).unwrap()
}

/// A store of its own, with its tables.
pub(crate) async fn store(config: &PgPoolConfig) -> Result<PgStore, Failure> {
    let store = PgStore::connect_with(config)
        .await?
        .with_schema(new_schema());
    store.migrate().await?;
    Ok(store)
}

/// Another handle on the same tables, with a pool of its own.
pub(crate) async fn other(config: &PgPoolConfig, store: &PgStore) -> Result<PgStore, Failure> {
    let other = PgStore::connect_with(config).await?;
    Ok(other.with_schema(store.schema().clone()))
}
