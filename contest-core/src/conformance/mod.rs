//! The conformance suite: checks a store against every promise of the [ports](crate::store).
//!
//! For authors of stores. A store that passes behaves like any other store as far as an
//! [`Engine`](crate::engine::Engine) and its users can tell, under concurrency too. **Exempt from
//! semantic versioning**: a release may add cases, so a store that passed may fail after an update.
//!
//! # Using it
//! Say how to make a fresh store, and let [`conformance_tests!`](crate::conformance_tests) make one
//! test for each case:
//!
//! ```
//! mod conformance {
//!     use contest_core::conformance::StoreUnderTest;
//!     use contest_core::memory::MemoryStore;
//!
//!     contest_core::conformance_tests!(|| async {
//!         let store = MemoryStore::new();
//!         // A second handle on the same data: for a database, a pool of its own.
//!         Ok(StoreUnderTest::new(store.clone()).with_other(store))
//!     });
//! }
//! ```
//!
//! Or run everything in one call, and get every broken contract at once:
//!
//! ```
//! use contest_core::conformance::{StoreUnderTest, check};
//! use contest_core::memory::MemoryStore;
//!
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let factory = || async {
//!     let store = MemoryStore::new();
//!     Ok(StoreUnderTest::new(store.clone()).with_other(store))
//! };
//! let report = check(&factory).await?;
//! println!("{report}");
//! # Ok(()) }
//! ```
//!
//! A factory of a database makes a database, or a schema, for each store, and hands over whatever
//! removes it as the [guard](StoreUnderTest::with_guard).
//!
//! A store that keeps [domain events](crate::store::EventLog) has a second suite, with a macro of its
//! own: [`outbox_conformance_tests!`](crate::outbox_conformance_tests). Nothing here asks for events of
//! a store that keeps none.
//!
//! # What it expects
//! - Any error of the kind `Store` breaks the case. A store may answer so when its back end fails;
//!   in the suite nothing fails, and a race is no excuse: deadlocks and conflicts are the store's to
//!   avoid or to retry.
//! - Nothing waits for time to pass. Times are constants, choices are drawn from seeds, and a
//!   broken contract names the seed.
//! - Promises about cost, and about surviving a restart, are not checked here.
//!
//! # Stores that misbehave
//! [`Delays`] and [`Faults`] are [interceptors](crate::store::Interceptor) that make any store slow
//! or fail, to test what is built on it.

mod actor;
mod cancellation;
mod cases;
mod catalogue;
mod chance;
mod counts;
mod create;
mod delays;
mod dice;
mod extending;
mod failure;
mod faults;
mod fixtures;
mod harness;
mod idempotency;
mod late_marks;
mod life_cancellation;
mod lifecycle;
mod mark_races;
mod marks;
mod oracle;
mod outbox;
mod ownership;
mod pages;
mod polls;
mod practice;
mod publishing;
mod race;
mod races;
mod random;
mod repeats;
mod report;
mod reset_races;
mod resetting;
mod resume_races;
mod resuming;
mod scene;
mod snapshot;
mod solves;
mod step;
mod table;

pub use cases::{Case, cases, check, check_outbox, outbox_cases, run_case};
pub use delays::Delays;
pub use faults::{Fault, Faults};
pub use harness::{StoreFactory, StoreUnderTest};
pub use report::{Broken, Report};
