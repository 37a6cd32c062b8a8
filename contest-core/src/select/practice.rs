//! A user's history with a problem.

use crate::id::ContestId;
use crate::time::Timestamp;

/// A user's history with one problem in the current epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Practice<'a> {
    /// When it was solved, in a contest or elsewhere, for the first time or again; ascending.
    pub solved_at: &'a [Timestamp],
    /// The contests that had it, by their start and then their id.
    pub encounters: &'a [Encounter],
}

/// A contest of the user that had a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Encounter {
    /// When the contest began.
    pub started_at: Timestamp,
    /// The contest.
    pub contest: ContestId,
    /// When the problem was marked in it, if it is marked.
    pub marked_at: Option<Timestamp>,
    /// Whether the contest was abandoned without any mark. It counts as an encounter, but is no
    /// evidence of how well the user remembers the problem.
    pub untouched: bool,
}

impl Practice<'_> {
    /// How many contests had the problem.
    pub fn met(&self) -> usize {
        self.encounters.len()
    }

    /// When it was last solved, in a contest or elsewhere.
    pub fn last_solved_at(&self) -> Option<Timestamp> {
        self.solved_at.last().copied()
    }
}
