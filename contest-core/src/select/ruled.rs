//! The selection of a request with rules, strategies, parts or slots.

use std::collections::BTreeSet;

use crate::id::ProblemId;
use crate::model::PerDifficulty;
use crate::select::known::Known;
use crate::select::part_fill::Progress;
use crate::select::parts_plan::PartsPlan;
use crate::select::rule::Filter;
use crate::select::slots_plan::SlotsPlan;
use crate::select::{
    AlgorithmVersion, Answer, Basis, PartRecord, Question, Selection, SelectionError,
    SelectionRecord,
};

/// A selection under way that may ask anything. It selects for any request.
#[derive(Debug)]
pub(super) struct Ruled<'c> {
    pub(super) basis: Basis<'c>,
    pub(super) known: Known<'c>,
    pub(super) plan: Plan<'c>,
    began: bool,
}

/// What is filled.
#[derive(Debug)]
pub(super) enum Plan<'c> {
    Parts(PartsPlan<'c>),
    Slots(SlotsPlan<'c>),
}

impl<'c> Ruled<'c> {
    pub(super) fn new(basis: Basis<'c>) -> Result<Self, SelectionError> {
        let plan = if basis.request.slots().is_empty() {
            Plan::Parts(PartsPlan::new(basis)?)
        } else {
            Plan::Slots(SlotsPlan::new(basis))
        };
        let filter = Filter {
            catalogue: basis.catalogue,
            request: basis.request,
        };
        let asks_practice = plan.parts().any(|part| part.picking.asks_practice());
        Ok(Self {
            basis,
            known: Known::new(filter, basis.now, asks_practice),
            plan,
            began: false,
        })
    }

    /// The questions to answer next, none when the selection is decided.
    pub(super) fn questions(&mut self) -> Vec<Question> {
        if !self.began {
            self.began = true;
            if self.plan.parts().any(|part| part.picking.asks_topics()) {
                self.known.ask_solved_by_topic();
            }
            let oldest = self.plan.parts();
            let oldest = oldest.filter_map(|part| part.picking.asks_oldest_solves());
            if let Some(limit) = oldest.max() {
                self.known.ask_oldest_solves(limit);
            }
        }
        while self.known.open().is_empty() {
            let progress = match &mut self.plan {
                Plan::Parts(parts) => parts.fill(&self.known),
                Plan::Slots(slots) => slots.fill(&self.known),
            };
            match progress {
                Progress::Ask(candidates) => self.known.ask(candidates),
                Progress::Done => break,
            }
        }
        self.known.open().to_vec()
    }

    pub(super) fn answer(&mut self, answer: Answer) {
        self.known.answer(answer);
    }

    pub(super) fn finish(&self) -> Result<Selection, SelectionError> {
        match &self.plan {
            Plan::Parts(parts) => {
                let problems = parts.problems();
                let taken = problems.as_ref().map(|ids| saturating_u16(ids.len()));
                let problems = [problems.easy, problems.medium, problems.hard].concat();
                if problems.is_empty() {
                    return Err(SelectionError::NoEligibleProblems);
                }
                parts.shortage(taken)?;
                let record = self.record(parts.quota(), taken, parts.records(), Vec::new());
                Ok(self.selection(problems, record))
            }
            Plan::Slots(slots) => {
                let assigned = slots.assign();
                slots.shortage(&assigned)?;
                let problems: Vec<_> = assigned.iter().copied().flatten().collect();
                let open = assigned.iter().zip(0..);
                let open = open.filter(|(filled, _)| filled.is_none());
                let open = open.map(|(_, place)| place).collect();
                let mut taken = PerDifficulty::default();
                for problem in problems
                    .iter()
                    .filter_map(|id| self.basis.catalogue.get(*id))
                {
                    taken[problem.difficulty] += 1;
                }
                let record = self.record(PerDifficulty::default(), taken, Vec::new(), open);
                Ok(self.selection(problems, record))
            }
        }
    }

    fn record(
        &self,
        quota: PerDifficulty<u16>,
        taken: PerDifficulty<u16>,
        parts: Vec<PartRecord>,
        open_slots: Vec<u16>,
    ) -> SelectionRecord {
        SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: self.basis.seed,
            catalogue: self.basis.catalogue.fingerprint(),
            request: self.basis.request.clone(),
            quota,
            taken,
            parts,
            open_slots,
        }
    }

    fn selection(&self, problems: Vec<ProblemId>, record: SelectionRecord) -> Selection {
        let solved = |id: &&ProblemId| self.known.is_solved(**id);
        let repeats: BTreeSet<_> = problems.iter().filter(solved).copied().collect();
        Selection {
            problems,
            repeats,
            record,
        }
    }
}

impl<'c> Plan<'c> {
    /// The parts, none for slots.
    pub(super) fn parts(&self) -> impl Iterator<Item = &super::parts_plan::PlannedPart<'c>> {
        match self {
            Self::Parts(parts) => parts.parts(),
            Self::Slots(_) => &[],
        }
        .iter()
    }
}

/// Counts here never pass [`ProblemCount::MAX`](crate::select::ProblemCount::MAX).
fn saturating_u16(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
