//! The log of attempts.

use contest_core::ContestId;
use contest_core::engine::Page;
use contest_core::time::Timestamp;
use contest_core::user::{AttemptKey, AttemptRecord};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor;
use crate::dto::score::GivenView;

/// The log of attempts, latest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct AttemptLog<'a> {
    attempts: Vec<LoggedAttemptView<'a>>,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

/// An attempt at a problem, in a contest or elsewhere. A mark and a recorded solve are accepted attempts.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoggedAttempt))]
pub struct LoggedAttemptView<'a> {
    problem_id: Uuid,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    at: Timestamp,
    /// The contest it was made in; null for an attempt outside a contest.
    contest_id: Option<Uuid>,
    /// The host's id of the submission; null for a mark and for a recorded solve.
    submission_id: Option<&'a str>,
    /// The latest verdict: `pending`, `accepted`, `rejected`, `compile_error` or `not_counted`.
    #[cfg_attr(feature = "openapi", schema(example = "accepted"))]
    verdict: &'static str,
    /// The points that the host gave; null if it gave none.
    score: Option<GivenView>,
    /// When it ceased to be a solve: the mark was undone, or the attempt was judged again; null otherwise.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    undone_at: Option<Timestamp>,
}

impl<'a> From<&'a AttemptRecord> for LoggedAttemptView<'a> {
    fn from(attempt: &'a AttemptRecord) -> Self {
        Self {
            problem_id: attempt.problem.as_uuid(),
            at: attempt.at,
            contest_id: attempt.contest.map(ContestId::as_uuid),
            submission_id: attempt.submission.as_ref().map(AsRef::as_ref),
            verdict: attempt.verdict.as_str(),
            score: attempt.score.map(Into::into),
            undone_at: attempt.undone_at,
        }
    }
}

impl<'a> From<&'a Page<AttemptRecord, AttemptKey>> for AttemptLog<'a> {
    fn from(page: &'a Page<AttemptRecord, AttemptKey>) -> Self {
        Self {
            attempts: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.as_ref().map(Cursor::encode),
        }
    }
}
