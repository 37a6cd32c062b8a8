//! SQLite.

mod cancellation;
mod child;
mod conformance;
mod failures;
mod processes;
mod same_selection;
mod support;
mod work;
