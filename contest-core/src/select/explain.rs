//! How a selection came about.

use crate::model::Problem;
use crate::select::lane::Tally;
use crate::select::part_fill::{Filling, Lanes};
use crate::select::parts_plan::PlannedPart;
use crate::select::ruled::{Plan, Ruled};
use crate::select::{
    Funnel, PartExplanation, PoolExplanation, Rule, Seed, Selection, SelectionError,
    SlotExplanation,
};

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
