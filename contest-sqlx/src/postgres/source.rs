//! The source of a call's connection.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};

use super::own_pool::{InUse, OwnPool};
use super::transaction::Host;
use crate::PoolMetrics;
use crate::lent::Lent;

/// The source of connections.
#[derive(Clone)]
pub(super) enum Source {
    /// The store's own pool.
    Own(OwnPool),
    /// A pool of the host.
    Host(PgPool),
    /// A transaction of the host, and the source before it.
    Transaction(Lent<Host>, Box<Self>),
}

/// A pool's connection while a call uses it.
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
                let message = "not possible inside the host's transaction";
                Err(sqlx::Error::Configuration(message.into()))
            }
        }
    }

    /// The state of the pool.
    pub(super) fn metrics(&self) -> PoolMetrics {
        match self {
            Self::Own(pool) => pool.metrics(),
            Self::Host(pool) => PoolMetrics::of(pool),
            Self::Transaction(_, before) => before.metrics(),
        }
    }

    /// Refuses new calls, and waits until the running ones have ended. Does nothing to a host's transaction.
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

    /// Closes the connection when it is dropped: it has a transaction or session state.
    pub(super) fn close_on_drop(&mut self) {
        match self {
            Self::Own(in_use) => in_use.close_on_drop(),
            Self::Host(connection) => connection.close_on_drop(),
        }
    }

    /// Marks the connection as between two statements: everything sent was answered.
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
