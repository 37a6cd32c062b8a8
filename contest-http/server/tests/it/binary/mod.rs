//! The real binary, as a user runs it.

mod commands;
mod dev;
mod directory;
mod events;
mod health;
mod help;
mod log;
mod process;
mod protect;
mod reload;
mod replica;
mod rounds;
mod shutdown;
mod start;
mod telemetry;
#[cfg(feature = "otlp")]
mod traces;
