//! Calls: a connection while a statement runs on it, and what is tried again.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use contest_core::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgRow, Postgres};

use super::PgStore;
use super::error::{from_sqlx, was_rolled_back};
use super::pool::DroppedCalls;
use super::sql::Prepared;

/// How often a statement is sent again that the database rolled back over a conflict.
const ROLLBACKS: u32 = 8;

/// A connection of the pool while a statement runs on it. Dropped before [`end`](Self::end), it tells
/// the pool to look at what comes back.
pub(super) struct Call {
    connection: PoolConnection<Postgres>,
    dropped: Arc<DroppedCalls>,
    ended: bool,
}

impl Call {
    /// The statement was answered.
    pub(super) fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            self.dropped.note();
        }
    }
}

impl Deref for Call {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Call {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

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
        let acquired = self.pool().acquire().await;
        let mut call = Call {
            connection: acquired.map_err(Fault::Unsent)?,
            dropped: Arc::clone(&self.inner.dropped),
            ended: false,
        };
        let rows = query.fetch_all(&mut *call).await;
        call.end();
        rows.map_err(Fault::Sent)
    }

    /// Sends a statement, and again if the database rolled it back over a conflict.
    pub(super) async fn fetch(
        &self,
        query: impl Fn() -> Prepared,
    ) -> Result<Vec<PgRow>, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.fetch_once(query()).await.map_err(Fault::into_inner) {
                Err(error) if was_rolled_back(&error) && attempt < ROLLBACKS => {}
                outcome => return outcome.map_err(from_sqlx),
            }
        }
    }

    /// A connection that is closed afterwards, for transactions and what belongs to a session.
    pub(super) async fn dedicated(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let mut connection = self.pool().acquire().await?;
        connection.close_on_drop();
        Ok(connection)
    }
}
