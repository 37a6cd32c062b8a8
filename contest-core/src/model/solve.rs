//! Solves to record.

use crate::id::ProblemId;
use crate::time::Timestamp;

/// A solve to record that happened outside a contest, or that is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NewSolve {
    /// What was solved.
    pub problem: ProblemId,
    /// When.
    pub solved_at: Timestamp,
}

impl NewSolve {
    /// A solve of `problem` at `solved_at`.
    pub const fn new(problem: ProblemId, solved_at: Timestamp) -> Self {
        Self { problem, solved_at }
    }
}
