//! Where a call's connection comes from.

use std::sync::Arc;

use sqlx::Transaction;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::own_pool::{InUse, OwnPool};
use crate::PoolMetrics;

/// A transaction of the host's, until the host has it back.
pub(super) type Lent = Arc<Mutex<Option<Transaction<'static, Postgres>>>>;

/// Where connections come from.
#[derive(Clone)]
pub(super) enum Source {
    /// A pool of the store's own.
    Own(OwnPool),
    /// A pool of the host's.
    Host(PgPool),
    /// A transaction of the host's, for one call at a time; and where the store had its connections
    /// before.
    Transaction(Lent, Box<Self>),
}

/// A connection while a call has it.
pub(super) enum Link {
    Own(InUse),
    Host(PoolConnection<Postgres>),
    Transaction(OwnedMutexGuard<Option<Transaction<'static, Postgres>>>),
}

impl Source {
    /// A connection for one call.
    pub(super) async fn acquire(&self) -> Result<Link, sqlx::Error> {
        match self {
            Self::Own(pool) => pool.acquire().await.map(Link::Own),
            Self::Host(pool) => pool.acquire().await.map(Link::Host),
            Self::Transaction(lent, _) => {
                Ok(Link::Transaction(Arc::clone(lent).lock_owned().await))
            }
        }
    }

    /// What the pool is like.
    pub(super) fn metrics(&self) -> PoolMetrics {
        match self {
            Self::Own(pool) => pool.metrics(),
            Self::Host(pool) => PoolMetrics::of(pool),
            Self::Transaction(_, before) => before.metrics(),
        }
    }

    /// Takes no more calls, and waits until those that run have ended. A transaction stays the host's.
    pub(super) async fn close(&self) {
        match self {
            Self::Own(pool) => pool.close().await,
            Self::Host(pool) => pool.close().await,
            Self::Transaction(..) => {}
        }
    }

    /// Whether statements run inside a transaction of the host's.
    pub(super) const fn is_transaction(&self) -> bool {
        matches!(self, Self::Transaction(..))
    }
}

impl Link {
    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        match self {
            Self::Own(in_use) => in_use.connection().ok_or(sqlx::Error::PoolClosed),
            Self::Host(connection) => Ok(connection),
            Self::Transaction(lent) => {
                let given_back = || "the transaction was given back to the host".into();
                let transaction = lent.as_mut();
                let transaction =
                    transaction.ok_or_else(|| sqlx::Error::Configuration(given_back()))?;
                Ok(transaction)
            }
        }
    }

    /// Closes a connection of a pool when it is dropped: it has a transaction of its own, or what belongs
    /// to a session.
    pub(super) fn close_on_drop(&mut self) {
        match self {
            Self::Own(in_use) => in_use.close_on_drop(),
            Self::Host(connection) => connection.close_on_drop(),
            Self::Transaction(_) => {}
        }
    }

    /// Whatever was sent was answered.
    pub(super) fn end(self) {
        if let Self::Own(in_use) = self {
            in_use.end();
        }
    }
}

/// A connection that a test holds.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "for tests")]
pub struct Held(pub(super) Link);

impl Held {
    /// The connection.
    ///
    /// # Errors
    /// Never, outside a transaction of the host's.
    pub fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.connection()
    }
}
