//! Solves: the fact that a user has solved a problem, and the history below it.

use crate::id::{ContestId, ProblemId, SolveEventId};
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

/// One entry of a user's append-only history: a change of the current fact about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct SolveEvent {
    /// Identity, given by the store; unique within the user's history.
    pub id: SolveEventId,
    /// Which problem.
    pub problem: ProblemId,
    /// What changed.
    pub kind: SolveEventKind,
    /// When: the time of the solve, or of its removal.
    pub at: Timestamp,
    /// The contest it was marked in, if it was.
    pub contest: Option<ContestId>,
}

/// What a [`SolveEvent`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum SolveEventKind {
    /// The problem became solved.
    Recorded,
    /// The solve was taken back.
    Removed,
}
