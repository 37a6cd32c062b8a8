//! Strategies that take candidates in drawn order: every eligible problem is equally likely.

use crate::select::{Choice, Order, RatingBand, SelectionStrategy, Source, StrategyVersion};

/// [`Strategy::Uniform`](crate::select::Strategy::Uniform).
#[derive(Debug)]
pub(super) struct Uniform;

impl SelectionStrategy for Uniform {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn source(&self) -> Source {
        Source::ByDifficulty
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        Box::new(choice)
    }
}

/// [`Strategy::RatingBand`](crate::select::Strategy::RatingBand).
impl SelectionStrategy for RatingBand {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn source(&self) -> Source {
        Source::Rated(self.ratings())
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        Box::new(choice)
    }
}
