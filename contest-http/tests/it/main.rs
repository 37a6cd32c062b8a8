//! Tests of contest-http from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests say what broke by panicking"
)]

#[cfg(feature = "jwt")]
mod jwt;
mod openapi;
mod page;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "serve")]
mod sockets;
