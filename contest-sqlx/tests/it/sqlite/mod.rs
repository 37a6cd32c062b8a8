//! SQLite.

mod cancellation;
mod child;
mod conformance;
mod failures;
mod processes;
mod support;
mod work;
