//! The few transactions: publishing, maintenance. Nothing on the path of a request has one.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Connection as _, Transaction};

use super::PgStore;

/// Bounds for what works on all users at once; they end with the transaction. They take the place
/// of the timeouts meant for requests. A server that can (14 or newer) looks every second whether
/// anybody still waits for the answer, and gives up what was dropped.
const BOUNDS: &str = "
SET LOCAL statement_timeout = '30min';
SET LOCAL lock_timeout = '30s';
SET LOCAL idle_in_transaction_session_timeout = '60s';
SELECT set_config('client_connection_check_interval', '1s', true)
WHERE current_setting('client_connection_check_interval', true) IS NOT NULL";

impl PgStore {
    /// A connection of the pool that is closed afterwards, so that nobody ever meets a transaction
    /// somebody else left open on it: see [`guard_release`](super::guard_release).
    pub(crate) async fn dedicated(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let mut connection = self.writer().acquire().await?;
        connection.close_on_drop();
        Ok(connection)
    }
}

/// Begins a transaction on a dedicated connection.
pub(crate) async fn begin(
    connection: &mut PgConnection,
) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    begin_with(connection, "BEGIN").await
}

/// Begins a transaction that reads everything as of one instant.
pub(crate) async fn begin_snapshot(
    connection: &mut PgConnection,
) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    begin_with(
        connection,
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    )
    .await
}

async fn begin_with<'c>(
    connection: &'c mut PgConnection,
    statement: &'static str,
) -> Result<Transaction<'c, Postgres>, sqlx::Error> {
    let mut transaction = connection.begin_with(statement).await?;
    sqlx::raw_sql(BOUNDS).execute(&mut *transaction).await?;
    Ok(transaction)
}
