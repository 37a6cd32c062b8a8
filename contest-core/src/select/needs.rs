//! The facts that a selection needs.

/// The facts about a user that must be gathered before a selection. The default is none: the user's
/// record is enough then.
///
/// ```
/// use contest_core::select::{Needs, Strategies};
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
    /// The log of solves of the current epoch: [`Facts::with_log`](crate::select::Facts::with_log).
    pub log: bool,
    /// The contests of the current epoch:
    /// [`Facts::with_contests`](crate::select::Facts::with_contests).
    pub contests: bool,
    /// The problems that the members of the request's [group](crate::select::Eligibility::group) have
    /// solved: [`Facts::with_group`](crate::select::Facts::with_group).
    pub group: bool,
}

impl Needs {
    /// Adds the log of solves.
    #[must_use]
    pub const fn with_log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Adds the contests.
    #[must_use]
    pub const fn with_contests(mut self) -> Self {
        self.contests = true;
        self
    }

    /// The union of two needs.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            log: self.log || other.log,
            contests: self.contests || other.contests,
            group: self.group || other.group,
        }
    }
}
