//! Stores to run the engine over, and what it is asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use contest_core::catalogue::Catalogue;
use contest_core::next::engine::Engine;
use contest_core::next::prelude::*;
use contest_core::next::store::Store;
use contest_core::select::SequentialSeeds;
use contest_core::time::ManualClock;
use contest_sqlx::next::postgres::{PgPoolConfig, PostgresStore};
use contest_sqlx::next::sqlite::{Durability, SqliteConfig, SqliteStore};
use contest_sqlx::testing::Postgres;

pub(crate) const START: Timestamp = Timestamp::from_micros(1_795_521_600_000_000);

pub(crate) fn user(number: u128) -> UserId {
    // Spread over all 128 bits.
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
    UserId::from_uuid(uuid::Uuid::from_u128(number))
}

/// An empty database; `setting` is a default of it, such as an isolation level.
pub(crate) async fn postgres(setting: Option<&str>) -> PgPoolConfig {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    if let Some(setting) = setting {
        let pool = sqlx::PgPool::connect(&database.url()).await.unwrap();
        let name = database.name();
        let alter = format!("ALTER DATABASE \"{name}\" SET {setting}");
        sqlx::query(sqlx::AssertSqlSafe(alter))
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
    }
    let config = PgPoolConfig::parse(&database.url()).unwrap();
    config
        .with_max_connections(6)
        .with_acquire_timeout(Duration::from_mins(1))
}

pub(crate) async fn open_postgres(config: &PgPoolConfig) -> PostgresStore {
    let store = PostgresStore::connect_with(config).await.unwrap();
    store.migrate().await.unwrap();
    store.with_outbox()
}

/// A file that is removed with the value.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("contest-engine-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) async fn open(&self) -> SqliteStore {
        let config = SqliteConfig::file(self.0.join("contests.db"));
        let config = config.with_durability(Durability::ProcessCrash);
        let store = SqliteStore::connect_with(&config).await.unwrap();
        store.migrate().await.unwrap();
        store.with_outbox()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An engine with the bundled catalogue, as one of several processes.
pub(crate) async fn engine(
    store: impl Store + 'static,
    clock: &Arc<ManualClock>,
    process: u64,
) -> Engine {
    let engine = Engine::builder(store)
        .clock(Arc::clone(clock))
        .seeds(SequentialSeeds::new(process << 32))
        .late_policy(LatePolicy::AcceptFor(Duration::from_mins(30)))
        .resume_policy(ResumePolicy::BeforeDeadline)
        .build()
        .await
        .unwrap();
    engine
        .publish_catalogue(&Catalogue::neetcode150())
        .await
        .unwrap();
    engine
}

pub(crate) fn request(problems: u16) -> ContestRequest {
    let hour = ContestDuration::from_minutes(60).unwrap();
    ContestRequest::new(ProblemCount::new(problems).unwrap(), hour)
}
