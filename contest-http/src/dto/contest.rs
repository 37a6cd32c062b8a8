//! A contest at one instant.

use contest_core::catalogue::Fingerprint;
use contest_core::engine::Page;
use contest_core::id::ContestId;
use contest_core::model::ContestStatus;
use contest_core::progress::{Contest, ContestProblem, ProblemTiming};
use contest_core::rules::ResumePolicy;
use contest_core::scoring::{Points, Scoring};
use contest_core::select::{Seed, SelectionRecord};
use contest_core::time::Timestamp;
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::dto::ProblemView;
use crate::dto::options::late;
use crate::dto::score::{AttemptView, ScoreView, TotalView};
#[cfg(feature = "openapi")]
use crate::dto::scoring::ScoringBody;

/// A contest.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Contest))]
pub struct ContestView<'a> {
    id: Uuid,
    /// The planned duration, extra time included.
    #[cfg_attr(feature = "openapi", schema(example = 60))]
    duration_minutes: u64,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    started_at: Timestamp,
    /// The first instant at which a mark is late.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    deadline: Timestamp,
    /// When it ended: the deadline, if it expired. Null while it is active.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    ended_at: Option<Timestamp>,
    /// `active`, `completed`, `abandoned` or `expired`.
    #[cfg_attr(feature = "openapi", schema(example = "active"))]
    status: &'static str,
    /// Whether problems can be marked at `server_now`: while the contest is active, and for
    /// `grace_seconds` after the deadline.
    accepts_marks: bool,
    /// The policy for marks after the deadline: `reject`, or `accept` them as late for `grace_seconds`.
    #[cfg_attr(feature = "openapi", schema(example = "reject"))]
    late_policy: &'static str,
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    grace_seconds: u64,
    /// The round it belongs to; null if it belongs to none.
    round_id: Option<Uuid>,
    #[cfg_attr(feature = "openapi", schema(value_type = ScoringBody))]
    scoring: &'a Scoring,
    /// By the attempts made before the end.
    score: TotalView,
    /// Whether it is abandoned and may be resumed while no other contest is active.
    can_resume: bool,
    /// Easy to hard, or in the order of the request's `slots` or `problem_ids`.
    problems: Vec<ContestProblemView<'a>>,
    /// Seconds to the deadline, rounded up: zero exactly when the contest is not active.
    #[cfg_attr(feature = "openapi", schema(example = 3600))]
    time_remaining_seconds: u64,
    /// The server's time, to which all members refer. Base a countdown on it, not on the client's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    server_now: Timestamp,
    selection: SelectionView,
}

/// A problem of a contest.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ContestProblem))]
struct ContestProblemView<'a> {
    /// Its position, from 1.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    order: u32,
    /// Whether it is marked.
    is_completed: bool,
    /// When it was marked; null while it is not.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    completed_at: Option<Timestamp>,
    /// Whether it was marked after the deadline.
    is_late: bool,
    /// Seconds from the previous mark, or the start, to its mark; left out while it is not marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = 540))]
    seconds_spent: Option<u64>,
    /// Its points, if its slot or the round gives it any; left out otherwise. Without points it is worth one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = f64, required = false, minimum = 0, example = 100))]
    points: Option<Points>,
    score: ScoreView,
    /// The attempts at it, a mark included, in the order in which they were made.
    attempts: Vec<AttemptView<'a>>,
    problem: ProblemView<'a>,
}

/// How the problems were selected; enough to replay the selection.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Selection))]
struct SelectionView {
    /// The version of the algorithm.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    algorithm: u16,
    /// A whole number of 64 bits, as text because some JSON readers keep only 53.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "42"))]
    seed: Seed,
    /// The fingerprint of the catalogue.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    catalogue: Fingerprint,
    /// How they were selected: `uniform`, `topic_balanced`, another strategy, `parts` or `slots`; `named` if
    /// the request named them.
    #[cfg_attr(feature = "openapi", schema(example = "uniform"))]
    strategy: &'static str,
    /// Number of requested problems that were not found.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    shortfall: u16,
}

impl<'a> ContestView<'a> {
    /// The response for `contest`. The host's policy `resume` decides whether it can be resumed.
    pub fn new(contest: &'a Contest, resume: ResumePolicy) -> Self {
        let remaining = contest.time_remaining();
        let (late_policy, grace) = late(contest.late_policy);
        Self {
            id: contest.id.as_uuid(),
            duration_minutes: contest.duration().as_secs() / 60,
            started_at: contest.started_at,
            deadline: contest.deadline,
            ended_at: contest.ended_at,
            status: contest.status.as_str(),
            accepts_marks: contest.accepts_marks(),
            late_policy,
            grace_seconds: grace.as_secs(),
            round_id: contest.round.map(Into::into),
            scoring: &contest.scoring,
            score: contest.score.into(),
            can_resume: resume == ResumePolicy::BeforeDeadline
                && contest.status == ContestStatus::Abandoned
                && contest.as_of < contest.deadline,
            problems: problems(contest),
            time_remaining_seconds: remaining.as_secs() + u64::from(remaining.subsec_nanos() > 0),
            server_now: contest.as_of,
            selection: (&contest.selection).into(),
        }
    }
}

/// With the default policy: no contest can be resumed.
impl<'a> From<&'a Contest> for ContestView<'a> {
    fn from(contest: &'a Contest) -> Self {
        Self::new(contest, ResumePolicy::default())
    }
}

impl From<&SelectionRecord> for SelectionView {
    fn from(record: &SelectionRecord) -> Self {
        Self {
            algorithm: record.algorithm.0,
            seed: record.seed,
            catalogue: record.catalogue,
            strategy: record.method.as_str(),
            shortfall: record.shortfall(),
        }
    }
}

fn problems(contest: &Contest) -> Vec<ContestProblemView<'_>> {
    // Most requests are for a contest that has just begun, which has no marks.
    let timings = match contest.completed_problems() {
        0 => Vec::new(),
        _ => contest.timings(),
    };
    let view = |entry| ContestProblemView::new(entry, contest.deadline, &timings);
    contest.problems.iter().map(view).collect()
}

impl<'a> ContestProblemView<'a> {
    fn new(entry: &'a ContestProblem, deadline: Timestamp, timings: &[ProblemTiming]) -> Self {
        let timing = timings.iter().find(|of| of.problem == entry.problem.id);
        Self {
            order: entry.order,
            is_completed: entry.completed_at.is_some(),
            completed_at: entry.completed_at,
            is_late: entry.late_by(deadline).is_some(),
            seconds_spent: timing.map(|timing| timing.spent.as_secs()),
            points: entry.points,
            score: entry.score.into(),
            attempts: entry.attempts.iter().map(Into::into).collect(),
            problem: entry.problem.as_ref().into(),
        }
    }
}

/// The active contest, or none.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ActiveContest<'a> {
    contest: Option<ContestView<'a>>,
}

impl<'a> From<Option<ContestView<'a>>> for ActiveContest<'a> {
    fn from(contest: Option<ContestView<'a>>) -> Self {
        Self { contest }
    }
}

/// Contests, latest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ContestList<'a> {
    contests: Vec<ContestView<'a>>,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

impl<'a> ContestList<'a> {
    /// The response for a page of contests. The host's policy `resume` decides which can be resumed.
    pub fn new(page: &'a Page<Contest, ContestId>, resume: ResumePolicy) -> Self {
        let contests = page.items.iter();
        Self {
            contests: contests
                .map(|contest| ContestView::new(contest, resume))
                .collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}
