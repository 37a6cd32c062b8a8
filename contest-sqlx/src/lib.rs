//! Stores for [`contest_core`] over [`sqlx`]: `postgres::PgStore` for production and
//! `sqlite::SqliteStore` embedded in the process. Both load rows, apply commits and page through
//! history; they know no rule. Both pass the conformance suite of the core.
//!
//! | feature | what it adds |
//! |---|---|
//! | `postgres` | `postgres::PgStore` |
//! | `sqlite` | `sqlite::SqliteStore`, with SQLite compiled in |
//! | `testing` | `testing`: a throwaway Postgres and a faulty network. Exempt from semantic versioning |
//!
//! None is on by default, and each works without the others. How to run them in production is in the
//! crate's `README.md`.
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

/// The README's examples, compiled and run as tests.
#[cfg(all(doctest, feature = "postgres", feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
