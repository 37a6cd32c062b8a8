//! Metrics of the pools of both stores.

use sqlx::{Database, Pool};

/// The state of a pool at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// Connections open or being opened.
    pub open: u32,
    /// Open connections not in use.
    pub idle: u32,
    /// Connections in use or being returned.
    pub in_use: u32,
    /// The maximum of open connections.
    pub max: u32,
}

impl PoolMetrics {
    /// Measures a pool.
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
