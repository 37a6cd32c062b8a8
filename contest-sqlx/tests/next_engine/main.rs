//! The engine of edition 2 over both SQL stores: no rule is broken when many callers race.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod races;
mod stores;
