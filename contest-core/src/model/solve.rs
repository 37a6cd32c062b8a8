//! Solves to record.

use crate::id::ProblemId;
use crate::time::Timestamp;

/// A solve to record: one outside a contest, or an imported one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NewSolve {
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// When it was solved; `None` for now.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub solved_at: Option<Timestamp>,
}

impl NewSolve {
    /// A solve of `problem` at `solved_at`.
    pub const fn new(problem: ProblemId, solved_at: Timestamp) -> Self {
        Self {
            problem,
            solved_at: Some(solved_at),
        }
    }

    /// A solve of `problem` now.
    pub const fn now(problem: ProblemId) -> Self {
        Self {
            problem,
            solved_at: None,
        }
    }
}
