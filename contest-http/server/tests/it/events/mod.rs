//! A user's events, as clients on real sockets get them.

mod client;
mod log;
mod stack;
mod stores;
mod streams;
