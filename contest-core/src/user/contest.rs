//! A contest as it is stored.

use crate::id::{ContestId, ProblemId};
use crate::model::{Difficulty, IdempotencyKey, LatePolicy};
use crate::select::SelectionRecord;
use crate::time::Timestamp;
use crate::user::Unknown;

pub use crate::model::{Ending, EndingKind};

/// A contest as it is stored. Its user is the key it is stored under.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContestRecord {
    // First, because the rest stays as it is when a problem is marked, and a database that logs the
    // difference between two rows logs less then.
    /// The problems, in order.
    pub problems: Vec<AssignedProblem>,
    /// The format it was written in.
    pub format: u16,
    /// Identity.
    pub id: ContestId,
    /// When it began.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub started_at: Timestamp,
    /// When it stops accepting work: the first instant that is too late.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub deadline: Timestamp,
    /// How it ended, if the user ended it. Expiry is not stored.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub ending: Option<Ending>,
    /// What becomes of marks after the deadline.
    pub late_policy: LatePolicy,
    /// The number of the epoch it belongs to.
    pub epoch: u64,
    /// How the problems were picked.
    pub selection: SelectionRecord,
    /// The key it was created under, if the caller chose one.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub idempotency: Option<Idempotency>,
    /// Members of a later version.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub unknown: Unknown,
}

/// A problem of a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AssignedProblem {
    /// Which problem.
    pub problem: ProblemId,
    /// How hard it was when it was assigned.
    pub difficulty: Difficulty,
    /// What it is worth, if its slot says so.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub points: Option<u32>,
    /// Its mark, if it is marked.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub mark: Option<Mark>,
}

/// That a problem was marked as solved in a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mark {
    /// When.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub at: Timestamp,
    /// Whether it was not solved before.
    pub newly: bool,
}

/// The key of a creation and what was asked for under it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the request: equal if and only if the requests are.
    pub digest: RequestDigest,
}

/// A digest (SHA-256) of a request or of an import. Written as 64 hexadecimal digits.
pub type RequestDigest = crate::catalogue::Fingerprint;

impl ContestRecord {
    /// The problem of this id, if the contest has it.
    pub fn problem(&self, id: ProblemId) -> Option<&AssignedProblem> {
        self.problems.iter().find(|assigned| assigned.problem == id)
    }
}
