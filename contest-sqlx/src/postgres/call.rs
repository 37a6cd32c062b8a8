//! Calls: a statement on a connection, and what is tried again.

use contest_core::store::StoreError;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnection, PgRow};

use super::PgStore;
use super::error::{from_sqlx, was_rolled_back};
use super::source::Link;
use super::sql::Prepared;

/// How often a statement is sent again that the database rolled back over a conflict.
const ROLLBACKS: u32 = 8;

/// How a statement failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// It was not sent: there was no connection.
    Unsent(sqlx::Error),
    /// It was sent, or may have been.
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
    /// Sends a statement, once. All answers are read to the end: a failure to commit comes after the
    /// rows.
    pub(super) async fn fetch_once(&self, query: Prepared) -> Result<Vec<PgRow>, Fault> {
        let mut link = self.source().acquire().await.map_err(Fault::Unsent)?;
        let connection = link.connection().map_err(Fault::Unsent)?;
        let rows = query.fetch_all(connection).await;
        // An answer with an error is one, too. After anything else the connection is not to be trusted.
        if matches!(rows, Ok(_) | Err(sqlx::Error::Database(_))) {
            link.end();
        }
        rows.map_err(Fault::Sent)
    }

    /// Sends a statement that changes something, once. If it fails in a transaction of the host's, that
    /// is as it was before.
    pub(super) async fn change_once(&self, query: Prepared) -> Result<Vec<PgRow>, Fault> {
        if !self.source().is_transaction() {
            return self.fetch_once(query).await;
        }
        let mut link = self.source().acquire().await.map_err(Fault::Unsent)?;
        let connection = link.connection().map_err(Fault::Unsent)?;
        fetch_in_savepoint(connection, query)
            .await
            .map_err(Fault::Sent)
    }

    /// Sends a statement, and again if the database rolled it back over a conflict. In a transaction of
    /// the host's there is no again.
    pub(super) async fn fetch(
        &self,
        query: impl Fn() -> Prepared,
    ) -> Result<Vec<PgRow>, StoreError> {
        let attempts = if self.source().is_transaction() {
            1
        } else {
            ROLLBACKS
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.fetch_once(query()).await.map_err(Fault::into_inner) {
                Err(error) if was_rolled_back(&error) && attempt < attempts => {}
                outcome => return outcome.map_err(from_sqlx),
            }
        }
    }

    /// A connection that is closed afterwards, for transactions and what belongs to a session.
    pub(super) async fn dedicated(&self) -> Result<Link, sqlx::Error> {
        let mut link = self.source().acquire().await?;
        link.close_on_drop();
        Ok(link)
    }
}

async fn fetch_in_savepoint(
    connection: &mut PgConnection,
    query: Prepared,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let mut savepoint = connection.begin().await?;
    match query.fetch_all(&mut *savepoint).await {
        Ok(rows) => {
            savepoint.commit().await?;
            Ok(rows)
        }
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}
