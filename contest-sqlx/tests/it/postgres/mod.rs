//! PostgreSQL.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of tests are small"
)]

mod conformance;
mod crash;
mod distribution;
mod plans;
mod pool;
mod races;
pub(crate) mod support;
