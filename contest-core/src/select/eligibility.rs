//! Rules on the history of the user and of others.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::id::UserId;

/// How solved problems are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SolvedRule {
    /// Never selected.
    #[default]
    Exclude,
    /// Not selected until this much time has passed since the problem was [last
    /// solved](crate::select::Practice::last_solved_at); after exactly this time it is eligible again.
    ExcludeWithin(
        #[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))] Duration,
    ),
    /// Selected like any other.
    Allow,
}

/// Rules on the history of the user and of others. A problem must pass all of them.
///
/// They apply in this order, and a problem is removed by the first that applies: solved, attempted,
/// group. The filters of the request (topics, excluded topics, excluded problems) come before them, a
/// cap per topic after them.
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
    /// Sets the rule for problems the user has solved. Default: [`SolvedRule::Exclude`].
    #[must_use]
    pub fn with_solved(mut self, rule: SolvedRule) -> Self {
        self.solved = rule;
        self
    }

    /// Excludes problems that any contest of the user had since the last reset of progress, solved in
    /// it or not.
    #[must_use]
    pub fn excluding_attempted(mut self) -> Self {
        self.attempted = true;
        self
    }

    /// Excludes problems that any of these users has solved, for people who practise together. It
    /// applies in addition to the rule on the user's own solves. Creating a contest does not check it
    /// again: a problem that a member solves after the selection stays in the contest.
    #[must_use]
    pub fn with_group(mut self, members: impl IntoIterator<Item = UserId>) -> Self {
        self.group = members.into_iter().collect();
        self
    }

    /// The rule for problems the user has solved.
    pub fn solved(&self) -> SolvedRule {
        self.solved
    }

    /// Whether problems of the user's earlier contests are excluded.
    pub fn excludes_attempted(&self) -> bool {
        self.attempted
    }

    /// The users whose solved problems are excluded; may be empty.
    pub fn group(&self) -> &BTreeSet<UserId> {
        &self.group
    }
}
