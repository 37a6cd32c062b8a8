//! A stored contest.

use crate::catalogue::Fingerprint;
use crate::id::{ContestId, ProblemId};
use crate::model::{Difficulty, IdempotencyKey, LatePolicy, PerDifficulty, Problem};
use crate::select::{AlgorithmVersion, Seed, SelectionMethod, SelectionRecord};
use crate::time::Timestamp;
use crate::user::{FORMAT, Unknown};

pub use crate::model::{Ending, EndingKind};

/// A stored contest. The store keeps it under its user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContestRecord {
    // First, because a mark changes only this field: a database that logs the difference between two
    // rows then logs less.
    /// The problems, in order.
    pub problems: Vec<AssignedProblem>,
    /// The format it was written with.
    pub format: u16,
    /// The id.
    pub id: ContestId,
    /// When it began.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub started_at: Timestamp,
    /// The first instant at which the contest no longer accepts work.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub deadline: Timestamp,
    /// Its end, if the user ended it. Expiry is not stored.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub ending: Option<Ending>,
    /// The policy for marks after the deadline.
    pub late_policy: LatePolicy,
    /// The number of its epoch.
    pub epoch: u64,
    /// The record of the selection.
    pub selection: SelectionRecord,
    /// The idempotency key and digest, if the caller gave a key.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub idempotency: Option<Idempotency>,
    /// Members that a later version wrote.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub unknown: Unknown,
}

/// A problem of a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AssignedProblem {
    /// The problem.
    pub problem: ProblemId,
    /// Its difficulty when the contest was created.
    pub difficulty: Difficulty,
    /// Its points, if its slot has any.
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

/// The mark of a solved problem of a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mark {
    /// The time of the mark.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub at: Timestamp,
    /// Whether the problem was unsolved before.
    pub newly: bool,
}

/// The idempotency key of a creation and the digest of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the request: equal if and only if the requests are equal.
    pub digest: RequestDigest,
}

/// A digest (SHA-256) of a request or of an import. Written as 64 hexadecimal digits.
pub type RequestDigest = Fingerprint;

impl ContestRecord {
    /// A contest of these problems without any mark, as one of [named
    /// problems](crate::select::SelectionRequest::with_problems) is created. For tests: all fields are
    /// public, so change the relevant ones.
    ///
    /// ```
    /// use contest_core::prelude::*;
    /// use contest_core::user::{ContestRecord, Mark};
    ///
    /// let start = Timestamp::from_micros(0);
    /// let minute = std::time::Duration::from_mins(1);
    /// let problem = Problem::new("two-sum", "Two Sum", Difficulty::Easy)?;
    /// let id = ContestId::new(start, 1);
    /// let mut contest = ContestRecord::new(id, start, start + 60 * minute, [&problem]);
    /// contest.problems[0].mark = Some(Mark { at: start + 9 * minute, newly: true });
    ///
    /// let pace = contest_core::progress::pace(&[contest], start + 10 * minute);
    /// assert_eq!(pace.by_difficulty.easy.median, Some(9 * minute));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new<'p>(
        id: ContestId,
        started_at: Timestamp,
        deadline: Timestamp,
        problems: impl IntoIterator<Item = &'p Problem>,
    ) -> Self {
        let assigned = problems.into_iter().map(|problem| AssignedProblem {
            problem: problem.id,
            difficulty: problem.difficulty,
            points: None,
            mark: None,
        });
        let problems: Vec<_> = assigned.collect();
        let mut taken = PerDifficulty::default();
        for assigned in &problems {
            taken[assigned.difficulty] += 1;
        }
        Self {
            format: FORMAT,
            id,
            started_at,
            deadline,
            ending: None,
            late_policy: LatePolicy::default(),
            epoch: 0,
            selection: SelectionRecord {
                algorithm: AlgorithmVersion::CURRENT,
                seed: Seed(0),
                catalogue: Fingerprint::default(),
                method: SelectionMethod::Named,
                asked: taken.easy + taken.medium + taken.hard,
                quota: PerDifficulty::default(),
                taken,
                parts: Vec::new(),
                open_slots: Vec::new(),
            },
            problems,
            idempotency: None,
            unknown: Unknown::default(),
        }
    }

    /// The problem with this id, if the contest has it.
    pub fn problem(&self, id: ProblemId) -> Option<&AssignedProblem> {
        self.problems.iter().find(|assigned| assigned.problem == id)
    }
}
