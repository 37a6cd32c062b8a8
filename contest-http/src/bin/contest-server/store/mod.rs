//! The store, chosen once by its address.

mod measured;
mod pools;

use std::sync::Arc;
use std::time::Duration;

use contest_core::memory::MemoryStore;
use contest_core::store::{EventLog, Store, StoreError};
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore, StatementTimeout};
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};

use crate::cli::{Secret, StatementLimit, StoreOptions};
use crate::exit::Failure;
use measured::Measured;

/// The store of this process. Clones share it.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Memory(Arc<MemoryStore>),
    Sqlite(SqliteStore),
    Postgres(PgStore),
}

/// A counter that is not what recounting gives.
pub(crate) struct Mismatch {
    pub(crate) user: String,
    pub(crate) counter: String,
    pub(crate) stored: i64,
    pub(crate) counted: i64,
}

macro_rules! mismatches {
    ($found:expr) => {
        $found
            .into_iter()
            .map(|found| Mismatch {
                user: found.user.to_string(),
                counter: found.counter,
                stored: found.stored,
                counted: found.counted,
            })
            .collect()
    };
}

impl Backend {
    /// Connects, and does not migrate.
    pub(crate) async fn open(options: &StoreOptions) -> Result<Self, Failure> {
        let url = Secret::of(
            options.database_url_file.as_ref(),
            Some(&options.database_url),
        )?;
        let url = url.unwrap_or_else(|| options.database_url.clone());
        let url = url.reveal();
        let (scheme, _) = url.split_once(':').unwrap_or_default();
        let store = match scheme {
            "memory" => Self::Memory(Arc::default()),
            "sqlite" => Self::Sqlite(open_sqlite(url, options).await?),
            "postgres" | "postgresql" => Self::Postgres(open_postgres(url, options).await?),
            // Not repeated: a misspelt address may hold a password.
            _ => {
                return Err(Failure::usage(
                    "the store's address begins with none of `sqlite:`, `postgres:` and `memory:`",
                ));
            }
        };
        tracing::info!(kind = scheme, "opened the store");
        Ok(store)
    }

    /// With an outbox: every step writes its events. For a store that was just opened, as what is in a
    /// store in memory is not kept.
    pub(crate) fn with_outbox(self) -> Self {
        match self {
            Self::Memory(_) => Self::Memory(Arc::new(MemoryStore::new().with_outbox())),
            Self::Sqlite(store) => Self::Sqlite(store.with_outbox()),
            Self::Postgres(store) => Self::Postgres(store.with_outbox()),
        }
    }

    /// Its events, if it has an outbox.
    pub(crate) fn events(&self) -> Arc<dyn EventLog> {
        match self.clone() {
            Self::Memory(store) => store,
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store) => Arc::new(store),
        }
    }

    /// With its operations measured.
    pub(crate) fn measured(&self) -> Arc<dyn Store> {
        match self.clone() {
            Self::Memory(store) => Arc::new(Measured(store)),
            Self::Sqlite(store) => Arc::new(Measured(store)),
            Self::Postgres(store) => Arc::new(Measured(store)),
        }
    }

    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        let migrated = match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(store) => store.migrate().await,
            Self::Postgres(store) => store.migrate().await,
        };
        migrated.map_err(|error| Failure::new("the tables could not be migrated").because(error))
    }

    /// Whether the store answers and has its tables.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(store) => store.ping().await,
            Self::Postgres(store) => store.ping().await,
        }
    }

    /// The counters that differ from a recount; corrected, if asked for.
    pub(crate) async fn verify(&self, rebuild: bool) -> Result<Vec<Mismatch>, StoreError> {
        Ok(match (self, rebuild) {
            (Self::Memory(_), _) => Vec::new(),
            (Self::Sqlite(store), false) => mismatches!(store.verify().await?),
            (Self::Sqlite(store), true) => mismatches!(store.rebuild().await?),
            (Self::Postgres(store), false) => mismatches!(store.verify().await?),
            (Self::Postgres(store), true) => mismatches!(store.rebuild().await?),
        })
    }

    /// Refuses calls from now on, and waits at most `limit` for those that run.
    pub(crate) async fn close(&self, limit: Duration) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(store) => store.close(limit).await,
            Self::Postgres(store) => store.close(limit).await,
        }
    }
}

async fn open_sqlite(url: &str, options: &StoreOptions) -> Result<SqliteStore, Failure> {
    let config = SqliteConfig::from_url(url)
        .map_err(|error| Failure::usage("the store's address is wrong").because(error))?
        .with_readers(options.sqlite_readers)
        .with_durability(options.sqlite_durability.into())
        .with_acquire_timeout(options.acquire_timeout);
    SqliteStore::connect_with(&config)
        .await
        .map_err(|error| Failure::new("the store could not be opened").because(error))
}

async fn open_postgres(url: &str, options: &StoreOptions) -> Result<PgStore, Failure> {
    let schema = PgSchema::new(options.schema.as_str())
        .map_err(|error| Failure::usage("--schema is wrong").because(error))?;
    let unreachable = |error| Failure::new("the store could not be reached").because(error);
    let config = pool_config(url, options)?;
    let store = PgStore::connect_with(&config).await.map_err(unreachable)?;
    let store = store.with_schema(schema);
    let reader = Secret::of(
        options.reader_url_file.as_ref(),
        options.reader_url.as_ref(),
    )?;
    let Some(reader) = reader else {
        return Ok(store);
    };
    let config = pool_config(reader.reveal(), options)?;
    let pool = config.connect_pool().await.map_err(unreachable)?;
    Ok(store.with_reader(pool))
}

fn pool_config(url: &str, options: &StoreOptions) -> Result<PgPoolConfig, Failure> {
    let config = PgPoolConfig::parse(url)
        .map_err(|error| Failure::usage("the store's address is wrong").because(error))?;
    let limit = match options.statement_timeout {
        StatementLimit::Time(time) => StatementTimeout::Startup(time),
        StatementLimit::Role => StatementTimeout::Role,
    };
    Ok(config
        .with_max_connections(options.max_connections)
        .with_idle_connections(options.idle_connections)
        .with_max_lifetime(options.max_lifetime)
        .with_idle_timeout(options.idle_timeout)
        .with_acquire_timeout(options.acquire_timeout)
        .with_statement_timeout(limit))
}
