//! A contest as it stands at one instant.

use contest_core::catalogue::Fingerprint;
use contest_core::engine::Page;
use contest_core::id::ContestId;
use contest_core::model::ContestStatus;
use contest_core::progress::{Contest, ContestProblem, ProblemTiming};
use contest_core::rules::ResumePolicy;
use contest_core::select::{Seed, SelectionRecord};
use contest_core::time::Timestamp;
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::dto::ProblemView;
use crate::dto::options::late;

/// A contest.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Contest))]
pub struct ContestView<'a> {
    id: Uuid,
    /// How long it was planned to run.
    #[cfg_attr(feature = "openapi", schema(example = 60))]
    duration_minutes: u64,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    started_at: Timestamp,
    /// The first instant that is too late for work.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    deadline: Timestamp,
    /// When it ended: the deadline, if it expired. Null while it is active.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    ended_at: Option<Timestamp>,
    /// `active`, `completed`, `abandoned` or `expired`.
    #[cfg_attr(feature = "openapi", schema(example = "active"))]
    status: &'static str,
    /// Whether problems can be ticked off at `server_now`: while it is active, and after the deadline
    /// for as long as `grace_seconds` says.
    accepts_marks: bool,
    /// What becomes of a problem ticked off after the deadline: `reject`, or `accept` for
    /// `grace_seconds`, as late.
    #[cfg_attr(feature = "openapi", schema(example = "reject"))]
    late_policy: &'static str,
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    grace_seconds: u64,
    /// Whether it was abandoned and may be resumed, as long as no other contest is active.
    can_resume: bool,
    /// Easy to hard, or in the order of the request's `slots` or `problem_ids`.
    problems: Vec<ContestProblemView<'a>>,
    /// Seconds to the deadline, rounded up: zero exactly when the contest is not active.
    #[cfg_attr(feature = "openapi", schema(example = 3600))]
    time_remaining_seconds: u64,
    /// The server's time, to which all of this refers. Count down from here, not from the client's
    /// clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    server_now: Timestamp,
    selection: SelectionView,
}

/// A problem of a contest.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ContestProblem))]
struct ContestProblemView<'a> {
    /// Its place, from 1.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    order: u32,
    is_completed: bool,
    /// When it was ticked off; null while it is not.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    completed_at: Option<Timestamp>,
    /// Whether it was ticked off after the deadline.
    is_late: bool,
    /// Seconds from the mark before it, or the start, to its own; left out while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = 540))]
    seconds_spent: Option<u64>,
    /// What it is worth, for a contest of slots that says so; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = 100))]
    points: Option<u32>,
    problem: ProblemView<'a>,
}

/// How the problems were picked; enough to pick them again.
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
    /// How they were picked: `uniform`, `topic_balanced`, another strategy, `parts` or `slots`; `named` when
    /// the request named them.
    #[cfg_attr(feature = "openapi", schema(example = "uniform"))]
    strategy: &'static str,
    /// How many problems fewer than asked for were left.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    shortfall: u16,
}

impl<'a> ContestView<'a> {
    /// A contest of a host with this policy, which says whether it can be resumed.
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

/// A contest of a host that lets no user resume one.
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
    // Most requests are for a contest that has just begun, which has none.
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
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

impl<'a> ContestList<'a> {
    /// A page of contests of a host with this policy.
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
