//! A contest in parts, each picked in its own way.

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
    /// That many problems, picked uniformly.
    pub fn new(count: ProblemCount) -> Self {
        Self {
            count,
            strategy: Strategy::default(),
        }
    }

    /// Picked by this strategy.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// How many problems.
    pub fn count(&self) -> ProblemCount {
        self.count
    }

    /// How they are picked.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }
}
