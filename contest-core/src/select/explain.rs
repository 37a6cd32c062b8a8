//! Explanations of a selection.

use crate::model::{Difficulty, Problem};
use crate::select::context::Context;
use crate::select::filled::Filled;
use crate::select::named::Named;
use crate::select::parts::{FilledPart, OpenPool, Parts};
use crate::select::slots::Slots;
use crate::select::{
    Facts, Funnel, Input, PartExplanation, PoolExplanation, Rule, Seed, Selection, SelectionError,
    SlotExplanation, Source,
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
/// selection. Takes time in proportion to the catalogue.
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
    let mut counted = Counted::default();
    let mut explain = |part: &FilledPart<'_>| {
        let needed = part.needed(context.request.mix());
        let pools = part.pools.iter().zip(needed);
        PartExplanation {
            strategy: part.strategy.clone(),
            version: part.orders_by.version(),
            needed: part.count.get(),
            received: part.received,
            taken: part.taken(),
            pools: pools
                .map(|(pool, needed)| explain_pool(part, pool, needed, context, &mut counted))
                .collect(),
        }
    };
    parts.parts.iter().map(&mut explain).collect()
}

fn explain_pool(
    part: &FilledPart<'_>,
    pool: &OpenPool<'_>,
    needed: u16,
    context: &Context<'_>,
    counted: &mut Counted,
) -> PoolExplanation {
    // Only a band of ratings excludes problems by level.
    let funnel = if part.source.is_outside(None) {
        let outside = |problem: &Problem| part.source.is_outside(problem.rating);
        count(context, None, outside)
    } else {
        counted.of(context, pool.difficulty)
    };
    let picked = pool.picked.iter().map(|candidate| candidate.place.ordinal);
    let mut funnel = with_looks(funnel, context, pool.number, picked);
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
        let funnel = count(context, None, |problem| !slot.fits(problem));
        SlotExplanation {
            description: slot.to_string(),
            funnel: with_looks(funnel, context, number, std::iter::empty()),
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

/// The funnels of whole difficulties, which several pools share.
#[derive(Default)]
struct Counted(Vec<(Option<Difficulty>, Funnel)>);

impl Counted {
    fn of(&mut self, context: &Context<'_>, difficulty: Option<Difficulty>) -> Funnel {
        let found = self.0.iter().find(|(counted, _)| *counted == difficulty);
        if let Some((_, funnel)) = found {
            return funnel.clone();
        }
        let funnel = count(context, difficulty, |_| false);
        self.0.push((difficulty, funnel.clone()));
        funnel
    }
}

/// Counts the problems removed by the catalogue alone. `outside` tests for problems that the strategy
/// or slot cannot use.
fn count(
    context: &Context<'_>,
    difficulty: Option<Difficulty>,
    outside: impl Fn(&Problem) -> bool,
) -> Funnel {
    let mut funnel = Funnel::default();
    for problem in context.catalogue.problems() {
        if problem.retired || difficulty.is_some_and(|d| d != problem.difficulty) {
            continue;
        }
        funnel.pool += 1;
        let level = || outside(problem).then_some(Rule::Level);
        if let Some(rule) = context.removed_by(problem).or_else(level) {
            *funnel.removed.entry(rule).or_default() += 1;
        }
    }
    funnel
}

/// Adds the problems that a source of solved problems does not offer.
fn pass_over_unsolved(funnel: &mut Funnel, context: &Context<'_>) {
    let is_solved = |problem: &Problem| {
        let ordinal = context.catalogue.ordinal(problem.id);
        ordinal.is_some_and(|ordinal| context.facts.solved().contains(ordinal))
    };
    let problems = context.catalogue.problems().iter();
    let live = problems.filter(|problem| !problem.retired && context.removed_by(problem).is_none());
    let unsolved = live.filter(|problem| !is_solved(problem)).count() as u64;
    if unsolved > 0 {
        funnel.looked_at += unsolved;
        *funnel.passed_over.entry(Rule::Unsolved).or_default() += unsolved;
    }
}

/// Adds the results of the candidates looked at.
fn with_looks(
    mut funnel: Funnel,
    context: &Context<'_>,
    pool: u64,
    picked: impl Iterator<Item = u32>,
) -> Funnel {
    let mut looks = context.looks(pool);
    funnel.looked_at = looks.len() as u64;
    // A picked problem may have come up again under another topic.
    for ordinal in picked {
        looks.remove(&ordinal);
    }
    for rule in looks.into_values().flatten() {
        *funnel.passed_over.entry(rule).or_default() += 1;
    }
    funnel
}
