//! Solves to record.

use contest_core::ProblemId;
use contest_core::catalogue::Catalogue;
use contest_core::model::{NewSolve, Slug};
use contest_core::rules::RecordedSolves;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

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
