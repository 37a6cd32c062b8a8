//! The explanation of a selection.

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
    /// The seed used, as text: a contest created with it gets the same problems while nothing else
    /// changes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "42"))]
    seed: Seed,
    /// The problems, in order; empty if there is a `refusal`.
    problems: Vec<ProblemView<'a>>,
    /// Number of requested problems that were not found.
    #[cfg_attr(feature = "openapi", schema(example = 0))]
    shortfall: u16,
    /// Why the selection would fail; null if it would not.
    refusal: Option<Refusal>,
    /// The selection of each part: one for a request without parts, none for one with `slots` or
    /// `problem_ids`.
    parts: Vec<PartView>,
    /// The selection of each slot, or of each of `problem_ids`.
    slots: Vec<SlotView<'a>>,
}

/// Why a selection fails.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub(super) struct Refusal {
    /// The `type` of the error that a creation would get.
    #[serde(rename = "type")]
    #[cfg_attr(
        feature = "openapi",
        schema(example = "urn:contest:no_eligible_problems")
    )]
    kind: String,
    /// The reason in a sentence.
    detail: String,
    /// The problems concerned; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problem_ids: Vec<Uuid>,
}

/// The selection of one part.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PartExplanation))]
struct PartView {
    #[cfg_attr(feature = "openapi", schema(example = "uniform"))]
    strategy: &'static str,
    /// Number of problems that the part requests.
    needed: u16,
    /// Number of problems added because earlier parts found too few.
    received: u16,
    /// Number of problems selected.
    taken: u16,
    /// Number of problems not found, and added to the next part.
    missing: u16,
    /// One for each difficulty, or one for all if the mix does not apply.
    pools: Vec<PoolView>,
}

/// The selection from one difficulty, or from all.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PoolExplanation))]
struct PoolView {
    /// Null for a pool of all difficulties.
    difficulty: Option<&'static str>,
    #[serde(flatten)]
    funnel: FunnelView,
    /// Number of problems wanted from the pool.
    needed: u16,
    /// Number of problems selected.
    taken: u16,
    /// Number of those that replace problems missing in other pools.
    received: u16,
    /// Number of problems not found, and wanted from other pools instead.
    missing: u16,
}

/// The selection for one slot.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SlotExplanation))]
struct SlotView<'a> {
    /// The problems that fit, in words; the title of a problem that the request names.
    #[cfg_attr(feature = "openapi", schema(example = "Easy to Medium about Graphs"))]
    description: &'a str,
    #[serde(flatten)]
    funnel: FunnelView,
    /// The problem that fills it; null if none does.
    problem_id: Option<Uuid>,
}

/// Number of problems that each rule leaves out.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Funnel))]
struct FunnelView {
    /// Number of problems that are not retired.
    #[cfg_attr(feature = "openapi", schema(example = 150))]
    pool: u64,
    /// Number of those that rules about the catalogue alone leave out, by the first such rule.
    #[cfg_attr(feature = "openapi", schema(example = json!({"topics": 137})))]
    removed: BTreeMap<&'static str, u64>,
    /// Number of the others that were examined: no more than necessary.
    #[cfg_attr(feature = "openapi", schema(example = 6))]
    looked_at: u64,
    /// Number of those that other rules leave out, by the first such rule.
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
    /// With details of the problems from `catalogue`, usually the one that the selection used.
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
