//! Databases for single tests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Duration, SystemTime};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use super::HarnessError;
use super::url::with_database;

/// The prefix of our databases' names. The time and a random number follow.
const PREFIX: &str = "contest_test_";

/// A database older than this is left over from a killed run.
const FORGOTTEN: Duration = Duration::from_hours(24);

/// The database of one test.
///
/// On a server started by this harness, it is removed with the server at the latest. On the server of
/// `DATABASE_URL` it stays until [`close`](Self::close); the first run after a day drops the databases of
/// failed tests.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Creates an empty database on `server`.
    pub(super) async fn create(server: &str) -> Result<Self, HarnessError> {
        let database = Self {
            server: server.to_owned(),
            name: format!("{PREFIX}{}_{:016x}", seconds_now(), random()),
        };
        let statement = format!("CREATE DATABASE {}", database.name);
        execute(server, statement, "create a database for a test").await?;
        Ok(database)
    }

    /// Its URL, understood by sqlx and by the programs of `PostgreSQL`.
    pub fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Options to connect to it.
    ///
    /// # Errors
    /// When `DATABASE_URL` is not a valid URL.
    pub fn connect_options(&self) -> Result<PgConnectOptions, HarnessError> {
        parse(&self.url())
    }

    /// Drops it, with all its connections.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    ///
    /// # Cancel safety
    /// Dropped early, the database may or may not be gone.
    pub async fn close(self) -> Result<(), HarnessError> {
        drop_database(&self.server, &self.name).await
    }
}

/// Drops the databases of old runs that did not close them.
pub(super) async fn drop_forgotten(server: &str) -> Result<(), HarnessError> {
    let mut connection = connect(server).await?;
    let names: Result<Vec<String>, _> =
        sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname ^@ $1")
            .bind(PREFIX)
            .fetch_all(&mut connection)
            .await;
    close(connection).await;
    let limit = seconds_now().saturating_sub(FORGOTTEN.as_secs());
    for name in names.map_err(HarnessError::sql("list the databases"))? {
        if made_at(&name).is_some_and(|seconds| seconds < limit) {
            // Another role may have made it, or another run may be dropping it.
            let _ = drop_database(server, &name).await;
        }
    }
    Ok(())
}

async fn drop_database(server: &str, name: &str) -> Result<(), HarnessError> {
    let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    execute(server, statement, "drop the database of a test").await
}

async fn execute(
    server: &str,
    statement: String,
    action: &'static str,
) -> Result<(), HarnessError> {
    let mut connection = connect(server).await?;
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
    let done = done.await.map(drop).map_err(HarnessError::sql(action));
    close(connection).await;
    done
}

pub(super) async fn connect(url: &str) -> Result<PgConnection, HarnessError> {
    PgConnection::connect_with(&parse(url)?)
        .await
        .map_err(HarnessError::sql("connect to the test server"))
}

/// Closes a connection. A failure does no harm.
pub(super) async fn close(connection: PgConnection) {
    let _ = connection.close().await;
}

pub(super) fn parse(url: &str) -> Result<PgConnectOptions, HarnessError> {
    url.parse()
        .map_err(HarnessError::sql("read the server's URL"))
}

fn made_at(name: &str) -> Option<u64> {
    let (seconds, _) = name.strip_prefix(PREFIX)?.split_once('_')?;
    seconds.parse().ok()
}

fn seconds_now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Different for every process and every call.
fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests {
    use super::made_at;

    #[test]
    fn only_names_of_ours_have_a_time() {
        assert_eq!(made_at("contest_test_1700000000_00ff"), Some(1_700_000_000));
        assert_eq!(made_at("contest_test_x_00ff"), None);
        assert_eq!(made_at("contest_test_1700000000"), None);
        assert_eq!(made_at("contest"), None);
    }
}
