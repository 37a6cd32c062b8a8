//! SQLite.

mod cancellation;
mod child;
mod conformance;
mod failures;
mod power_cut;
mod processes;
pub(crate) mod support;
mod work;
