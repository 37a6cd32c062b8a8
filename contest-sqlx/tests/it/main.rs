//! Both stores: the promises of the ports, and the failures of a database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test that panics has failed, as it should; the numbers are small"
)]

mod conformance;
mod harness;
mod postgres;
mod readme;
mod sqlite;
mod support;
