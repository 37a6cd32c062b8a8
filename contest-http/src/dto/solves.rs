//! Solves to record, and the log of solves.

use contest_core::catalogue::Catalogue;
use contest_core::engine::Page;
use contest_core::model::{NewSolve, Slug};
use contest_core::rules::RecordedSolves;
use contest_core::time::Timestamp;
use contest_core::user::{AttemptKey, AttemptRecord};
use contest_core::{ContestId, ProblemId};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::extract::{Object, invalid_body};

/// Problems solved outside a contest.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewSolves))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSolvesBody {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<NewSolveBody>, max_items = 10_000))]
    pub(crate) solves: Vec<Object<NewSolveBody>>,
}

/// A problem solved outside a contest.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewSolve))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSolveBody {
    /// The problem by its id. Give this or `slug`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Uuid>))]
    problem_id: Option<ProblemId>,
    /// The problem by its slug, for solves from another service.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "two-sum"))]
    slug: Option<Slug>,
    /// When it was solved; now by default. Not in the future: a time ahead by no more than the allowance
    /// for clocks that differ means now.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    solved_at: Option<Timestamp>,
}

impl NewSolvesBody {
    /// The solves, with slugs looked up in `catalogue`.
    pub(crate) fn resolve(self, catalogue: &Catalogue) -> Result<Vec<NewSolve>, ProblemDetails> {
        let solves = self.solves.into_iter().zip(0..);
        let resolved = solves.map(|(Object(body), place): (_, usize)| {
            let problem = match (body.problem_id, &body.slug) {
                (Some(id), None) => id,
                // A newer catalogue may have the slug. The engine reloads the catalogue for an unknown
                // id, and problems get their id from their slug.
                (None, Some(slug)) => match catalogue.by_slug(slug) {
                    Some(problem) => problem.id,
                    None => ProblemId::from_slug(slug),
                },
                _ => {
                    let why = "name the problem by either its id or its slug";
                    return Err(invalid_body(why).with_field(format!("solves[{place}]")));
                }
            };
            Ok(NewSolve {
                problem,
                solved_at: body.solved_at,
            })
        });
        resolved.collect()
    }
}

/// The result of recording solves.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RecordedSolves))]
pub struct RecordedView {
    /// Number of problems newly solved.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    recorded: u64,
    /// Number of problems already solved.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    already_solved: u64,
    /// How many of the solves were dated ahead, by no more than clocks differ, and count as of now.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    taken_as_now: u64,
}

impl From<RecordedSolves> for RecordedView {
    fn from(solves: RecordedSolves) -> Self {
        Self {
            recorded: solves.recorded,
            already_solved: solves.already_solved,
            taken_as_now: solves.taken_as_now,
        }
    }
}

/// The log of solves, latest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SolveHistory {
    events: Vec<SolveView>,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

/// A solve, for the first time or again.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AttemptRecord))]
pub struct SolveView {
    problem_id: Uuid,
    /// When it was solved.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    at: Timestamp,
    /// The contest it was marked in; null for a solve outside a contest.
    contest_id: Option<Uuid>,
    /// When it was undone; null while it counts.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    undone_at: Option<Timestamp>,
}

impl From<&AttemptRecord> for SolveView {
    fn from(solve: &AttemptRecord) -> Self {
        Self {
            problem_id: solve.problem.as_uuid(),
            at: solve.at,
            contest_id: solve.contest.map(ContestId::as_uuid),
            undone_at: solve.undone_at,
        }
    }
}

impl From<&Page<AttemptRecord, AttemptKey>> for SolveHistory {
    fn from(page: &Page<AttemptRecord, AttemptKey>) -> Self {
        Self {
            events: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}
