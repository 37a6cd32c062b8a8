//! Everything core promises, tested from outside. Names begin with the invariant they guard.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test that panics has failed, as it should"
)]

mod hooked;
mod scene;
mod support;

mod engine;
mod life;
mod progress;
mod serde;
mod send_sync;
mod determinism;
mod delivery;
mod concurrency;
mod publishing;
mod cancellation;
mod failure;
mod counts;
mod pages;
mod events;
mod races;
mod mark_races;
mod solves;
mod late_marks;
mod extend;
mod resume;
mod reset;
mod create;
mod idempotency;
mod lifecycle;
mod marks;
