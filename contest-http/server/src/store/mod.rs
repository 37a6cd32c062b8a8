//! The store, chosen once by its URL.

mod measured;
mod pools;

use std::sync::Arc;
use std::time::Duration;

use contest_core::engine::{Engine, Rounds};
use contest_core::memory::MemoryStore;
use contest_core::store::{EventLog, Intercepted, Store, StoreError};
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore, StatementTimeout};
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};

use crate::cli::{Secret, StatementLimit, StoreOptions};
use crate::exit::Failure;
use measured::Measured;

/// The store of this process. Clones share it.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    /// With a replica, if there is one.
    Postgres(PgStore, Option<PgStore>),
}

impl Backend {
    /// Connects without migrating.
    pub(crate) async fn open(options: &StoreOptions) -> Result<Self, Failure> {
        let url = Secret::of(
            options.database_url_file.as_ref(),
            Some(&options.database_url),
        )?;
        let url = url.unwrap_or_else(|| options.database_url.clone());
        let url = url.reveal_text()?;
        let (scheme, _) = url.split_once(':').unwrap_or_default();
        let store = match scheme {
            "memory" => Self::Memory(MemoryStore::new()),
            "sqlite" => Self::Sqlite(open_sqlite(url, options).await?),
            "postgres" | "postgresql" => open_postgres(url, options).await?,
            // Not repeated: an invalid URL may hold a password.
            _ => {
                return Err(Failure::usage(
                    "the store's URL must begin with `sqlite:`, `postgres:` or `memory:`",
                ));
            }
        };
        tracing::info!(kind = scheme, "opened the store");
        Ok(store)
    }

    /// With an outbox: every commit records its events.
    pub(crate) fn with_outbox(self) -> Self {
        match self {
            Self::Memory(store) => Self::Memory(store.with_outbox()),
            Self::Sqlite(store) => Self::Sqlite(store.with_outbox()),
            Self::Postgres(store, replica) => Self::Postgres(store.with_outbox(), replica),
        }
    }

    /// The event log of a store with an outbox.
    pub(crate) fn events(&self) -> Arc<dyn EventLog> {
        match self.clone() {
            Self::Memory(store) => Arc::new(store),
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store, _) => Arc::new(store),
        }
    }

    /// The store, measured.
    pub(crate) fn measured(&self) -> Arc<dyn Store> {
        match self.clone() {
            Self::Memory(store) => measured(store),
            Self::Sqlite(store) => measured(store),
            Self::Postgres(store, _) => measured(store),
        }
    }

    /// An engine with default options, for commands.
    pub(crate) async fn engine(&self) -> Result<Engine, Failure> {
        let engine = Engine::builder(self.measured()).build().await;
        engine.map_err(|error| Failure::new("the catalogue could not be loaded").because(error))
    }

    /// The rounds of the store, measured. The contests are those of `engine`.
    pub(crate) fn rounds(&self, engine: Engine) -> Rounds {
        match self.clone() {
            Self::Memory(store) => Rounds::new(engine, Intercepted::new(store, Measured)),
            Self::Sqlite(store) => Rounds::new(engine, Intercepted::new(store, Measured)),
            Self::Postgres(store, _) => Rounds::new(engine, Intercepted::new(store, Measured)),
        }
    }

    /// The replica, measured.
    pub(crate) fn replica(&self) -> Option<Arc<dyn Store>> {
        match self {
            Self::Postgres(_, Some(replica)) => Some(measured(replica.clone())),
            _ => None,
        }
    }

    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        let migrated = match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(store) => store.migrate().await,
            Self::Postgres(store, _) => store.migrate().await,
        };
        migrated.map_err(|error| Failure::new("the tables could not be migrated").because(error))
    }

    /// Whether the store answers, has its tables, and accepts writes.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(store) => store.ping().await,
            Self::Postgres(store, replica) => {
                store.ping_writable().await?;
                match replica {
                    Some(replica) => replica.ping().await,
                    None => Ok(()),
                }
            }
        }
    }

    /// Refuses calls from now on, and waits at most `limit` for those that run.
    pub(crate) async fn close(&self, limit: Duration) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(store) => store.close(limit).await,
            Self::Postgres(store, None) => store.close(limit).await,
            Self::Postgres(store, Some(replica)) => {
                let (store, replica) = tokio::join!(store.close(limit), replica.close(limit));
                store.and(replica)
            }
        }
    }
}

fn measured(store: impl Store + 'static) -> Arc<dyn Store> {
    Arc::new(Intercepted::new(store, Measured))
}

async fn open_sqlite(url: &str, options: &StoreOptions) -> Result<SqliteStore, Failure> {
    let config = SqliteConfig::from_url(url)
        .map_err(|error| Failure::usage("the store's URL is invalid").because(error))?
        .with_readers(options.sqlite_readers)
        .with_durability(options.sqlite_durability.into())
        .with_acquire_timeout(options.acquire_timeout);
    SqliteStore::connect_with(&config)
        .await
        .map_err(|error| Failure::new("the store could not be opened").because(error))
}

async fn open_postgres(url: &str, options: &StoreOptions) -> Result<Backend, Failure> {
    let schema = PgSchema::new(options.schema.as_str())
        .map_err(|error| Failure::usage("--schema is invalid").because(error))?;
    let connect = async |url: &str| {
        let store = PgStore::connect_with(&pool_config(url, options)?).await;
        let store = store.map(|store| store.with_schema(schema.clone()));
        store.map_err(|error| Failure::new("the store could not be reached").because(error))
    };
    let store = connect(url).await?;
    let replica = Secret::of(
        options.reader_url_file.as_ref(),
        options.reader_url.as_ref(),
    )?;
    let replica = match replica {
        Some(url) => Some(connect(url.reveal_text()?).await?),
        None => None,
    };
    Ok(Backend::Postgres(store, replica))
}

fn pool_config(url: &str, options: &StoreOptions) -> Result<PgPoolConfig, Failure> {
    let config = PgPoolConfig::parse(url)
        .map_err(|error| Failure::usage("the store's URL is invalid").because(error))?;
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
