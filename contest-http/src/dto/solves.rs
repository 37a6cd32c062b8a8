//! Solves: those to record, and the history.

use std::borrow::Cow;

use contest_core::ProblemId;
use contest_core::engine::Page;
use contest_core::id::SolveEventId;
use contest_core::model::{NewSolve, SolveEvent, SolveEventKind};
use contest_core::store::RecordedSolves;
use contest_core::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::dto::rfc3339;
use crate::extract::Object;

/// Problems solved outside a contest.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewSolves)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSolvesBody {
    #[schema(value_type = Vec<NewSolveBody>, max_items = 10_000)]
    pub(crate) solves: Vec<Object<NewSolveBody>>,
}

/// A problem solved outside a contest.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewSolve)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSolveBody {
    #[schema(value_type = Uuid)]
    pub(crate) problem_id: ProblemId,
    /// When; not in the future.
    #[serde(deserialize_with = "instant")]
    #[schema(value_type = String, format = DateTime)]
    pub(crate) solved_at: Timestamp,
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = Cow::<'_, str>::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

impl From<Object<NewSolveBody>> for NewSolve {
    fn from(Object(body): Object<NewSolveBody>) -> Self {
        Self::new(body.problem_id, body.solved_at)
    }
}

/// What became of solves to record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordedSolves)]
pub(crate) struct RecordedView {
    /// How many problems became solved.
    #[schema(example = 1)]
    recorded: u64,
    /// How many already were.
    #[schema(example = 0)]
    already_solved: u64,
}

impl From<RecordedSolves> for RecordedView {
    fn from(solves: RecordedSolves) -> Self {
        Self {
            recorded: solves.recorded,
            already_solved: solves.already_solved,
        }
    }
}

/// What was solved and unmarked, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SolveHistory {
    events: Vec<SolveEventView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// A change: a problem became solved, or its solve was taken back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SolveEvent)]
struct SolveEventView {
    id: Uuid,
    problem_id: Uuid,
    /// `solved` or `unsolved`.
    #[schema(example = "solved")]
    kind: &'static str,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The contest it was ticked off in; null for a solve outside a contest.
    contest_id: Option<Uuid>,
}

impl From<&SolveEvent> for SolveEventView {
    fn from(event: &SolveEvent) -> Self {
        Self {
            id: event.id.as_uuid(),
            problem_id: event.problem.as_uuid(),
            kind: match event.kind {
                SolveEventKind::Removed => "unsolved",
                _ => "solved",
            },
            at: event.at,
            contest_id: event.contest.map(contest_core::ContestId::as_uuid),
        }
    }
}

impl From<&Page<SolveEvent, (Timestamp, SolveEventId)>> for SolveHistory {
    fn from(page: &Page<SolveEvent, (Timestamp, SolveEventId)>) -> Self {
        Self {
            events: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}
