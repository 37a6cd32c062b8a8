//! Where the processes of a test meet: a schema of a Postgres, or a file.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contest_core::store::{EventLog, ProblemRepository as _, Store};
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::sqlite::{Durability, SqliteConfig, SqliteStore};
use sqlx::AssertSqlSafe;

use super::work::catalogue;
use crate::postgres::support::{new_schema, url};

/// A store and the log of its events.
pub(super) trait Logged: Store + EventLog {}

impl<S: Store + EventLog> Logged for S {}

#[derive(Debug, Clone)]
pub(super) enum Place {
    Postgres { url: String, schema: PgSchema },
    Sqlite { file: PathBuf },
}

impl Place {
    pub(super) async fn new_postgres() -> Self {
        let (url, schema) = (url().await, new_schema());
        let place = Self::Postgres { url, schema };
        place.postgres().await.migrate().await.unwrap();
        place.publish().await;
        place
    }

    pub(super) async fn new_sqlite(file: PathBuf) -> Self {
        let place = Self::Sqlite { file };
        place.sqlite().await.migrate().await.unwrap();
        place.publish().await;
        place
    }

    async fn publish(&self) {
        let store = self.open().await;
        store.publish_catalogue(&catalogue()).await.unwrap();
    }

    /// As [`fmt::Display`] writes it.
    pub(super) fn parse(text: &str) -> Self {
        match *text.split(' ').collect::<Vec<_>>() {
            ["postgres", url, schema] => Self::Postgres {
                url: url.to_owned(),
                schema: PgSchema::new(schema).unwrap(),
            },
            ["sqlite", file] => Self::Sqlite { file: file.into() },
            _ => panic!("`{text}` is no place"),
        }
    }

    async fn postgres(&self) -> PgStore {
        let Self::Postgres { url, schema } = self else {
            panic!("{self} is not in Postgres");
        };
        let config = PgPoolConfig::parse(url).unwrap().with_max_connections(4);
        let store = PgStore::connect_with(&config).await.unwrap();
        store.with_schema(schema.clone())
    }

    async fn sqlite(&self) -> SqliteStore {
        let Self::Sqlite { file } = self else {
            panic!("{self} is not in SQLite");
        };
        let config = SqliteConfig::file(file)
            .with_readers(2)
            .with_busy_timeout(Duration::from_secs(20))
            .with_durability(Durability::ProcessCrash);
        SqliteStore::connect_with(&config).await.unwrap()
    }

    /// The store with its outbox, over connections of its own.
    pub(super) async fn open(&self) -> Arc<dyn Logged> {
        match self {
            Self::Postgres { .. } => Arc::new(self.postgres().await.with_outbox()),
            Self::Sqlite { .. } => Arc::new(self.sqlite().await.with_outbox()),
        }
    }

    /// Every counter that is wrong: its name, what is stored, and what it should be.
    pub(super) async fn verify(&self) -> Vec<(String, i64, i64)> {
        match self {
            Self::Postgres { .. } => {
                let wrong = self.postgres().await.verify().await.unwrap();
                let wrong = wrong.into_iter();
                wrong.map(|w| (w.counter, w.stored, w.counted)).collect()
            }
            Self::Sqlite { .. } => {
                let wrong = self.sqlite().await.verify().await.unwrap();
                let wrong = wrong.into_iter();
                wrong.map(|w| (w.counter, w.stored, w.counted)).collect()
            }
        }
    }

    /// Corrects the counters.
    pub(super) async fn rebuild(&self) {
        match self {
            Self::Postgres { .. } => drop(self.postgres().await.rebuild().await.unwrap()),
            Self::Sqlite { .. } => drop(self.sqlite().await.rebuild().await.unwrap()),
        }
    }

    /// Changes the tables by hand.
    pub(super) async fn tamper(&self, sql: &str) {
        match self {
            Self::Postgres { schema, .. } => {
                let sql = sql.replace("{schema}", schema.as_str());
                let store = self.postgres().await;
                let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(store.writer());
                done.await.unwrap();
            }
            Self::Sqlite { .. } => {
                let sql = sql.replace("{schema}.", "");
                let store = self.sqlite().await;
                let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(store.writer());
                done.await.unwrap();
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres { url, schema } => write!(f, "postgres {url} {schema}"),
            Self::Sqlite { file } => write!(f, "sqlite {}", file.display()),
        }
    }
}
