//! SQLite.

mod conformance;
mod support;
