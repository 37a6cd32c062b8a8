//! A contest of slots, filled by matching.

use crate::id::ProblemId;
use crate::model::Difficulty;
use crate::select::known::Known;
use crate::select::lane::{DrawnLane, SoFar};
use crate::select::part_fill::{Filling, Progress};
use crate::select::pool::{Deck, Pool};
use crate::select::random::{Purpose, Stream};
use crate::select::taken::Taken;
use crate::select::{
    Basis, OpenSlot, SelectionError, ShortagePolicy, Slot, SlotLevel, match_slots,
};

const PURPOSE: Purpose = Purpose(b"contest slot draws v1...");

/// The slots of a request, each with the candidates it has drawn.
///
/// As many candidates as there are slots are enough for each: a slot that has so many finds one free
/// whatever the others take (Hall's theorem), and one that has fewer has all there are.
#[derive(Debug)]
pub(super) struct SlotsPlan<'c> {
    basis: Basis<'c>,
    slots: Vec<Filling<'c>>,
}

impl<'c> SlotsPlan<'c> {
    pub(super) fn new(basis: Basis<'c>) -> Self {
        let filling = |(slot, number): (&'c Slot, u64)| {
            let stream = Stream::numbered(basis.seed, PURPOSE, number);
            let deck = Deck::new(pool(basis, slot), stream).about(slot.topics());
            Filling::new(None, DrawnLane::new(deck))
        };
        Self {
            basis,
            slots: basis.request.slots().iter().zip(0..).map(filling).collect(),
        }
    }

    /// In the order of the request.
    pub(super) fn fillings(&self) -> &[Filling<'c>] {
        &self.slots
    }

    /// Finds enough candidates for each slot.
    pub(super) fn fill(&mut self, known: &Known<'c>) -> Progress {
        let enough = self.slots.len();
        let (mut waits, mut asked) = (false, Vec::new());
        for filling in &mut self.slots {
            // Candidates are not taken yet: what one slot has does not bar another.
            let mut taken = Taken::default();
            if filling.fill(enough, known, &mut taken).is_err() {
                waits = true;
                let so_far = SoFar {
                    known,
                    taken: &taken,
                };
                filling.draw(enough, so_far, &mut asked);
            }
        }
        if waits {
            Progress::Ask(asked)
        } else {
            Progress::Done
        }
    }

    /// What fills each slot: as many as can be, each with a problem of its own.
    pub(super) fn assign(&self) -> Vec<Option<ProblemId>> {
        let choices: Vec<_> = self.slots.iter().map(|filling| &filling.given).collect();
        match_slots(&choices).assigned().to_vec()
    }

    /// Why this is not enough, if it is not.
    pub(super) fn shortage(&self, assigned: &[Option<ProblemId>]) -> Result<(), SelectionError> {
        let open = |((slot, place), assigned): ((&Slot, u16), &Option<_>)| {
            assigned.is_none().then(|| OpenSlot {
                slot: place,
                description: slot.to_string(),
            })
        };
        let slots = self.basis.request.slots().iter().zip(0..);
        let open: Vec<_> = slots.zip(assigned).filter_map(open).collect();
        let strict = self.basis.request.shortage_policy() == ShortagePolicy::Strict;
        if open.len() == assigned.len() || strict && !open.is_empty() {
            return Err(SelectionError::SlotsUnfillable {
                asked: self.basis.request.count().get(),
                slots: open,
            });
        }
        Ok(())
    }
}

/// What may fill a slot, as far as its level says.
fn pool<'c>(basis: Basis<'c>, slot: &'c Slot) -> Pool<'c> {
    match slot.level() {
        SlotLevel::Difficulty { min, max } => {
            let fits = |difficulty| min <= difficulty && difficulty <= max;
            let pools = basis.catalogue.pools(slot.topics());
            let pools = Difficulty::ALL
                .into_iter()
                .zip([pools.easy, pools.medium, pools.hard]);
            Pool::of(pools.filter(|(d, _)| fits(*d)).map(|(_, pool)| pool))
        }
        SlotLevel::Rating { min, max } => Pool::Rated(basis.catalogue.rated_within(&(min..=max))),
    }
}
