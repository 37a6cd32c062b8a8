//! What the host does to a participant: judged attempts, and extra time.

use std::time::Duration;

use contest_core::ProblemId;
use contest_core::model::{RangeError, SubmissionId};
use contest_core::progress::Contest;
use contest_core::rules::{Limits, RecordedAttempts};
use contest_core::scoring::{Attempt, Score, Verdict};
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::scoring::PointsBody;
use crate::extract::Object;
use crate::whole::Whole;

/// The most bytes of a body: an engine's default limit of 1,000 attempts fits.
pub(crate) const ATTEMPTS_LIMIT: usize = 1024 * 1024;

/// Attempts that the host has judged, or is judging.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewAttempts))]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptsBody {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<NewAttempt>, max_items = 1_000))]
    attempts: Vec<Object<NewAttempt>>,
}

/// An attempt at a problem. The same submission again is the same attempt; with another verdict or score, it is
/// judged again. Without a submission, the problem and the time identify it.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
struct NewAttempt {
    /// The host's id of the submission, unique in the contest.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = "^[!-~]+$"))]
    submission_id: Option<SubmissionId>,
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    problem_id: ProblemId,
    /// When it was made. It does not change when the attempt is judged again.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    at: Timestamp,
    #[cfg_attr(feature = "openapi", schema(value_type = VerdictName))]
    verdict: Verdict,
    /// Without a score, an accepted attempt earns the problem's points and a rejected one none.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<GivenFields>))]
    score: Option<Given>,
}

/// The verdict on an attempt: `pending` (not judged yet), `accepted`, `rejected`, `compile_error`, or `not_counted`
/// (as if the attempt had not been made).
#[cfg(feature = "openapi")]
#[derive(ToSchema)]
#[schema(as = Verdict, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes values of core")]
enum VerdictName {
    Pending,
    Accepted,
    Rejected,
    CompileError,
    NotCounted,
}

/// Points for an attempt.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewScore))]
#[serde(deny_unknown_fields)]
struct GivenFields {
    points: PointsBody,
    /// Their maximum, above zero. The attempt earns this share of the problem's points; without it, the points
    /// themselves.
    #[serde(default)]
    max: Option<PointsBody>,
}

/// A checked score.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Object<GivenFields>")]
struct Given(Score);

impl TryFrom<Object<GivenFields>> for Given {
    type Error = RangeError;

    fn try_from(Object(given): Object<GivenFields>) -> Result<Self, RangeError> {
        let PointsBody(points) = given.points;
        match given.max {
            Some(PointsBody(max)) => Score::out_of(points, max).map(Self),
            None => Ok(Self(Score::of(points))),
        }
    }
}

impl AttemptsBody {
    /// The attempts.
    ///
    /// # Errors
    /// There are more than a contest can have.
    pub(crate) fn attempts(self, limits: &Limits) -> Result<Vec<Attempt>, RangeError> {
        let whole = |size| i64::try_from(size).unwrap_or(i64::MAX);
        let (count, most) = (whole(self.attempts.len()), whole(limits.attempts));
        RangeError::check("attempts", "number of attempts", count, 0..=most)?;
        let attempts = self.attempts.into_iter().map(|Object(given)| {
            let mut attempt = Attempt::new(given.problem_id, given.at, given.verdict);
            attempt.submission = given.submission_id;
            attempt.score = given.score.map(|Given(score)| score);
            attempt
        });
        Ok(attempts.collect())
    }
}

/// The result of recording attempts.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RecordedAttempts))]
pub struct JudgedView {
    /// The number of new attempts.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    recorded: u64,
    /// The number of known attempts with another verdict or score.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    rejudged: u64,
    /// The number of attempts that were known as they are.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    unchanged: u64,
}

impl From<RecordedAttempts> for JudgedView {
    fn from(attempts: RecordedAttempts) -> Self {
        Self {
            recorded: attempts.recorded,
            rejudged: attempts.rejudged,
            unchanged: attempts.unchanged,
        }
    }
}

/// Extra time for a user in a round.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ExtraTime))]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtraTimeBody {
    /// The whole extra time.
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 0, maximum = 36_000, example = 900))]
    seconds: Whole,
}

impl ExtraTimeBody {
    /// The extra time.
    ///
    /// # Errors
    /// It is longer than the limits allow.
    pub(crate) fn time(&self, limits: &Limits) -> Result<Duration, RangeError> {
        let (Whole(seconds), most) = (self.seconds, i64::from(limits.extended_minutes) * 60);
        RangeError::check("seconds", "extra time in seconds", seconds, 0..=most)?;
        Ok(Duration::from_secs(seconds.unsigned_abs()))
    }
}

/// The user's contest after extra time was granted.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = GrantedTime))]
pub struct GrantedView {
    /// The user's contest of the round; null before the user has joined.
    contest_id: Option<Uuid>,
    /// Its deadline, extra time included; null before the user has joined.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    deadline: Option<Timestamp>,
}

impl From<Option<&Contest>> for GrantedView {
    fn from(contest: Option<&Contest>) -> Self {
        Self {
            contest_id: contest.map(|contest| contest.id.as_uuid()),
            deadline: contest.map(|contest| contest.deadline),
        }
    }
}
