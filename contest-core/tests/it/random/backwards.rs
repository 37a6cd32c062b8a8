//! A strategy of the host's own that remembers what it was handed.

use std::sync::{Arc, Mutex};

use contest_core::prelude::*;
use contest_core::select::{
    Choice, Needs, Order, SelectionStrategy, StrategyName, StrategyVersion,
};

use super::Deeds;

/// By slug, last first. Every candidate comes twice, which must not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backwards {
    seen: Arc<Mutex<Vec<(ProblemId, Deeds)>>>,
}

/// The name it goes by.
pub(crate) fn backwards() -> StrategyName {
    StrategyName::new("backwards").unwrap()
}

impl Backwards {
    /// What it was handed since this was last asked.
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
