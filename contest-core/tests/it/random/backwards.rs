//! A strategy of the host's own that remembers what it was handed.

use std::sync::{Arc, Mutex};

use contest_core::model::Practice;
use contest_core::prelude::*;
use contest_core::select::{Choice, SelectionStrategy, StrategyName, StrategyVersion};

/// By slug, last first. Every id comes twice, and after one that is no candidate: neither may matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backwards {
    seen: Arc<Mutex<Vec<(ProblemId, Practice)>>>,
}

/// The name it goes by.
pub(crate) fn backwards() -> StrategyName {
    StrategyName::new("backwards").unwrap()
}

impl Backwards {
    /// What it was handed since this was last asked.
    pub(crate) fn take_seen(&self) -> Vec<(ProblemId, Practice)> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl SelectionStrategy for Backwards {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn pick(&self, choice: &Choice<'_>) -> Vec<ProblemId> {
        let handed = choice.candidates.iter();
        let handed = handed.map(|one| (one.problem.id, one.practice.clone()));
        self.seen.lock().unwrap().extend(handed);
        let mut problems: Vec<_> = choice.candidates.iter().map(|one| one.problem).collect();
        problems.sort_by(|a, b| b.slug.cmp(&a.slug));
        let others = choice.catalogue.problems().iter().map(|problem| problem.id);
        let handed = |id: &ProblemId| problems.iter().any(|problem| problem.id == *id);
        let others: Vec<_> = others.filter(|id| !handed(id)).collect();
        let twice = problems.iter().flat_map(|problem| [problem.id, problem.id]);
        others.iter().copied().chain(twice).collect()
    }
}
