//! Which problems a user may get, by what the user and others have done.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::id::UserId;

/// What being solved means for a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SolvedRule {
    /// It is out.
    #[default]
    Exclude,
    /// It is out until so much time has passed since it was
    /// [last solved](crate::select::Practice::last_solved_at): a problem solved exactly so long ago
    /// is back.
    ExcludeWithin(
        #[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))] Duration,
    ),
    /// Nothing: it may be selected like any other.
    Allow,
}

/// Rules about what the user and others have done. Each problem must pass all of them.
///
/// They are looked at in this order, and a problem is removed by the first that applies: solved,
/// attempted, group. The filters of the request itself (topics, excluded topics, excluded problems)
/// come before them, a cap per topic after them.
///
/// ```
/// use std::time::Duration;
/// use contest_core::select::{Eligibility, SolvedRule};
///
/// let month = Duration::from_hours(30 * 24);
/// let rules = Eligibility::default()
///     .with_solved(SolvedRule::ExcludeWithin(month))
///     .excluding_attempted();
/// assert!(rules.excludes_attempted());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Eligibility {
    solved: SolvedRule,
    attempted: bool,
    group: BTreeSet<UserId>,
}

impl Eligibility {
    /// With this rule for what the user has solved. Default: [`SolvedRule::Exclude`].
    #[must_use]
    pub fn with_solved(mut self, rule: SolvedRule) -> Self {
        self.solved = rule;
        self
    }

    /// Without problems that any contest of the user had since the last reset of progress, solved in
    /// it or not.
    #[must_use]
    pub fn excluding_attempted(mut self) -> Self {
        self.attempted = true;
        self
    }

    /// Without problems that any of these users has solved, for people who practise together. It
    /// holds beside the rule for the user's own solves. Creating a contest does not check it again:
    /// what one of them solves after the selection stays in the contest.
    #[must_use]
    pub fn with_group(mut self, members: impl IntoIterator<Item = UserId>) -> Self {
        self.group = members.into_iter().collect();
        self
    }

    /// The rule for what the user has solved.
    pub fn solved(&self) -> SolvedRule {
        self.solved
    }

    /// Whether what a contest of the user had is out.
    pub fn excludes_attempted(&self) -> bool {
        self.attempted
    }

    /// Whose solves are out; empty if no one's are.
    pub fn group(&self) -> &BTreeSet<UserId> {
        &self.group
    }
}
