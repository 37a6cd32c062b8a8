//! The promises of core, tested from outside. Names begin with the invariant they guard.
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

mod attempts;
mod built;
mod cancellation;
mod catalogue;
mod catalogue_files;
mod clocks;
mod commits;
mod concurrency;
mod conformance;
mod conversions;
mod counts;
mod coverage;
mod create;
mod delivery;
mod determinism;
mod engine;
mod erase;
mod events;
mod export;
mod extend;
mod failure;
mod fan_out;
mod idempotency;
mod late_marks;
mod life;
mod lifecycle;
mod mark_races;
mod marks;
mod named;
mod pages;
mod past;
mod progress;
mod prune;
mod publishing;
mod races;
mod random;
mod random_calls;
mod remembered;
mod repair;
mod reset;
mod resume;
mod retries;
mod review;
mod rounds;
mod selection;
mod selection_explained;
mod selection_rules;
mod selection_strategies;
mod send_sync;
mod serde;
mod serde_public;
mod solves;
mod standings;
mod store;
mod with_store;
