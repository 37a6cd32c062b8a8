//! Comparing what calls cost with a floor: the cheapest call of their kind.
//!
//! Times of a database mean little by themselves: they follow the disk, the processor and whatever
//! else runs. The ratio of two times from one loop means more: call and floor take turns, so that
//! noise meets both. Criterion measures one function after the other, each alone, which is why the
//! benchmarks of the stores have this instead.

mod ratio;
mod report;
mod series;

pub use ratio::Ratio;
pub use report::Report;
pub use series::Series;
