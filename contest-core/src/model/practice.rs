//! What a user has done with single problems.

use crate::id::{ContestId, ProblemId};
use crate::time::Timestamp;

/// The current fact that a user has solved a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Solve {
    /// What was solved.
    pub problem: ProblemId,
    /// When it was first solved.
    pub solved_at: Timestamp,
    /// The contest that recorded it, if one did.
    pub contest: Option<ContestId>,
}

/// What a user has done with one problem since the last reset of progress.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Practice {
    /// When it was first solved, if it is solved.
    pub solved_at: Option<Timestamp>,
    /// The contests that had it, by their start and then their id.
    pub encounters: Vec<Encounter>,
}

/// A contest of the user that had a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Encounter {
    /// The contest.
    pub contest: ContestId,
    /// When the contest began.
    pub at: Timestamp,
    /// When the problem was marked in it, if it is marked.
    pub completed_at: Option<Timestamp>,
}

impl Practice {
    /// How many contests had the problem.
    pub fn met(&self) -> usize {
        self.encounters.len()
    }

    /// When it was last solved, in whatever way.
    pub fn last_solved_at(&self) -> Option<Timestamp> {
        let marked = self.encounters.iter().filter_map(|e| e.completed_at).max();
        self.solved_at.max(marked)
    }
}
