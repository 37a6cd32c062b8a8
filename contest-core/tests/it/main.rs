//! Everything core promises, tested from outside. Names begin with the invariant they guard.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test that panics has failed, as it should"
)]

mod cancellation;
mod catalogue;
mod concurrency;
mod conformance;
mod delivery;
mod determinism;
mod engine;
mod failure;
mod fan_out;
mod life;
mod next_conformance;
mod next_store;
mod progress;
mod random;
mod selection;
mod selection_explained;
mod selection_pinned;
mod selection_rules;
mod selection_strategies;
mod send_sync;
mod serde;
mod support;
