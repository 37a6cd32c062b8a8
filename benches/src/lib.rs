//! The cost of calls compared with the cheapest call of their kind, and the budgets of the design.
//!
//! Absolute times of a database mean little: they depend on the disk, the processor and other load. The
//! ratio of two times from one loop means more: call and floor take [`Turns`], so that noise affects
//! both. Criterion measures one function after the other; it is used where there is no floor.
//!
//! Each benchmark makes one [`Report`]: a part of `RESULTS.md` with its budgets. `scripts/bench.sh`
//! runs them all and puts the parts together.
#![allow(clippy::missing_errors_doc, reason = "any failure ends the benchmark")]

pub mod calls;
mod floor;
mod place;
mod ratio;
mod report;
mod server;

pub use floor::Floor;
pub use place::{NOW, Place, Random, catalogue, five, requests, seeded, user};
pub use ratio::{Ratio, Turns};
pub use report::{Bound, Budget, Report, Run};
pub use server::Server;

/// The result of a benchmark or its error.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
