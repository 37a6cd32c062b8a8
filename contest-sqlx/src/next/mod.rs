//! Edition 2, beside edition 1 until it takes its place. Not part of the public interface.

mod encoding;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
