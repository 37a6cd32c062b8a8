//! The PostgreSQL store of edition 2: what its ports promise, and what only a database can break.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test that panics has failed, as it should; the numbers are small"
)]

mod cancelled;
mod catalogue;
mod commits;
mod costs;
mod crash;
mod dropped;
mod events;
mod faults;
mod fixture;
mod history;
mod pgbouncer;
mod pool;
mod processes;
mod races;
mod replica;
mod same_outcome;
mod schema;
#[path = "../next_support/mod.rs"]
mod support;
mod users;
