//! The measured Postgres server.

use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore, StatementTimeout};
use contest_sqlx::testing::{Database, Postgres, PostgresOptions};
use sqlx::AssertSqlSafe;

use crate::Outcome;

/// An empty database on a new server that flushes commits to disk, or on the server of `DATABASE_URL`.
#[derive(Debug)]
pub struct Server {
    /// Runs while this value lives.
    _own: Option<Postgres>,
    database: Database,
}

impl Server {
    /// Starts a server, unless `DATABASE_URL` names one, and creates a database.
    pub async fn start() -> Outcome<Self> {
        let (own, database) = if std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()) {
            (None, Postgres::shared().await?.database().await?)
        } else {
            let own = Postgres::start(PostgresOptions::durable()).await?;
            let database = own.database().await?;
            (Some(own), database)
        };
        Ok(Self {
            _own: own,
            database,
        })
    }

    /// The URL of that database.
    pub fn url(&self) -> String {
        self.database.url()
    }

    /// The default pool of that database, with enough time per statement to load a catalogue.
    pub fn pool(&self) -> Outcome<PgPoolConfig> {
        let config = PgPoolConfig::parse(&self.url())?;
        Ok(config.with_statement_timeout(StatementTimeout::Role))
    }

    /// Drops the database.
    pub async fn close(self) -> Outcome<()> {
        Ok(self.database.close().await?)
    }

    /// The settings that affect measurements of this store, for the report.
    pub async fn describe(store: &PgStore) -> Outcome<String> {
        let setting = |name| sqlx::query_scalar(name).fetch_one(store.pool());
        let version: String = setting("SHOW server_version").await?;
        let fsync: String = setting("SHOW fsync").await?;
        let commit: String = setting("SHOW synchronous_commit").await?;
        let buffers: String = setting("SHOW shared_buffers").await?;
        Ok(format!(
            "PostgreSQL {version}; fsync {fsync}, synchronous_commit {commit}, shared_buffers \
             {buffers}; a pool of at most {}",
            store.metrics().max,
        ))
    }

    /// The same store with empty tables in a schema of this name.
    pub async fn schema(store: &PgStore, name: &str) -> Outcome<PgStore> {
        let store = store.clone().with_schema(PgSchema::new(name)?);
        store.migrate().await?;
        Ok(store)
    }

    /// Runs statements unchanged.
    pub async fn execute(store: &PgStore, sql: impl Into<String>) -> Outcome<()> {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql.into()));
        statements.execute(store.pool()).await?;
        Ok(())
    }
}
