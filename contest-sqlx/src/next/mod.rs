//! Edition 2, beside edition 1 until it takes its place. Not part of the public interface.

#[cfg(feature = "sqlite")]
pub mod sqlite;
