//! Tests of contest-http from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests say what broke by panicking"
)]

mod app;
mod errors;
mod every_route;
mod lists;
mod openapi;
mod ownership;
mod store_failures;
