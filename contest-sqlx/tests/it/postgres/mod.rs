//! PostgreSQL.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of tests are small"
)]

mod conformance;
mod crash;
mod distribution;
mod dropped;
mod pgbouncer;
mod plans;
mod pool;
mod processes;
mod races;
mod replica;
pub(crate) mod support;
