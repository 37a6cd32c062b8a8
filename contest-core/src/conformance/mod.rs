//! The conformance suite: checks a store against every promise of the [store traits](crate::store).
//!
//! For authors of stores. A store decides nothing, so the promises are about storage: compare-and-set
//! under races, atomicity, consistent snapshots and pages, order, durability, leases. **Exempt from
//! semantic versioning**: a release may add cases, so a store that passed may fail after an update.
//!
//! # Using it
//! Write a factory of fresh stores, and let [`tests!`] define one test for each case:
//!
//! ```
//! mod conformance {
//!     use contest_core::conformance::Harness;
//!     use contest_core::memory::MemoryStore;
//!
//!     contest_core::conformance::tests!(async || {
//!         let store = MemoryStore::new();
//!         // A second handle on the same data: for a database, another pool.
//!         Ok(Harness::new(store.clone()).with_other(store))
//!     });
//! }
//!
//! // A store with events has a second suite.
//! mod events {
//!     use contest_core::conformance::Harness;
//!     use contest_core::memory::MemoryStore;
//!
//!     contest_core::conformance::event_tests!(async || {
//!         let store = MemoryStore::new().with_outbox();
//!         Ok(Harness::new(store.clone()).with_events(store))
//!     });
//! }
//!
//! // And a store with rounds a third one.
//! mod rounds {
//!     use contest_core::conformance::Harness;
//!     use contest_core::memory::MemoryStore;
//!
//!     contest_core::conformance::round_tests!(async || {
//!         let store = MemoryStore::new();
//!         Ok(Harness::new(store.clone()).with_rounds(store))
//!     });
//! }
//! ```
//!
//! Or run everything in one call, and get all broken promises at once:
//!
//! ```
//! use contest_core::conformance::{Harness, cases, check};
//! use contest_core::memory::MemoryStore;
//!
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let factory = async || Ok(Harness::new(MemoryStore::new()));
//! let report = check(cases(), &factory).await?;
//! println!("{report}");
//! # Ok(()) }
//! ```
//!
//! A factory for a database creates a database, or a schema, per harness, and sets a
//! [guard](Harness::with_guard) that removes it. With a way to [reopen](Harness::with_reopen) the
//! store, durability is checked too.
//!
//! # Expectations
//! - An error that is neither a conflict nor outdated breaks the case. A store may fail if its back end
//!   does; in the suite nothing fails, and a race is no excuse.
//! - Nothing waits for time to pass. Times are constants; only the scheduling of races varies.
//!
//! # Faults for testing code above a store
//! [`Delays`] and [`Faults`] are [interceptors](crate::store::Interceptor) that make any store slow or
//! fail.

mod attempts;
mod author;
mod boards;
mod cancellation;
mod cases;
mod catalogue;
mod check;
mod commits;
mod data;
mod delays;
mod durability;
mod events;
mod faults;
mod harness;
mod history;
mod joining;
mod leases;
mod members;
mod race;
mod races;
mod rounds;
mod users;
mod values;

pub use cases::{Broken, Case, Factory, Report, cases, check, event_cases, round_cases, run_case};
pub use delays::Delays;
pub use faults::{Fault, Faults, Gate};
pub use harness::{Harness, Made};

pub use crate::{
    __conformance_event_tests as event_tests, __conformance_round_tests as round_tests,
    __conformance_tests as tests,
};
