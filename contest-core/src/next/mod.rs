//! Edition 2, beside edition 1 until it takes its place. Not part of the public interface.

#[cfg(feature = "testing")]
pub mod conformance;
pub mod delivery;
pub mod engine;
#[cfg(feature = "memory")]
pub mod memory;
pub mod prelude;
pub mod progress;
pub mod rules;
pub mod select;
pub mod store;
pub mod user;
