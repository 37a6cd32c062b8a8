//! The SQLite store of edition 2: what its ports promise, and what only a database can break.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test that panics has failed, as it should; the numbers are small"
)]

mod cancelled;
mod catalogue;
mod dropped;
mod engines;
mod erasure;
mod events;
mod failures;
mod history;
mod place;
mod power_cut;
mod processes;
mod races;
mod same_outcome;
mod scene;
#[path = "../next_support/mod.rs"]
mod support;
mod users;
