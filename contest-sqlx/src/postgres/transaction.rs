//! The few transactions: publishing, maintenance. Nothing on the path of a request has one.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Connection as _, Transaction};

use super::PgStore;

/// Bounds for what works on all users at once; they end with the transaction. They take the place
/// of the timeouts meant for requests.
const BOUNDS: &str = "
SET LOCAL statement_timeout = '30min';
SET LOCAL lock_timeout = '30s';
SET LOCAL idle_in_transaction_session_timeout = '60s'";

impl PgStore {
    /// A connection of the pool that is closed afterwards, so that nobody ever meets a transaction
    /// somebody else left open on it: see [`guard_release`](super::guard_release).
    pub(super) async fn dedicated(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let mut connection = self.writer().acquire().await?;
        connection.close_on_drop();
        Ok(connection)
    }
}

/// Begins a transaction on a dedicated connection.
pub(super) async fn begin(
    connection: &mut PgConnection,
) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(BOUNDS).execute(&mut *transaction).await?;
    Ok(transaction)
}
