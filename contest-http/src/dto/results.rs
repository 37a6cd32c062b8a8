//! Results of contests.

use contest_core::engine::Page;
use contest_core::id::ContestId;
use contest_core::progress::{ContestResult, PointsResult, ProblemTiming, ProblemsResult};
use contest_core::scoring::Points;
use contest_core::time::Timestamp;
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::dto::score::TotalView;

/// Results of contests, latest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ResultList {
    results: Vec<ResultView>,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

/// The result of a contest, final or so far.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ContestResult))]
pub struct ResultView {
    contest_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    started_at: Timestamp,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    deadline: Timestamp,
    /// When it ended: the deadline, if it expired. Null while it is active.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    ended_at: Option<Timestamp>,
    /// `active`, `completed`, `abandoned` or `expired`.
    #[cfg_attr(feature = "openapi", schema(example = "completed"))]
    status: &'static str,
    /// Numbers of problems.
    problems: CountsView,
    /// Points; null if the problems have none.
    points: Option<PointsView>,
    /// By the attempts made before the end.
    score: TotalView,
    /// Seconds from the start to the end or to now, at most to the deadline.
    #[cfg_attr(feature = "openapi", schema(example = 2_700))]
    seconds_spent: u64,
    /// The time that each marked problem took, in the order of the marks.
    timings: Vec<TimingView>,
}

/// A total, and the marked part of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ResultCounts))]
struct CountsView {
    #[cfg_attr(feature = "openapi", schema(example = 5))]
    total: u64,
    /// Marked, late or not.
    #[cfg_attr(feature = "openapi", schema(example = 4))]
    completed: u64,
    /// Marked after the deadline.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    late: u64,
}

/// Points in all, and those of the marked problems.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ResultPoints))]
struct PointsView {
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 500))]
    total: Points,
    /// Of marked problems, late or not.
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 400))]
    completed: Points,
    /// Of problems marked after the deadline.
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 100))]
    late: Points,
}

/// How long a problem took.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ProblemTiming))]
struct TimingView {
    problem_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    completed_at: Timestamp,
    /// Seconds from the previous mark, or the start, to its mark.
    #[cfg_attr(feature = "openapi", schema(example = 540))]
    seconds_spent: u64,
    is_late: bool,
}

impl From<&Page<ContestResult, ContestId>> for ResultList {
    fn from(page: &Page<ContestResult, ContestId>) -> Self {
        Self {
            results: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}

impl From<&ContestResult> for ResultView {
    fn from(result: &ContestResult) -> Self {
        Self {
            contest_id: result.contest.as_uuid(),
            started_at: result.started_at,
            deadline: result.deadline,
            ended_at: result.ended_at,
            status: result.status.as_str(),
            problems: result.problems.into(),
            points: result.points.map(Into::into),
            score: result.score.into(),
            seconds_spent: result.time_spent.as_secs(),
            timings: result.timings.iter().map(Into::into).collect(),
        }
    }
}

impl From<ProblemsResult> for CountsView {
    fn from(problems: ProblemsResult) -> Self {
        Self {
            total: problems.total,
            completed: problems.completed,
            late: problems.late,
        }
    }
}

impl From<PointsResult> for PointsView {
    fn from(points: PointsResult) -> Self {
        Self {
            total: points.total,
            completed: points.completed,
            late: points.late,
        }
    }
}

impl From<&ProblemTiming> for TimingView {
    fn from(timing: &ProblemTiming) -> Self {
        Self {
            problem_id: timing.problem.as_uuid(),
            completed_at: timing.completed_at,
            seconds_spent: timing.spent.as_secs(),
            is_late: timing.late_by.is_some(),
        }
    }
}
