//! Which facts a selection needs.

use crate::next::select::{Strategies, strategies};
use crate::select::{Part, SelectionRequest, SolvedRule};

/// Which facts about a user must be gathered before a selection. The default is none: then the user's
/// record is enough.
///
/// ```
/// use contest_core::next::select::{Needs, Strategies};
/// use contest_core::select::{ProblemCount, SelectionRequest, Strategy};
///
/// let request = SelectionRequest::new(ProblemCount::new(5)?);
/// assert_eq!(Needs::of(&request, &Strategies::new()), Needs::default());
///
/// let request = request.with_strategy(Strategy::LeastUsed);
/// let needs = Needs::of(&request, &Strategies::new());
/// assert!(needs.contests && !needs.log);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Needs {
    /// The log of solves of the current epoch: [`Facts::with_log`](crate::next::select::Facts::with_log).
    pub log: bool,
    /// The contests of the current epoch:
    /// [`Facts::with_contests`](crate::next::select::Facts::with_contests).
    pub contests: bool,
    /// What the members of the request's [group](crate::select::Eligibility::group) have solved:
    /// [`Facts::with_group`](crate::next::select::Facts::with_group).
    pub group: bool,
}

impl Needs {
    /// What this request needs. A strategy that is not registered needs nothing: the selection fails.
    pub fn of(request: &SelectionRequest, strategies: &Strategies) -> Self {
        let rules = request.eligibility();
        let own = Self {
            log: matches!(rules.solved(), SolvedRule::ExcludeWithin(_)),
            contests: false,
            group: !rules.group().is_empty(),
        };
        let parts = request.parts().iter().map(Part::strategy);
        let picked_by = parts.chain([request.strategy()]);
        picked_by
            .filter_map(|strategy| strategies::find(strategy, Some(strategies)).ok())
            .fold(own, |needs, strategy| needs.and(strategy.needs()))
    }

    /// With the log of solves.
    #[must_use]
    pub const fn with_log(mut self) -> Self {
        self.log = true;
        self
    }

    /// With the contests.
    #[must_use]
    pub const fn with_contests(mut self) -> Self {
        self.contests = true;
        self
    }

    /// What either needs.
    const fn and(self, other: Self) -> Self {
        Self {
            log: self.log || other.log,
            contests: self.contests || other.contests,
            group: self.group || other.group,
        }
    }
}
