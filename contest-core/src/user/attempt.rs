//! An entry of a user's log of attempts.

use crate::id::{ContestId, ProblemId};
use crate::model::SubmissionId;
use crate::scoring::{Attempt, Score, Verdict};
use crate::time::Timestamp;

/// The fact that a user attempted a problem at some time, in a contest or elsewhere, with the latest
/// verdict. A ticked problem is an accepted attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AttemptRecord {
    /// When it was made.
    pub at: Timestamp,
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// The contest it was made in, if any.
    #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
    pub contest: Option<ContestId>,
    /// The host's id of the submission; `None` for a tick.
    #[cfg_attr(feature = "serde", serde(rename = "submission_id", default))]
    pub submission: Option<SubmissionId>,
    /// The latest verdict.
    #[cfg_attr(feature = "serde", serde(default = "accepted"))]
    pub verdict: Verdict,
    /// The score, if the host gives scores.
    #[cfg_attr(feature = "serde", serde(default))]
    pub score: Option<Score>,
    /// The number of the epoch it counts in.
    pub epoch: u64,
    /// When it was recorded; if it was accepted only later, when that was recorded.
    pub recorded_at: Timestamp,
    /// When it ceased to be a solve, if it was one: its mark was undone, or it was judged again.
    pub undone_at: Option<Timestamp>,
}

#[cfg(feature = "serde")]
const fn accepted() -> Verdict {
    Verdict::Accepted
}

/// The key of an entry. The contest is part of it, so that removing a mark never affects an attempt
/// recorded elsewhere at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AttemptKey {
    /// When it was made.
    pub at: Timestamp,
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// The contest it was made in, if any.
    #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
    pub contest: Option<ContestId>,
    /// The host's id of the submission, if it has one.
    #[cfg_attr(feature = "serde", serde(rename = "submission_id", default))]
    pub submission: Option<SubmissionId>,
}

impl AttemptRecord {
    /// A tick: an accepted attempt without a submission, recorded when it was made.
    pub const fn tick(
        problem: ProblemId,
        at: Timestamp,
        contest: Option<ContestId>,
        epoch: u64,
    ) -> Self {
        Self {
            at,
            problem,
            contest,
            submission: None,
            verdict: Verdict::Accepted,
            score: None,
            epoch,
            recorded_at: at,
            undone_at: None,
        }
    }

    /// The entry of an attempt recorded at `recorded_at`.
    pub(crate) fn of(
        attempt: &Attempt,
        contest: Option<ContestId>,
        epoch: u64,
        recorded_at: Timestamp,
    ) -> Self {
        Self {
            at: attempt.at,
            problem: attempt.problem,
            contest,
            submission: attempt.submission.clone(),
            verdict: attempt.verdict,
            score: attempt.score,
            epoch,
            recorded_at,
            undone_at: None,
        }
    }

    /// The key of this entry.
    pub fn key(&self) -> AttemptKey {
        AttemptKey {
            at: self.at,
            problem: self.problem,
            contest: self.contest,
            submission: self.submission.clone(),
        }
    }

    /// Whether it shows the problem as solved: it is accepted and not undone.
    pub fn is_solve(&self) -> bool {
        self.verdict == Verdict::Accepted && self.undone_at.is_none()
    }

    /// Whether it showed the problem as solved just before this instant.
    pub fn was_solve(&self, before: Timestamp) -> bool {
        let accepted = self
            .undone_at
            .map_or(self.verdict == Verdict::Accepted, |undone| undone >= before);
        self.recorded_at < before && accepted
    }
}
