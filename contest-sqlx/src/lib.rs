//! Stores for [`contest_core`] over [`sqlx`]: `postgres::PgStore` for production and
//! `sqlite::SqliteStore` embedded in the process. Both load rows, apply commits and page through
//! history; the rules are in the core. Both pass its conformance suite.
//!
//! | feature | what it adds |
//! |---|---|
//! | `postgres` | `postgres::PgStore` |
//! | `sqlite` | `sqlite::SqliteStore`, with SQLite compiled in |
//! | `tls-rustls-aws-lc-rs`, `tls-rustls-ring-webpki`, `tls-rustls-ring-native-roots` | TLS to Postgres, as sqlx offers it: turn on one of them, or `tls-native-tls` of sqlx |
//! | `testing` | `testing`: a throwaway Postgres and a faulty network. Exempt from semantic versioning |
//!
//! No feature is on by default, and each store works without the other. The crate's `README.md` says how to
//! run them in production.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod encoding;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod gather;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod lent;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod migrations;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod parts;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod pool;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use pool::PoolMetrics;

/// The version of sqlx whose pools, connections and transactions this crate takes.
pub use sqlx;

/// The README's examples, compiled and run as tests.
#[cfg(all(doctest, feature = "postgres", feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
