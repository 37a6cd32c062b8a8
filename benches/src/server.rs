//! The Postgres server that is measured.

use contest_sqlx::postgres::{PgPoolConfig, PgStore, StatementTimeout};
use contest_sqlx::testing::{Database, Postgres, PostgresOptions};

use crate::Outcome;

/// An empty database on a server of our own that forces commits to disk, or on the one of
/// `DATABASE_URL`.
#[derive(Debug)]
pub struct Server {
    /// Runs as long as this lives.
    _own: Option<Postgres>,
    database: Database,
}

impl Server {
    /// Starts the server, if there is none, and makes a database.
    ///
    /// # Errors
    /// When there are no programs of a server, or it does not work.
    pub async fn start() -> Outcome<Self> {
        if std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()) {
            let database = Postgres::shared().await?.database().await?;
            return Ok(Self {
                _own: None,
                database,
            });
        }
        let own = Postgres::start(PostgresOptions::durable()).await?;
        let database = own.database().await?;
        Ok(Self {
            _own: Some(own),
            database,
        })
    }

    /// The default pool of that database. Statements may run as long as it takes to load a million
    /// rows.
    ///
    /// # Errors
    /// When the address of the server is none.
    pub fn pool(&self) -> Outcome<PgPoolConfig> {
        let config = PgPoolConfig::parse(&self.database.url())?;
        Ok(config.with_statement_timeout(StatementTimeout::Role))
    }

    /// Drops the database.
    ///
    /// # Errors
    /// When the server does not work.
    pub async fn close(self) -> Outcome<()> {
        Ok(self.database.close().await?)
    }

    /// What numbers from this store depend on, for the report.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn describe(store: &PgStore) -> Outcome<String> {
        let setting = |name| sqlx::query_scalar(name).fetch_one(store.writer());
        let version: String = setting("SHOW server_version").await?;
        let fsync: String = setting("SHOW fsync").await?;
        let commit: String = setting("SHOW synchronous_commit").await?;
        let buffers: String = setting("SHOW shared_buffers").await?;
        Ok(format!(
            "PostgreSQL {version}; fsync {fsync}, synchronous_commit {commit}, shared_buffers \
             {buffers}; pool of {} to {}",
            store.writer().options().get_min_connections(),
            store.metrics().max,
        ))
    }
}
