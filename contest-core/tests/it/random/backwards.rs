//! A custom strategy that records its candidates.

use std::sync::{Arc, Mutex};

use contest_core::prelude::*;
use contest_core::select::{
    Choice, Needs, Order, SelectionStrategy, StrategyName, StrategyVersion,
};

use super::Deeds;

/// By slug, last first. Gives every candidate twice, which must not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backwards {
    seen: Arc<Mutex<Vec<(ProblemId, Deeds)>>>,
}

/// Its registered name.
pub(crate) fn backwards() -> StrategyName {
    StrategyName::new("backwards").unwrap()
}

impl Backwards {
    /// The candidates since the last call of this.
    pub(crate) fn take_seen(&self) -> Vec<(ProblemId, Deeds)> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl SelectionStrategy for Backwards {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn needs(&self) -> Needs {
        Needs::default().with_log().with_contests()
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut candidates: Vec<_> = choice.collect();
        let handed = candidates.iter();
        let handed = handed.map(|one| (one.problem().id, one.practice().into()));
        self.seen.lock().unwrap().extend(handed);
        candidates.sort_by(|a, b| b.problem().slug.cmp(&a.problem().slug));
        Box::new(candidates.into_iter().flat_map(|one| [one; 2]))
    }
}
