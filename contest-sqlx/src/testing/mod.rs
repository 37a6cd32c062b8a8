//! Tools for tests that need a database: a real server that lives as long as the test process, its
//! replicas, a [`PgBouncer`] in front of it, and a network that fails on command. Exempt from
//! semantic versioning; Unix only.
//!
//! [`Postgres::shared`] gives one server to all tests of a process, and each test takes an empty
//! [`Database`] of its own from it:
//!
//! ```
//! use contest_sqlx::testing::{HarnessError, Postgres};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), HarnessError> {
//! let database = Postgres::shared().await?.database().await?;
//! // Connect to `database.url()`, or put a `Proxy` in between.
//! database.close().await?;
//! # Ok(()) }
//! ```

mod account;
mod binaries;
mod bouncer;
mod database;
mod error;
mod keeper;
mod kept;
mod options;
mod postgres;
mod proxy;
mod url;

pub use bouncer::PgBouncer;
pub use database::Database;
pub use error::HarnessError;
pub use options::PostgresOptions;
pub use postgres::Postgres;
pub use proxy::Proxy;
