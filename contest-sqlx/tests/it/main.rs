//! Both stores, held to the contract and to what only a database can break.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed, as it should"
)]

mod harness;
mod outbox;
mod pool_faults;
mod postgres;
mod readme;
mod same_selection;
mod sqlite;
mod upgrade;
