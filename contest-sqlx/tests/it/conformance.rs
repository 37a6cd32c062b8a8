//! Both stores keep every promise of the conformance suite.

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use contest_core::conformance::{Harness, event_tests, round_tests, tests};
use contest_sqlx::postgres::{PgPoolConfig, PgStore, PgTransaction, StatementTimeout};
use contest_sqlx::sqlite::{Durability, SqliteConfig, SqliteStore, SqliteTransaction};
use contest_sqlx::testing::{PgBouncer, Postgres};

type Failed = Box<dyn Error + Send + Sync>;

/// A database of its own.
async fn config() -> Result<PgPoolConfig, Failed> {
    let database = Postgres::shared().await?.database().await?;
    let config = PgPoolConfig::parse(&database.url())?;
    Ok(config
        .with_max_connections(5)
        .with_acquire_timeout(Duration::from_mins(1)))
}

async fn postgres(config: &PgPoolConfig) -> Result<PgStore, Failed> {
    let store = PgStore::connect_with(config).await?;
    store.migrate().await?;
    Ok(store)
}

/// A `PgBouncer` in front of a database with tables, and two stores through it.
async fn behind_bouncer() -> Result<(PgBouncer, PgStore, PgStore), Failed> {
    let database = Postgres::shared().await?.database().await?;
    PgStore::connect(&database.url()).await?.migrate().await?;
    let bouncer = PgBouncer::to(&database.url(), &[("default_pool_size", "3")]).await?;
    let (store, other) = (through(&bouncer).await?, through(&bouncer).await?);
    Ok((bouncer, store, other))
}

async fn through(bouncer: &PgBouncer) -> Result<PgStore, Failed> {
    let config = PgPoolConfig::parse(bouncer.url())?
        .with_max_connections(5)
        .with_acquire_timeout(Duration::from_mins(1))
        .with_statement_timeout(StatementTimeout::Role);
    Ok(PgStore::connect_with(&config).await?)
}

/// A directory that is removed with the value.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Self, Failed> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("contest-conformance-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn database(&self) -> PathBuf {
        self.0.join("contests.db")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Without flushing: only a power cut would show the difference.
async fn sqlite(path: PathBuf) -> Result<SqliteStore, Failed> {
    let config = SqliteConfig::file(path).with_durability(Durability::ProcessCrash);
    let store = SqliteStore::connect_with(&config).await?;
    store.migrate().await?;
    Ok(store)
}

/// A store over an open transaction of the host.
async fn in_transaction() -> Result<SqliteTransaction, Failed> {
    let store = SqliteStore::connect_with(&SqliteConfig::memory()).await?;
    store.migrate().await?;
    let store = store.with_outbox();
    let transaction = store.writer().begin_with("BEGIN IMMEDIATE").await?;
    Ok(store.in_transaction(transaction))
}

/// Two pools on one database, like two processes. One of them gathers.
mod on_postgres {
    use super::{Harness, config, postgres, tests};

    tests!(async || {
        let config = config().await?;
        let harness = Harness::new(postgres(&config).await?.with_gathering());
        let reopened = config.clone();
        Ok(harness
            .with_other(postgres(&config).await?)
            .with_reopen(move || {
                let config = reopened.clone();
                async move { Ok(Harness::new(postgres(&config).await?)) }
            }))
    });
}

mod events_on_postgres {
    use super::{Harness, config, event_tests, postgres};

    event_tests!(async || {
        let config = config().await?;
        let store = postgres(&config).await?.with_outbox();
        let other = postgres(&config).await?.with_outbox();
        let harness = Harness::new(store.clone()).with_other(other.clone());
        Ok(harness.with_events(store).with_other_events(other))
    });
}

/// One of the two gathers commits.
mod rounds_on_postgres {
    use super::{Harness, config, postgres, round_tests};

    round_tests!(async || {
        let config = config().await?;
        let store = postgres(&config).await?.with_gathering();
        let other = postgres(&config).await?;
        let harness = Harness::new(store.clone()).with_other(other.clone());
        let harness = harness.with_rounds(store).with_other_rounds(other);
        Ok(harness.with_reopen(move || {
            let config = config.clone();
            async move {
                let store = postgres(&config).await?;
                Ok(Harness::new(store.clone()).with_rounds(store))
            }
        }))
    });
}

/// Two pools on one `PgBouncer` in transaction mode, which has fewer connections to the server than the
/// pools have to it.
mod through_pgbouncer {
    use std::sync::Arc;

    use super::{Harness, behind_bouncer, tests, through};

    tests!(async || {
        let (bouncer, store, other) = behind_bouncer().await?;
        let bouncer = Arc::new(bouncer);
        let reopened = Arc::clone(&bouncer);
        let harness = Harness::new(store).with_other(other).with_guard(bouncer);
        Ok(harness.with_reopen(move || {
            let bouncer = Arc::clone(&reopened);
            async move { Ok(Harness::new(through(&bouncer).await?)) }
        }))
    });
}

mod events_through_pgbouncer {
    use super::{Harness, behind_bouncer, event_tests};

    event_tests!(async || {
        let (bouncer, store, other) = behind_bouncer().await?;
        let (store, other) = (store.with_outbox(), other.with_outbox());
        let harness = Harness::new(store.clone()).with_other(other.clone());
        let harness = harness.with_events(store).with_other_events(other);
        Ok(harness.with_guard(bouncer))
    });
}

mod rounds_through_pgbouncer {
    use super::{Harness, behind_bouncer, round_tests};

    round_tests!(async || {
        let (bouncer, store, other) = behind_bouncer().await?;
        let harness = Harness::new(store.clone()).with_other(other.clone());
        let harness = harness.with_rounds(store).with_other_rounds(other);
        Ok(harness.with_guard(bouncer))
    });
}

/// Two stores on one file, like two processes.
mod on_sqlite {
    use super::{Directory, Harness, sqlite, tests};

    tests!(async || {
        let directory = Directory::new()?;
        let path = directory.database();
        let harness = Harness::new(sqlite(path.clone()).await?);
        let harness = harness.with_other(sqlite(path.clone()).await?);
        Ok(harness.with_guard(directory).with_reopen(move || {
            let path = path.clone();
            async move { Ok(Harness::new(sqlite(path).await?)) }
        }))
    });
}

mod events_on_sqlite {
    use super::{Directory, Harness, event_tests, sqlite};

    event_tests!(async || {
        let directory = Directory::new()?;
        let store = sqlite(directory.database()).await?.with_outbox();
        let other = sqlite(directory.database()).await?.with_outbox();
        let harness = Harness::new(store.clone()).with_other(other.clone());
        Ok(harness
            .with_events(store)
            .with_other_events(other)
            .with_guard(directory))
    });
}

mod rounds_on_sqlite {
    use super::{Directory, Harness, round_tests, sqlite};

    round_tests!(async || {
        let directory = Directory::new()?;
        let path = directory.database();
        let (store, other) = (sqlite(path.clone()).await?, sqlite(path.clone()).await?);
        let harness = Harness::new(store.clone()).with_other(other.clone());
        let harness = harness.with_rounds(store).with_other_rounds(other);
        Ok(harness.with_guard(directory).with_reopen(move || {
            let path = path.clone();
            async move {
                let store = sqlite(path).await?;
                Ok(Harness::new(store.clone()).with_rounds(store))
            }
        }))
    });
}

mod in_transaction_on_sqlite {
    use super::{Harness, in_transaction, tests};

    tests!(async || {
        let transaction = in_transaction().await?;
        Ok(Harness::new(transaction.store()).with_guard(transaction))
    });
}

mod events_in_transaction_on_sqlite {
    use super::{Harness, event_tests, in_transaction};

    event_tests!(async || {
        let transaction = in_transaction().await?;
        let store = transaction.store();
        let harness = Harness::new(store.clone()).with_events(store);
        Ok(harness.with_guard(transaction))
    });
}

mod rounds_in_transaction_on_sqlite {
    use super::{Harness, in_transaction, round_tests};

    round_tests!(async || {
        let transaction = in_transaction().await?;
        let store = transaction.store();
        let harness = Harness::new(store.clone()).with_rounds(store);
        Ok(harness.with_guard(transaction))
    });
}

/// A store over an open transaction of the host.
async fn in_postgres_transaction() -> Result<PgTransaction, Failed> {
    let store = postgres(&config().await?).await?.with_outbox();
    let transaction = store.pool().begin().await?;
    Ok(store.in_transaction(transaction))
}

mod in_transaction_on_postgres {
    use super::{Harness, in_postgres_transaction, tests};

    tests!(async || {
        let transaction = in_postgres_transaction().await?;
        Ok(Harness::new(transaction.store()).with_guard(transaction))
    });
}

mod events_in_transaction_on_postgres {
    use super::{Harness, event_tests, in_postgres_transaction};

    event_tests!(async || {
        let transaction = in_postgres_transaction().await?;
        let store = transaction.store();
        let harness = Harness::new(store.clone()).with_events(store);
        Ok(harness.with_guard(transaction))
    });
}

mod rounds_in_transaction_on_postgres {
    use super::{Harness, in_postgres_transaction, round_tests};

    round_tests!(async || {
        let transaction = in_postgres_transaction().await?;
        let store = transaction.store();
        let harness = Harness::new(store.clone()).with_rounds(store);
        Ok(harness.with_guard(transaction))
    });
}
