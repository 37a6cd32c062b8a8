//! Explanations of a selection.

use std::ops::RangeInclusive;

use crate::catalogue::OrdinalSet;
use crate::model::{Difficulty, Rating};
use crate::select::context::Context;
use crate::select::filled::Filled;
use crate::select::named::Named;
use crate::select::parts::{FilledPart, OpenPool, Parts};
use crate::select::sets::{Looks, about};
use crate::select::slots::Slots;
use crate::select::{
    Facts, Funnel, Input, PartExplanation, PoolExplanation, Rule, Seed, Selection, SelectionError,
    Slot, SlotExplanation, SlotLevel, Source,
};

/// How a selection came about, or why it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The seed used.
    pub seed: Seed,
    /// One entry per part, in the order of the request. A request without parts has one; one with
    /// slots, with named problems or with contradictions has none.
    pub parts: Vec<PartExplanation>,
    /// One entry per slot or named problem, in the order of the request; empty for a request with
    /// neither.
    pub slots: Vec<SlotExplanation>,
    /// The result of the selection.
    pub outcome: Result<Selection, SelectionError>,
}

/// Selects as [`select`](crate::select::select) does and explains the result, also of a failed
/// selection. Takes longer than a selection: it counts over the whole catalogue.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::model::Topic;
/// use contest_core::select::{Facts, Input, explain, select};
/// use contest_core::select::{ProblemCount, Rule, Seed, SelectionRequest};
/// use contest_core::time::Timestamp;
///
/// let catalogue = Catalogue::neetcode150();
/// let request = SelectionRequest::new(ProblemCount::new(5)?)
///     .with_excluded_topics([Topic::new("Graphs")?]);
/// let input = Input::new(&catalogue, &request, Seed(42), Timestamp::from_micros(0));
/// let facts = Facts::of(None, &catalogue);
/// let explanation = explain(&input, &facts);
/// assert_eq!(explanation.outcome, select(&input, &facts));
/// let easy = &explanation.parts[0].pools[0].funnel;
/// assert_eq!(easy.pool - easy.removed.get(&Rule::ExcludedTopics).unwrap_or(&0), easy.left());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain(input: &Input<'_>, facts: &Facts) -> Explanation {
    let context = input.context(facts, true);
    let (mut parts, mut slots) = (Vec::new(), Vec::new());
    let outcome = Filled::new(input, &context).and_then(|filled| {
        match &filled {
            Filled::Parts(filled) => parts = explain_parts(filled, &context),
            Filled::Slots(filled) => slots = explain_slots(filled, &context),
            Filled::Named(filled) => slots = explain_named(filled),
        }
        filled.outcome(&context)
    });
    Explanation {
        seed: input.seed,
        parts,
        slots,
        outcome,
    }
}

fn explain_parts(parts: &Parts<'_>, context: &Context<'_>) -> Vec<PartExplanation> {
    let explain = |part: &FilledPart<'_>| {
        let needed = part.needed(context.request.mix());
        let pools = part.pools.iter().zip(needed);
        PartExplanation {
            strategy: part.strategy.clone(),
            version: part.orders_by.version(),
            needed: part.count.get(),
            received: part.received,
            taken: part.taken(),
            pools: pools
                .map(|(pool, needed)| explain_pool(part, pool, needed, context))
                .collect(),
        }
    };
    parts.parts.iter().map(explain).collect()
}

fn explain_pool(
    part: &FilledPart<'_>,
    pool: &OpenPool<'_>,
    needed: u16,
    context: &Context<'_>,
) -> PoolExplanation {
    let mut funnel = match &part.source {
        Source::Rated(range) => {
            let rated = rated(context, range);
            without_others(filtered(context, None), context, &rated)
        }
        _ => filtered(context, pool.difficulty),
    };
    let picked = pool.picked.iter().map(|candidate| candidate.place.ordinal);
    add_looks(&mut funnel, context.looks(pool.number), &picked.collect());
    if part.source == Source::Solved {
        pass_over_unsolved(&mut funnel, context);
    }
    PoolExplanation {
        difficulty: pool.difficulty,
        funnel,
        needed,
        taken: u16::try_from(pool.picked.len()).unwrap_or(u16::MAX),
    }
}

fn explain_slots(slots: &Slots<'_>, context: &Context<'_>) -> Vec<SlotExplanation> {
    let requested = context.request.slots().iter().zip(&slots.filled);
    let explained = (0..).zip(requested).map(|(number, (slot, filled))| {
        let fitting = fitting(slot, context);
        let mut funnel = without_others(filtered(context, None), context, &fitting);
        add_looks(&mut funnel, context.looks(number), &OrdinalSet::default());
        SlotExplanation {
            description: slot.to_string(),
            funnel,
            problem: filled.map(|candidate| candidate.place.id),
        }
    });
    explained.collect()
}

/// Explains each named problem as a slot that only this problem fits.
fn explain_named(named: &Named<'_>) -> Vec<SlotExplanation> {
    let explained = named.0.iter().map(|(candidate, rule)| SlotExplanation {
        description: candidate.problem().title.clone(),
        funnel: Funnel {
            pool: 1,
            looked_at: 1,
            passed_over: rule.map(|rule| (rule, 1)).into_iter().collect(),
            ..Funnel::default()
        },
        problem: rule.is_none().then_some(candidate.place.id),
    });
    explained.collect()
}

/// Counts the problems removed by the filters of the request, of a difficulty or of all.
fn filtered(context: &Context<'_>, difficulty: Option<Difficulty>) -> Funnel {
    let sets = context.sets();
    let (pool, removed) = sets.map_or_else(Default::default, |sets| sets.removed(difficulty));
    Funnel {
        pool,
        removed,
        ..Funnel::default()
    }
}

/// Counts the problems that pass the filters and do not fit a slot or a band of ratings.
fn without_others(mut funnel: Funnel, context: &Context<'_>, fitting: &OrdinalSet) -> Funnel {
    let offered = context.sets().map(|sets| sets.offered(None));
    let offered = offered.unwrap_or_default();
    let others = offered.len() - offered.intersection_len(fitting);
    if others > 0 {
        funnel.removed.insert(Rule::Level, others);
    }
    funnel
}

/// The problems with a rating in this range.
fn rated(context: &Context<'_>, range: &RangeInclusive<Rating>) -> OrdinalSet {
    let pools = context.pools();
    let places = pools
        .rated(range)
        .iter()
        .filter_map(|rank| pools.place(*rank));
    places.map(|place| place.ordinal).collect()
}

/// The problems that fit a slot.
fn fitting(slot: &Slot, context: &Context<'_>) -> OrdinalSet {
    let live = context.catalogue.live_ordinals();
    let mut fitting = match slot.level() {
        SlotLevel::Rating { min, max } => rated(context, &(min..=max)),
        SlotLevel::Difficulty { min, max } => {
            let mut all = OrdinalSet::default();
            let fitting = Difficulty::ALL
                .into_iter()
                .filter(|d| (min..=max).contains(d));
            fitting.for_each(|difficulty| all.union_with(live[difficulty]));
            all
        }
    };
    if !slot.topics().is_empty() {
        fitting.intersect_with(&about(context.catalogue, slot.topics()));
    }
    fitting
}

/// Adds the problems that a source of solved problems does not offer.
fn pass_over_unsolved(funnel: &mut Funnel, context: &Context<'_>) {
    let offered = context.sets().map(|sets| sets.offered(None));
    let offered = offered.unwrap_or_default();
    let unsolved = offered.len() - offered.intersection_len(context.facts.solved());
    if unsolved > 0 {
        funnel.looked_at += unsolved;
        *funnel.passed_over.entry(Rule::Unsolved).or_default() += unsolved;
    }
}

/// Adds the results of the candidates looked at.
fn add_looks(funnel: &mut Funnel, looks: Looks, picked: &OrdinalSet) {
    funnel.looked_at = looks.at.len();
    for (rule, mut candidates) in looks.passed_over {
        // A picked problem may have come up again under another topic.
        candidates.subtract(picked);
        if !candidates.is_empty() {
            funnel.passed_over.insert(rule, candidates.len());
        }
    }
}
