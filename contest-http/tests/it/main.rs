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
#[cfg(all(feature = "protect", feature = "serve"))]
mod disconnect;
#[cfg(feature = "docs")]
mod docs;
mod errors;
#[cfg(all(feature = "protect", feature = "serve"))]
mod events;
mod every_route;
mod hooked;
#[cfg(feature = "jwt")]
mod jwt;
mod life;
mod lists;
#[cfg(all(feature = "protect", feature = "serve"))]
mod logs;
mod openapi;
mod ownership;
mod page;
#[cfg(all(feature = "protect", feature = "serve"))]
mod protect;
mod rules;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "serve")]
mod sockets;
mod store_failures;
