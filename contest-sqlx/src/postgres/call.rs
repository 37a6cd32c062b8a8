//! Calls: a statement on a connection, and retries.

use contest_core::store::StoreError;
use sqlx::postgres::PgRow;

use super::PgStore;
use super::error::{from_sqlx, was_rolled_back};
use super::source::Link;
use super::sql::Prepared;

/// How often a statement is sent that the database rolls back over a conflict.
const ROLLBACKS: u32 = 8;

/// How a statement failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// It was not sent: there was no connection.
    Unsent(sqlx::Error),
    /// It was sent, or possibly sent.
    Sent(sqlx::Error),
}

impl Fault {
    pub(super) fn into_inner(self) -> sqlx::Error {
        match self {
            Self::Unsent(error) | Self::Sent(error) => error,
        }
    }
}

impl PgStore {
    /// Sends a statement once. Reads the answer to its end, because a failure to commit follows the rows.
    pub(super) async fn fetch_once(&self, query: Prepared) -> Result<Vec<PgRow>, Fault> {
        let mut link = self.source().acquire().await.map_err(Fault::Unsent)?;
        let connection = link.connection().map_err(Fault::Unsent)?;
        let rows = query.fetch_all(connection).await;
        // A database error is a complete answer, too. After anything else, the connection is not trusted.
        if matches!(rows, Ok(_) | Err(sqlx::Error::Database(_))) {
            link.end();
        }
        rows.map_err(Fault::Sent)
    }

    /// Sends a statement that changes nothing, and retries if the database rolled it back over a conflict.
    pub(super) async fn fetch(
        &self,
        query: impl Fn() -> Prepared,
    ) -> Result<Vec<PgRow>, StoreError> {
        if let Some(lent) = self.source().transaction() {
            return lent.lock().await?.read(query()).await.map_err(from_sqlx);
        }
        self.fetch_again(query).await
    }

    /// Sends a statement that changes something and decides nothing, in the same way.
    pub(super) async fn change(
        &self,
        query: impl Fn() -> Prepared,
    ) -> Result<Vec<PgRow>, StoreError> {
        if let Some(lent) = self.source().transaction() {
            return lent.lock().await?.change(query()).await.map_err(from_sqlx);
        }
        self.fetch_again(query).await
    }

    async fn fetch_again(&self, query: impl Fn() -> Prepared) -> Result<Vec<PgRow>, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.fetch_once(query()).await.map_err(Fault::into_inner) {
                Err(error) if was_rolled_back(&error) && attempt < ROLLBACKS => {}
                outcome => return outcome.map_err(from_sqlx),
            }
        }
    }

    /// A connection that is closed afterwards, for transactions and session state.
    pub(super) async fn dedicated(&self) -> Result<Link, sqlx::Error> {
        let mut link = self.source().acquire().await?;
        link.close_on_drop();
        Ok(link)
    }
}
