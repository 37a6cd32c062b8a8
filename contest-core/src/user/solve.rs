//! An entry of a user's log of solves.

use crate::id::{ContestId, ProblemId};
use crate::time::Timestamp;

/// The fact that a user solved a problem at some time, in a contest or elsewhere, for the first time or
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Solve {
    /// When it was solved.
    pub at: Timestamp,
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// The contest it was marked in, if any.
    #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
    pub contest: Option<ContestId>,
    /// The number of the epoch it counts in.
    pub epoch: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it was undone, if it was.
    pub undone_at: Option<Timestamp>,
}

/// The key of an entry. The contest is part of it, so that removing a mark never affects a solve
/// recorded elsewhere at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SolveKey {
    /// When it was solved.
    pub at: Timestamp,
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// The contest it was marked in, if any.
    #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
    pub contest: Option<ContestId>,
}

impl Solve {
    /// The key of this entry.
    pub const fn key(&self) -> SolveKey {
        SolveKey {
            at: self.at,
            problem: self.problem,
            contest: self.contest,
        }
    }

    /// Whether it counts: it is not undone.
    pub const fn is_live(&self) -> bool {
        self.undone_at.is_none()
    }
}
