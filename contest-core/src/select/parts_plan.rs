//! A contest of one or more parts, filled one after the other.

use crate::id::ProblemId;
use crate::model::PerDifficulty;
use crate::select::known::Known;
use crate::select::part_fill::{Lanes, Progress};
use crate::select::picking::Picking;
use crate::select::taken::Taken;
use crate::select::{Basis, PartRecord, ProblemCount, SelectionError, ShortagePolicy, Strategy};

/// One part.
#[derive(Debug)]
pub(super) struct PlannedPart<'c> {
    pub(super) strategy: &'c Strategy,
    pub(super) picking: Picking,
    /// How many it asks for itself.
    pub(super) count: ProblemCount,
    /// How many more it is to give because parts before it found too few.
    pub(super) received: u16,
    /// Its lanes, once its turn has come.
    pub(super) lanes: Option<Lanes<'c>>,
}

impl<'c> PlannedPart<'c> {
    fn new(
        basis: Basis<'c>,
        count: ProblemCount,
        strategy: &'c Strategy,
    ) -> Result<Self, SelectionError> {
        Ok(Self {
            strategy,
            picking: Picking::new(strategy, basis)?,
            count,
            received: 0,
            lanes: None,
        })
    }

    /// How many it is to give.
    pub(super) fn target(&self) -> u16 {
        self.count.get().saturating_add(self.received)
    }

    /// The same as a count; the request asks for no more in all.
    pub(super) fn whole(&self) -> ProblemCount {
        ProblemCount::new(self.target()).unwrap_or(ProblemCount::MAX)
    }

    /// How many it gave.
    pub(super) fn taken(&self) -> u16 {
        let given = self.lanes.as_ref().map_or(0, Lanes::given);
        u16::try_from(given).unwrap_or(u16::MAX)
    }

    fn fill(
        &mut self,
        place: usize,
        basis: Basis<'c>,
        known: &Known<'c>,
        taken: &mut Taken<'c>,
    ) -> Progress {
        let target = self.whole();
        let picking = &self.picking;
        let lanes = self
            .lanes
            .get_or_insert_with(|| picking.lanes(basis, place, target));
        lanes.fill(target, known, taken)
    }
}

/// All parts. A request without parts has one.
#[derive(Debug)]
pub(super) struct PartsPlan<'c> {
    basis: Basis<'c>,
    /// In the order of the request.
    parts: Vec<PlannedPart<'c>>,
    /// The places of the parts still to be filled, the next one last.
    turns: Vec<usize>,
    taken: Taken<'c>,
    /// The part that found too few for a strict selection.
    short: Option<usize>,
}

impl<'c> PartsPlan<'c> {
    pub(super) fn new(basis: Basis<'c>) -> Result<Self, SelectionError> {
        let request = basis.request;
        let mut parts = Vec::new();
        for part in request.parts() {
            parts.push(PlannedPart::new(basis, part.count(), part.strategy())?);
        }
        if parts.is_empty() {
            parts.push(PlannedPart::new(
                basis,
                request.count(),
                request.strategy(),
            )?);
        }
        let mut turns: Vec<_> = (0..parts.len()).rev().collect();
        turns.sort_by_key(|place| {
            let turn = parts.get(*place).map(|part| part.picking.turn());
            std::cmp::Reverse(turn)
        });
        Ok(Self {
            basis,
            parts,
            turns,
            taken: Taken::default(),
            short: None,
        })
    }

    /// In the order of the request.
    pub(super) fn parts(&self) -> &[PlannedPart<'c>] {
        &self.parts
    }

    /// Fills the parts that are left.
    pub(super) fn fill(&mut self, known: &Known<'c>) -> Progress {
        let strict = self.basis.request.shortage_policy() == ShortagePolicy::Strict;
        while let Some(place) = self.turns.last().copied() {
            let Some(part) = self.parts.get_mut(place) else {
                break;
            };
            let progress = part.fill(place, self.basis, known, &mut self.taken);
            if let Progress::Ask(candidates) = progress {
                return Progress::Ask(candidates);
            }
            let missing = part.target().saturating_sub(part.taken());
            if missing > 0 && strict {
                self.short = Some(place);
                break;
            }
            self.turns.pop();
            if let Some(next) = self.turns.last().and_then(|next| self.parts.get_mut(*next)) {
                next.received = missing;
            }
        }
        Progress::Done
    }

    /// What was taken: inside a difficulty by part, inside a part as it was given.
    pub(super) fn problems(&self) -> PerDifficulty<Vec<ProblemId>> {
        let lanes = self.parts.iter().filter_map(|part| part.lanes.as_ref());
        let fillings = lanes.flat_map(Lanes::fillings);
        let mut problems = PerDifficulty::<Vec<_>>::default();
        for id in fillings.flat_map(|filling| &filling.given) {
            if let Some(problem) = self.basis.catalogue.get(*id) {
                problems[problem.difficulty].push(*id);
            }
        }
        problems
    }

    /// How many the mix asked each difficulty for, over all parts it applies to.
    pub(super) fn quota(&self) -> PerDifficulty<u16> {
        let mixed = self.parts.iter().filter(|part| part.picking.is_mixed());
        mixed.fold(PerDifficulty::default(), |sum, part| {
            let quota = self.basis.request.mix().quota(part.count);
            PerDifficulty::from_fn(|d| sum[d] + quota[d])
        })
    }

    /// What is kept of the parts: nothing of a request that is uniform as a whole.
    pub(super) fn records(&self) -> Vec<PartRecord> {
        let request = self.basis.request;
        if request.parts().is_empty() && *request.strategy() == Strategy::Uniform {
            return Vec::new();
        }
        let record = |part: &PlannedPart<'_>| PartRecord {
            version: part.picking.version(),
            taken: part.taken(),
        };
        self.parts.iter().map(record).collect()
    }

    /// Why this is not enough, if it is not.
    pub(super) fn shortage(&self, available: PerDifficulty<u16>) -> Result<(), SelectionError> {
        let Some((place, part)) = self
            .short
            .and_then(|place| Some((place, self.parts.get(place)?)))
        else {
            return Ok(());
        };
        let (asked, taken) = (part.target(), part.taken());
        Err(if self.basis.request.parts().is_empty() {
            SelectionError::NotEnoughProblems { asked, available }
        } else {
            SelectionError::PartUnfilled {
                part: u16::try_from(place).unwrap_or(u16::MAX),
                asked,
                available: taken,
            }
        })
    }
}
