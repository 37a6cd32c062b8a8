//! How a selection would come about.

use std::collections::BTreeMap;

use contest_core::catalogue::Catalogue;
use contest_core::select::{
    Explanation, Funnel, PartExplanation, PoolExplanation, Rule, Seed, SelectionError,
    SlotExplanation,
};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::ProblemView;

/// How a selection would go, or why it would fail. Nothing was stored.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Explanation))]
pub struct ExplanationView<'a> {
    /// The seed that was used, as text: a contest asked for with it gets the same problems while
    /// nothing else changes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "42"))]
    seed: Seed,
    /// The problems, in order; empty when there is a refusal.
    problems: Vec<ProblemView<'a>>,
    /// How many fewer than asked for.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    shortfall: u16,
    /// Why nothing would be selected; null when something would.
    refusal: Option<Refusal>,
    /// How each part would go: one for a request without parts, none for one with
    /// slots or `problem_ids`.
    parts: Vec<PartView>,
    /// How each slot would go, or each of `problem_ids`.
    slots: Vec<SlotView<'a>>,
}

/// Why nothing is selected.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub(super) struct Refusal {
    /// As the `type` of the error that a creation would be answered with.
    #[serde(rename = "type")]
    #[cfg_attr(
        feature = "openapi",
        schema(example = "urn:contest:no_eligible_problems")
    )]
    kind: String,
    /// The reason in a sentence.
    detail: String,
    /// The problems it is about; left out where it is about none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problem_ids: Vec<Uuid>,
}

/// How one part would go.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PartExplanation))]
struct PartView {
    #[cfg_attr(feature = "openapi", schema(example = "uniform"))]
    strategy: &'static str,
    /// How many it asks for itself.
    needed: u16,
    /// How many more it was to give, because parts before it found too few.
    received: u16,
    /// How many it gave.
    taken: u16,
    /// How many it did not find, which the next part had to give.
    missing: u16,
    /// By difficulty, or one for all where the mix does not apply.
    pools: Vec<PoolView>,
}

/// What would be taken from one difficulty, or from all.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PoolExplanation))]
struct PoolView {
    /// Null for all of them.
    difficulty: Option<&'static str>,
    #[serde(flatten)]
    funnel: FunnelView,
    /// How many were wanted from it.
    needed: u16,
    /// How many it gave.
    taken: u16,
    /// How many of those in the place of others that had too few.
    received: u16,
    /// How many it could not give, which others were asked for.
    missing: u16,
}

/// How one slot would go.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SlotExplanation))]
struct SlotView<'a> {
    /// What may fill it, in words: the title of a named problem.
    #[cfg_attr(feature = "openapi", schema(example = "Easy to Medium about Graphs"))]
    description: &'a str,
    #[serde(flatten)]
    funnel: FunnelView,
    /// What fills it; null when nothing does.
    problem_id: Option<Uuid>,
}

/// How many problems each rule leaves over.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Funnel))]
struct FunnelView {
    /// Problems that are not retired.
    #[cfg_attr(feature = "openapi", schema(example = 150))]
    pool: u64,
    /// Those of them that the catalogue alone keeps out, by the first rule that does.
    #[cfg_attr(feature = "openapi", schema(example = json!({"topics": 137})))]
    removed: BTreeMap<&'static str, u64>,
    /// How many of the others were looked at: no more than it took.
    #[cfg_attr(feature = "openapi", schema(example = 6))]
    looked_at: u64,
    /// Those of them that may not come, by the first rule that says so.
    #[cfg_attr(feature = "openapi", schema(example = json!({"solved": 1})))]
    passed_over: BTreeMap<&'static str, u64>,
}

impl From<&SelectionError> for Refusal {
    fn from(error: &SelectionError) -> Self {
        Self {
            kind: format!("urn:contest:{}", error.code()),
            detail: error.to_string(),
            problem_ids: error.problems().iter().map(|id| id.as_uuid()).collect(),
        }
    }
}

impl<'a> ExplanationView<'a> {
    /// With details of the problems from `catalogue`, usually the one that was selected from.
    pub fn new(explanation: &'a Explanation, catalogue: &'a Catalogue) -> Self {
        let selected = explanation.outcome.as_ref();
        let problems = selected.map_or(&[][..], |selection| &selection.problems);
        let known = problems.iter().filter_map(|id| catalogue.get(*id));
        Self {
            seed: explanation.seed,
            problems: known.map(|problem| problem.as_ref().into()).collect(),
            shortfall: selected.map_or(0, |selection| selection.record.shortfall()),
            refusal: explanation.outcome.as_ref().err().map(Into::into),
            parts: explanation.parts.iter().map(Into::into).collect(),
            slots: explanation.slots.iter().map(Into::into).collect(),
        }
    }
}

impl From<&PartExplanation> for PartView {
    fn from(part: &PartExplanation) -> Self {
        Self {
            strategy: part.strategy.kind(),
            needed: part.needed,
            received: part.received,
            taken: part.taken,
            missing: part.missing(),
            pools: part.pools.iter().map(Into::into).collect(),
        }
    }
}

impl From<&PoolExplanation> for PoolView {
    fn from(pool: &PoolExplanation) -> Self {
        Self {
            difficulty: pool.difficulty.map(contest_core::model::Difficulty::as_str),
            funnel: (&pool.funnel).into(),
            needed: pool.needed,
            taken: pool.taken,
            received: pool.received(),
            missing: pool.missing(),
        }
    }
}

impl<'a> From<&'a SlotExplanation> for SlotView<'a> {
    fn from(slot: &'a SlotExplanation) -> Self {
        Self {
            description: &slot.description,
            funnel: (&slot.funnel).into(),
            problem_id: slot.problem.map(contest_core::ProblemId::as_uuid),
        }
    }
}

impl From<&Funnel> for FunnelView {
    fn from(funnel: &Funnel) -> Self {
        let named = |rules: &BTreeMap<Rule, u64>| {
            let named = rules.iter().map(|(rule, count)| (rule.as_str(), *count));
            named.collect()
        };
        Self {
            pool: funnel.pool,
            removed: named(&funnel.removed),
            looked_at: funnel.looked_at,
            passed_over: named(&funnel.passed_over),
        }
    }
}
