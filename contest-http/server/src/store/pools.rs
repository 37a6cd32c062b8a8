//! The state of the store's connection pools.

use super::Backend;

/// A pool at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pool {
    /// `writer` or `reader`.
    pub(crate) name: &'static str,
    pub(crate) in_use: u32,
    pub(crate) idle: u32,
    pub(crate) max: u32,
}

macro_rules! pool {
    ($name:literal, $look:expr) => {{
        let look = $look;
        Pool {
            name: $name,
            in_use: look.in_use,
            idle: look.idle,
            max: look.max,
        }
    }};
}

impl Backend {
    /// The state of every pool of the store.
    pub(crate) fn pools(&self) -> Vec<Pool> {
        match self {
            Self::Memory(_) => Vec::new(),
            Self::Sqlite(store) => vec![
                pool!("writer", store.metrics()),
                pool!("reader", store.reader_metrics()),
            ],
            Self::Postgres(store, replica) => {
                let writer = pool!("writer", store.metrics());
                let reader = replica.as_ref().map(|of| pool!("reader", of.metrics()));
                std::iter::once(writer).chain(reader).collect()
            }
        }
    }
}
