//! Tests of contest-server from outside: the program, the page in a browser, and the layers around the
//! routes on real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "../../../tests/it/app.rs"]
#[allow(dead_code, reason = "the tests of the routes use the rest")]
mod app;
mod binary;
mod disconnect;
mod events;
#[path = "../../../tests/it/hooked.rs"]
#[allow(dead_code, reason = "the tests of the routes use the rest")]
mod hooked;
mod in_flight;
mod logs;
mod page;
mod protect;
mod serve;
mod sockets;
