//! A contest as it stands at one instant.

use contest_core::catalogue::Fingerprint;
use contest_core::engine::Page;
use contest_core::id::ContestId;
use contest_core::model::{Contest, ContestProblem};
use contest_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::dto::{ProblemView, rfc3339, rfc3339_or_null, text};

/// A contest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contest)]
pub(crate) struct ContestView<'a> {
    id: Uuid,
    /// How long it was planned to run.
    #[schema(example = 60)]
    duration_minutes: u64,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// The first instant that is too late for work.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    deadline: Timestamp,
    /// When it ended: the deadline, if it expired. Null while it is active.
    #[serde(serialize_with = "rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// `active`, `completed`, `abandoned` or `expired`.
    #[schema(example = "active")]
    status: &'static str,
    /// Easy to hard.
    problems: Vec<ContestProblemView<'a>>,
    /// Seconds to the deadline, rounded up: zero exactly when the contest is not active.
    #[schema(example = 3600)]
    time_remaining_seconds: u64,
    /// The server's time, to which all of this refers. Count down from here, not from the client's
    /// clock.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    server_now: Timestamp,
    selection: SelectionView,
}

/// A problem of a contest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContestProblem)]
struct ContestProblemView<'a> {
    /// Its place, from 1.
    #[schema(example = 1)]
    order: u32,
    is_completed: bool,
    /// When it was ticked off; null while it is not.
    #[serde(serialize_with = "rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
    problem: ProblemView<'a>,
}

/// How the problems were picked; enough to pick them again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Selection)]
struct SelectionView {
    /// The version of the algorithm.
    #[schema(example = 1)]
    algorithm: u16,
    /// A whole number of 64 bits, as text because some JSON readers keep only 53.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, example = "42")]
    seed: u64,
    /// The fingerprint of the catalogue.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String)]
    catalogue: Fingerprint,
    /// How many problems fewer than asked for were left.
    #[schema(example = 0)]
    shortfall: u16,
}

impl<'a> From<&'a Contest> for ContestView<'a> {
    fn from(contest: &'a Contest) -> Self {
        let remaining = contest.time_remaining();
        Self {
            id: contest.id.as_uuid(),
            duration_minutes: contest.duration().as_secs() / 60,
            started_at: contest.started_at,
            deadline: contest.deadline,
            ended_at: contest.ended_at,
            status: contest.status.as_str(),
            problems: contest.problems.iter().map(Into::into).collect(),
            time_remaining_seconds: remaining.as_secs() + u64::from(remaining.subsec_nanos() > 0),
            server_now: contest.as_of,
            selection: SelectionView {
                algorithm: contest.selection.algorithm.0,
                seed: contest.selection.seed.0,
                catalogue: contest.selection.catalogue,
                shortfall: contest.selection.shortfall(),
            },
        }
    }
}

impl<'a> From<&'a ContestProblem> for ContestProblemView<'a> {
    fn from(entry: &'a ContestProblem) -> Self {
        Self {
            order: entry.order,
            is_completed: entry.completed_at.is_some(),
            completed_at: entry.completed_at,
            problem: entry.problem.as_ref().into(),
        }
    }
}

/// The active contest, or none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActiveContest<'a> {
    contest: Option<ContestView<'a>>,
}

impl<'a> From<Option<&'a Contest>> for ActiveContest<'a> {
    fn from(contest: Option<&'a Contest>) -> Self {
        Self {
            contest: contest.map(Into::into),
        }
    }
}

/// Contests, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContestList<'a> {
    contests: Vec<ContestView<'a>>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

impl<'a> From<&'a Page<Contest, ContestId>> for ContestList<'a> {
    fn from(page: &'a Page<Contest, ContestId>) -> Self {
        Self {
            contests: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}
