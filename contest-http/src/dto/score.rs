//! Attempts and scores.

use std::time::Duration;

use contest_core::scoring::{Attempt, Points, ProblemScore, Score, TotalScore};
use contest_core::time::Timestamp;
use serde::{Serialize, Serializer};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// A duration in seconds: a whole number if it can be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds(pub(super) Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(duration) = *self;
        if duration.subsec_nanos() == 0 {
            to.serialize_u64(duration.as_secs())
        } else {
            to.serialize_f64(duration.as_secs_f64())
        }
    }
}

/// The score over all problems.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TotalScore))]
pub(super) struct TotalView {
    /// The sum of the points.
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 2))]
    points: Points,
    /// The number of solved problems.
    #[cfg_attr(feature = "openapi", schema(example = 2))]
    solved: u32,
    /// The penalty time in seconds: of the rules of the ICPC and of `AtCoder`; zero with other methods.
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 5_400))]
    penalty: Seconds,
    /// The latest time at which a problem with points or a solved one was decided, in seconds; null if there is
    /// none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>, minimum = 0, example = 2_400))]
    last: Option<Seconds>,
}

impl From<TotalScore> for TotalView {
    fn from(total: TotalScore) -> Self {
        Self {
            points: total.points,
            solved: total.solved,
            penalty: Seconds(total.penalty),
            last: total.last.map(Seconds),
        }
    }
}

/// The score at one problem.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ProblemScore))]
pub(super) struct ScoreView {
    /// The number of judged attempts that the method counts, up to the first accepted one if later ones cannot
    /// matter.
    #[cfg_attr(feature = "openapi", schema(example = 2))]
    judged: u32,
    /// The number of pending attempts.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    pending: u32,
    solved: bool,
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 1))]
    points: Points,
    /// The contest time of the attempt that decides the points, in seconds; null if there is none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>, minimum = 0, example = 2_400))]
    time: Option<Seconds>,
    /// The penalty time of the problem in seconds.
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 3_600))]
    penalty: Seconds,
}

impl From<ProblemScore> for ScoreView {
    fn from(score: ProblemScore) -> Self {
        Self {
            judged: score.judged,
            pending: score.pending,
            solved: score.solved,
            points: score.points,
            time: score.time.map(Seconds),
            penalty: Seconds(score.penalty),
        }
    }
}

/// An attempt at a problem of a contest.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Attempt))]
pub(super) struct AttemptView<'a> {
    /// The host's id of the submission; null for a mark.
    submission_id: Option<&'a str>,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    at: Timestamp,
    /// `accepted` for a mark; `pending`, `accepted`, `rejected`, `compile_error` or `not_counted` otherwise.
    #[cfg_attr(feature = "openapi", schema(example = "accepted"))]
    verdict: &'static str,
    /// The points that the host gave; null if it gave none.
    score: Option<GivenView>,
}

impl<'a> From<&'a Attempt> for AttemptView<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            submission_id: attempt.submission.as_ref().map(AsRef::as_ref),
            at: attempt.at,
            verdict: attempt.verdict.as_str(),
            score: attempt.score.map(Into::into),
        }
    }
}

/// The points that the host gave to an attempt.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = GivenScore))]
pub(super) struct GivenView {
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 40))]
    points: Points,
    /// Their maximum. The attempt earns this share of the problem's points; null if it earns the points
    /// themselves.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>, exclusive_minimum = 0, example = 50))]
    max: Option<Points>,
}

impl From<Score> for GivenView {
    fn from(score: Score) -> Self {
        Self {
            points: score.points(),
            max: score.max(),
        }
    }
}
