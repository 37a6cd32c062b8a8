//! How a selection came about.

use std::collections::BTreeMap;

use crate::id::ProblemId;
use crate::model::{Difficulty, Problem};
use crate::select::lane::Tally;
use crate::select::part_fill::{Filling, Lanes};
use crate::select::parts_plan::PlannedPart;
use crate::select::ruled::{Plan, Ruled};
use crate::select::{Rule, Seed, Selection, SelectionError, Strategy, StrategyVersion};

/// How a selection came about, or why it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The seed that was used.
    pub seed: Seed,
    /// How each part went, in the order of the request; one for a request without parts, none for
    /// one with slots or one that makes no sense.
    pub parts: Vec<PartExplanation>,
    /// How each slot went, in the order of the request; none for a request without slots.
    pub slots: Vec<SlotExplanation>,
    /// What was selected.
    pub outcome: Result<Selection, SelectionError>,
}

impl Explanation {
    /// Of a request that makes no sense: nothing was looked at.
    pub(crate) fn of_error(seed: Seed, error: SelectionError) -> Self {
        Self {
            seed,
            parts: Vec::new(),
            slots: Vec::new(),
            outcome: Err(error),
        }
    }
}

/// How one part of a selection went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PartExplanation {
    /// How it picked.
    pub strategy: Strategy,
    /// The edition of its strategy.
    pub version: StrategyVersion,
    /// How many it asks for itself.
    pub needed: u16,
    /// How many more it was to give, because parts before it found too few.
    pub received: u16,
    /// How many it gave.
    pub taken: u16,
    /// Where it took them from: by difficulty, easiest first, or from one pool where the mix does not
    /// apply. None when its turn never came.
    pub pools: Vec<PoolExplanation>,
}

impl PartExplanation {
    /// How many it did not find, which the next part had to give.
    pub fn missing(&self) -> u16 {
        (self.needed + self.received).saturating_sub(self.taken)
    }
}

/// What was taken from one difficulty, or from all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PoolExplanation {
    /// The difficulty, if it is one.
    pub difficulty: Option<Difficulty>,
    /// What became of its problems.
    pub funnel: Funnel,
    /// How many were wanted from it.
    pub needed: u16,
    /// How many it gave.
    pub taken: u16,
}

impl PoolExplanation {
    /// How many it gave in the place of others that had too few.
    pub fn received(&self) -> u16 {
        self.taken.saturating_sub(self.needed)
    }

    /// How many it could not give, which others were asked for.
    pub fn missing(&self) -> u16 {
        self.needed.saturating_sub(self.taken)
    }
}

/// How one slot went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SlotExplanation {
    /// What may fill it, in words.
    pub description: String,
    /// What became of the catalogue's problems.
    pub funnel: Funnel,
    /// What fills it.
    pub problem: Option<ProblemId>,
}

/// How many problems each rule left over.
///
/// Rules that need nothing but the catalogue are counted over the whole pool. The others are counted
/// among the candidates that were looked at: a selection looks at no more than it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Funnel {
    /// Problems that are not retired.
    pub pool: u64,
    /// Those of them that the catalogue alone keeps out, by the first rule that does.
    pub removed: BTreeMap<Rule, u64>,
    /// Candidates that were looked at: some or all of the others.
    pub looked_at: u64,
    /// Those of them that were not eligible, by the first rule that kept them out.
    pub passed_over: BTreeMap<Rule, u64>,
}

impl Funnel {
    /// Problems that the catalogue alone does not keep out.
    pub fn left(&self) -> u64 {
        self.pool - self.removed.values().sum::<u64>()
    }

    /// Candidates that were looked at and are eligible, taken or not.
    pub fn eligible(&self) -> u64 {
        self.looked_at - self.passed_over.values().sum::<u64>()
    }
}

impl Ruled<'_> {
    pub(super) fn explain(&self) -> Explanation {
        let slots = match &self.plan {
            Plan::Slots(slots) => {
                let assigned = slots.assign();
                let slots = self.basis.request.slots().iter().zip(slots.fillings());
                let explained = slots.zip(assigned).map(|((slot, filling), problem)| {
                    let outside = |problem: &Problem| !slot.fits(problem);
                    SlotExplanation {
                        description: slot.to_string(),
                        funnel: self.funnel(filling, outside),
                        problem,
                    }
                });
                explained.collect()
            }
            Plan::Parts(_) => Vec::new(),
        };
        Explanation {
            seed: self.basis.seed,
            parts: self.plan.parts().map(|part| self.part(part)).collect(),
            slots,
            outcome: self.finish(),
        }
    }

    fn part(&self, part: &PlannedPart<'_>) -> PartExplanation {
        let pool = |(filling, needed): (&Filling<'_>, u16)| PoolExplanation {
            difficulty: filling.difficulty,
            funnel: self.funnel(filling, |problem| part.picking.is_outside(problem)),
            needed,
            taken: u16::try_from(filling.given.len()).unwrap_or(u16::MAX),
        };
        let pools = |lanes: &Lanes<'_>| {
            let needed = lanes.needed(part.whole());
            lanes.fillings().into_iter().zip(needed).map(pool).collect()
        };
        PartExplanation {
            strategy: part.strategy.clone(),
            version: part.picking.version(),
            needed: part.count.get(),
            received: part.received,
            taken: part.taken(),
            pools: part.lanes.as_ref().map(pools).unwrap_or_default(),
        }
    }

    /// What became of the problems of a lane. `outside` tells which the strategy or slot has no use
    /// for.
    fn funnel(&self, filling: &Filling<'_>, outside: impl Fn(&Problem) -> bool) -> Funnel {
        let mut funnel = Funnel::default();
        let here = |problem: &Problem| {
            !problem.retired && filling.difficulty.is_none_or(|d| d == problem.difficulty)
        };
        for problem in self.basis.catalogue.problems() {
            if !here(problem) {
                continue;
            }
            funnel.pool += 1;
            let level = || outside(problem).then_some(Rule::Level);
            if let Some(rule) = self.known.filter.removed_by(problem.id).or_else(level) {
                *funnel.removed.entry(rule).or_default() += 1;
            }
        }
        let mut tally = Tally::default();
        filling.lane.report(&mut tally);
        for (id, rule) in tally.candidates(&self.known) {
            funnel.looked_at += 1;
            // What the lane itself took may have come up once more under another topic.
            if let Some(rule) = rule
                && !filling.given.contains(&id)
            {
                *funnel.passed_over.entry(rule).or_default() += 1;
            }
        }
        funnel
    }
}
