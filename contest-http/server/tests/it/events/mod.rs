//! A user's events, streamed to clients on real sockets.

mod client;
mod log;
mod stack;
mod stores;
mod streams;
