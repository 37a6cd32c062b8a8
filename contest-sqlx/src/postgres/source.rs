//! Where a call's connection comes from.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};

use super::own_pool::{InUse, OwnPool};
use super::transaction::Host;
use crate::PoolMetrics;
use crate::lent::Lent;

/// Where connections come from.
#[derive(Clone)]
pub(super) enum Source {
    /// A pool of the store's own.
    Own(OwnPool),
    /// A pool of the host's.
    Host(PgPool),
    /// A transaction of the host's; and where the store had its connections before.
    Transaction(Lent<Host>, Box<Self>),
}

/// A connection of a pool while a call has it.
pub(super) enum Link {
    Own(InUse),
    Host(PoolConnection<Postgres>),
}

impl Source {
    /// A connection of the pool for one call.
    pub(super) async fn acquire(&self) -> Result<Link, sqlx::Error> {
        match self {
            Self::Own(pool) => pool.acquire().await.map(Link::Own),
            Self::Host(pool) => pool.acquire().await.map(Link::Host),
            Self::Transaction(..) => {
                let message = "this is not done inside a transaction of the host's";
                Err(sqlx::Error::Configuration(message.into()))
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

    /// The host's transaction, if statements run in one.
    pub(super) const fn transaction(&self) -> Option<&Lent<Host>> {
        match self {
            Self::Transaction(lent, _) => Some(lent),
            Self::Own(_) | Self::Host(_) => None,
        }
    }
}

impl Link {
    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        match self {
            Self::Own(in_use) => in_use.connection().ok_or(sqlx::Error::PoolClosed),
            Self::Host(connection) => Ok(connection),
        }
    }

    /// Closes the connection when it is dropped: it has a transaction, or what belongs to a session.
    pub(super) fn close_on_drop(&mut self) {
        match self {
            Self::Own(in_use) => in_use.close_on_drop(),
            Self::Host(connection) => connection.close_on_drop(),
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
    /// Never.
    pub fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.connection()
    }
}
