//! Tests of contest-http from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod app;
mod board_events;
#[cfg(feature = "docs")]
mod docs;
mod errors;
mod every_route;
mod hooked;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(all(feature = "docs", feature = "gzip"))]
mod kept;
mod life;
mod lists;
#[cfg(feature = "openapi")]
mod openapi;
#[cfg(feature = "openapi")]
mod ownership;
mod repeated;
mod rounds;
mod rules;
mod store_failures;
