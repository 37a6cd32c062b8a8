//! What both stores tell of their pools.

use sqlx::{Database, Pool};

/// A look at a pool at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// Open connections, and those being opened.
    pub open: u32,
    /// Open connections that no call uses.
    pub idle: u32,
    /// Connections in use, or on their way out of it.
    pub in_use: u32,
    /// The most that may be open.
    pub max: u32,
}

impl PoolMetrics {
    /// Looks at the pool.
    pub fn of<DB: Database>(pool: &Pool<DB>) -> Self {
        let open = pool.size();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(open);
        Self {
            open,
            idle,
            in_use: open - idle,
            max: pool.options().get_max_connections(),
        }
    }
}
