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
#[cfg(all(feature = "protect", feature = "serve"))]
mod disconnect;
#[cfg(feature = "docs")]
mod docs;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(all(feature = "protect", feature = "serve"))]
mod logs;
mod page;
#[cfg(all(feature = "protect", feature = "serve"))]
mod protect;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "serve")]
mod sockets;
