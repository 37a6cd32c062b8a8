//! Measuring what calls cost next to a floor, the cheapest call of their kind, and reporting it.
//!
//! Times of a database mean little by themselves: they follow the disk, the processor and whatever
//! else runs. The ratio of two times from one loop means more: call and floor take turns, so that
//! noise meets both. Criterion measures one function after the other, each alone, which is why the
//! benchmarks of the stores have this instead.
//!
//! Each benchmark makes one [`Report`]: a part of `RESULTS.md`, with its budgets and plots.

pub mod coverage;
mod fixtures;
pub mod load;
mod plot;
mod ratio;
mod report;
mod run;
mod series;
mod server;
pub mod stores;
mod table;

pub use fixtures::{catalogue, catalogue_with_topics};
pub use plot::Plot;
pub use ratio::Ratio;
pub use report::{Bound, Ratios, Report};
pub use run::Run;
pub use series::Series;
pub use server::Server;
pub use table::Table;

/// What a benchmark does, or why it could not.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
