//! Random catalogues, histories and requests, and the expected results, computed naively.

mod asked;
mod backwards;
mod facts;
mod world;

use std::future::Future;

pub(crate) use asked::{Asked, Kind, asked};
pub(crate) use backwards::{Backwards, backwards};
pub(crate) use facts::{Deeds, Facts};
pub(crate) use world::{Scenario, World, play, scenario};

/// Runs one case to its end.
pub(crate) fn run<T>(case: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(case)
}
