//! A contest in parts, each with a strategy of its own.

use crate::select::{ProblemCount, Strategy};

/// Some of a contest's problems, picked by one strategy.
///
/// ```
/// use contest_core::select::{Part, ProblemCount, Strategy};
///
/// let part = Part::new(ProblemCount::new(2)?).with_strategy(Strategy::LeastUsed);
/// assert_eq!(part.count().get(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Part {
    count: ProblemCount,
    #[cfg_attr(feature = "serde", serde(default))]
    strategy: Strategy,
}

impl Part {
    /// This many problems, picked uniformly.
    pub fn new(count: ProblemCount) -> Self {
        Self {
            count,
            strategy: Strategy::default(),
        }
    }

    /// Sets the strategy.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// The number of problems.
    pub fn count(&self) -> ProblemCount {
        self.count
    }

    /// The strategy.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }
}
