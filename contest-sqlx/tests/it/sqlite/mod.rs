//! SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod cancellation;
mod child;
mod conformance;
mod failures;
mod processes;
mod same_selection;
mod support;
mod work;
