//! An attempt at a problem, and its verdict.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::id::ProblemId;
use crate::model::{RangeError, SubmissionId};
use crate::scoring::Points;
use crate::time::Timestamp;

/// The verdict on an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Verdict {
    /// Not judged yet, or judging failed. It has no effect on scores.
    Pending,
    /// The problem is solved.
    Accepted,
    /// The problem is not solved. The attempt may have a [score](Attempt::score) nevertheless.
    Rejected,
    /// The solution did not compile. No scoring method counts it, except
    /// [ICPC](crate::scoring::Icpc) if [configured](crate::scoring::CompileErrors).
    CompileError,
    /// As if the attempt had not been made: it was taken back, or the host ignores it.
    NotCounted,
}

impl Verdict {
    /// A stable name, such as `compile_error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::CompileError => "compile_error",
            Self::NotCounted => "not_counted",
        }
    }
}

/// A text is not a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a verdict: expected pending, accepted, rejected, compile_error or not_counted"
)]
#[non_exhaustive]
pub struct ParseVerdictError {
    /// The text given, cut to its first 64 characters.
    pub text: String,
}

impl FromStr for Verdict {
    type Err = ParseVerdictError;

    fn from_str(text: &str) -> Result<Self, ParseVerdictError> {
        let all = [
            Self::Pending,
            Self::Accepted,
            Self::Rejected,
            Self::CompileError,
            Self::NotCounted,
        ];
        let found = all.into_iter().find(|verdict| verdict.as_str() == text);
        found.ok_or_else(|| ParseVerdictError {
            text: text.chars().take(64).collect(),
        })
    }
}

/// The points that the host gave to an attempt, with their maximum if there is one.
///
/// With a maximum, the attempt earns that share of the problem's points: 40 of 50 is 80 for a problem of
/// 100 points. Without one, it earns the points themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Members"))]
pub struct Score {
    points: Points,
    max: Option<Points>,
}

impl Score {
    /// Points without a maximum.
    pub const fn of(points: Points) -> Self {
        Self { points, max: None }
    }

    /// Points out of a maximum. They may be more than it.
    ///
    /// # Errors
    /// [`RangeError`] if the maximum is zero.
    pub fn out_of(points: Points, max: Points) -> Result<Self, RangeError> {
        if max == Points::ZERO {
            let most = i64::from(u32::MAX);
            RangeError::check("max", "maximum of the score", 0, 1..=most)?;
        }
        let max = Some(max);
        Ok(Self { points, max })
    }

    /// The points given.
    pub const fn points(self) -> Points {
        self.points
    }

    /// Their maximum, if any.
    pub const fn max(self) -> Option<Points> {
        self.max
    }

    /// The points earned at a problem that is worth this many.
    pub(crate) fn earned(self, worth: Points) -> Points {
        let share = self.max.map(|max| worth.ratio(self.points, max));
        share.unwrap_or(self.points)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Members {
    points: Points,
    max: Option<Points>,
}

#[cfg(feature = "serde")]
impl TryFrom<Members> for Score {
    type Error = RangeError;

    fn try_from(Members { points, max }: Members) -> Result<Self, RangeError> {
        match max {
            Some(max) => Self::out_of(points, max),
            None => Ok(Self::of(points)),
        }
    }
}

/// An attempt at a problem.
///
/// The same [submission](Attempt::submission) again is the same attempt; with another verdict or score,
/// it is a rejudgement. Without an id, a problem and a time identify the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Attempt {
    /// The host's id of the submission, unique in the round.
    #[cfg_attr(feature = "serde", serde(rename = "submission_id", default))]
    pub submission: Option<SubmissionId>,
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// When it was made. Judging later does not change it.
    pub at: Timestamp,
    /// The latest verdict.
    pub verdict: Verdict,
    /// The score, if the host gives scores. Without one, an accepted attempt earns the problem's points
    /// and a rejected one none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub score: Option<Score>,
}

impl Attempt {
    /// An attempt without a submission id and score.
    pub const fn new(problem: ProblemId, at: Timestamp, verdict: Verdict) -> Self {
        Self {
            submission: None,
            problem,
            at,
            verdict,
            score: None,
        }
    }

    /// A ticked problem: an accepted attempt.
    pub const fn tick(problem: ProblemId, at: Timestamp) -> Self {
        Self::new(problem, at, Verdict::Accepted)
    }

    /// With the host's id of the submission.
    #[must_use]
    pub fn with_submission(mut self, submission: SubmissionId) -> Self {
        self.submission = Some(submission);
        self
    }

    /// With a score.
    #[must_use]
    pub const fn with_score(mut self, score: Score) -> Self {
        self.score = Some(score);
        self
    }

    /// Its place in the order of attempts.
    pub(crate) fn made(&self) -> Made {
        Made {
            at: self.at,
            submission: self.submission.clone(),
        }
    }

    /// The attempt as the public sees it during a freeze: pending. One that is not counted stays so: it was not
    /// made.
    #[must_use]
    pub(crate) fn hidden(mut self) -> Self {
        let Judgement { verdict, score } = self.judgement().hidden();
        (self.verdict, self.score) = (verdict, score);
        self
    }

    pub(crate) const fn judgement(&self) -> Judgement {
        Judgement {
            verdict: self.verdict,
            score: self.score,
        }
    }
}

/// A verdict with its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) score: Option<Score>,
}

impl Judgement {
    /// The judgement as the public sees it during a freeze.
    pub(crate) const fn hidden(self) -> Self {
        match self.verdict {
            Verdict::NotCounted => self,
            _ => Self {
                verdict: Verdict::Pending,
                score: None,
            },
        }
    }
}

/// The place of an attempt in the order in which attempts were made: by time, then by submission id,
/// shorter ids first, so that 9 comes before 10.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) at: Timestamp,
    pub(crate) submission: Option<SubmissionId>,
}

impl Ord for Made {
    fn cmp(&self, other: &Self) -> Ordering {
        let id = |made: &'_ Self| made.submission.as_ref().map(|id| id.as_str().len());
        (self.at, id(self), &self.submission).cmp(&(other.at, id(other), &other.submission))
    }
}

impl PartialOrd for Made {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
