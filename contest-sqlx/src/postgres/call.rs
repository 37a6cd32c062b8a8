//! Calls: a connection while a statement runs on it, and what is tried again.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contest_core::next::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow, Postgres};
use sqlx::query::Query;
use tokio::time::{Instant, timeout};

use super::PgStore;
use crate::postgres::error::{from_sqlx, was_rolled_back};
use crate::postgres::pool::is_outside_transaction;
use crate::postgres::{PgPoolConfig, StatementTimeout};

/// How often a statement is sent again that the database rolled back over a conflict.
const ROLLBACKS: u32 = 8;

/// For how long after a dropped call each returned connection is checked.
const WATCHED: Duration = Duration::from_secs(10);

/// Opens a pool that only this crate uses.
///
/// Every statement on it is a transaction of its own, and connections that had others are closed, so
/// none comes back with a transaction open. That saves the check that
/// [`guard_release`](crate::postgres::guard_release) makes on every release. One case remains in
/// which a connection must prove itself: a call was dropped, and the server does not answer any more.
/// sqlx would wait for it without limit, and its place in the pool be lost. sqlx does not say which
/// connection it releases, so for some seconds after a dropped call all are checked.
pub(super) async fn own_pool(
    config: &PgPoolConfig,
    dropped: &Arc<DroppedCalls>,
) -> Result<PgPool, sqlx::Error> {
    let mut connect = config.connect_options();
    if let StatementTimeout::Startup(_) = config.statement_timeout {
        connect = connect.options([("default_transaction_isolation", "read committed")]);
    }
    let (dropped, limit) = (Arc::clone(dropped), config.release_timeout);
    let options = config.pool_options().after_release(move |connection, _| {
        let watched = dropped.recently();
        Box::pin(async move {
            if !watched {
                return Ok(true);
            }
            match timeout(limit, is_outside_transaction(connection)).await {
                Ok(answer) => answer,
                // An error closes the connection without a word to the silent peer.
                Err(elapsed) => Err(sqlx::Error::Io(elapsed.into())),
            }
        })
    });
    options.connect_with(connect).await
}

/// When a call was last dropped while its statement ran.
#[derive(Debug)]
pub(super) struct DroppedCalls {
    began: Instant,
    /// Milliseconds since then, and one; zero for never.
    last: AtomicU64,
}

impl Default for DroppedCalls {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl DroppedCalls {
    fn note(&self) {
        self.last.store(self.millis() + 1, Ordering::Release);
    }

    fn recently(&self) -> bool {
        let last = self.last.load(Ordering::Acquire);
        last > 0 && Duration::from_millis(self.millis().saturating_sub(last)) < WATCHED
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }
}

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

type Prepared = Query<'static, Postgres, PgArguments>;

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
