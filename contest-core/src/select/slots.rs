//! A contest of slots, filled by matching.

use crate::catalogue::pools::Pool;
use crate::model::{Difficulty, PerDifficulty};
use crate::select::context::Context;
use crate::select::random::{Purpose, Stream};
use crate::select::{
    Candidate, Choice, OpenSlot, Selection, SelectionError, ShortagePolicy, Slot, SlotLevel,
    match_slots,
};

/// The slots of a request, with the candidates and the problem of each.
///
/// Each slot needs at most as many candidates as there are slots: with that many it finds a free one
/// whatever the others take (Hall's theorem).
#[derive(Debug)]
pub(super) struct Slots<'a> {
    /// In the order of the request; `None` where a slot stays open.
    pub(super) filled: Vec<Option<Candidate<'a>>>,
}

impl<'a> Slots<'a> {
    pub(super) fn fill(context: &'a Context<'a>) -> Self {
        let slots = context.request.slots();
        let candidates: Vec<Vec<_>> = slots
            .iter()
            .zip(0..)
            .map(|(slot, number)| {
                candidates(context, slot, number)
                    .take(slots.len())
                    .collect()
            })
            .collect();
        let ordinals = |of: &Vec<Candidate<'_>>| -> Vec<_> {
            of.iter().map(|candidate| candidate.place.ordinal).collect()
        };
        let choices: Vec<_> = candidates.iter().map(ordinals).collect();
        let matching = match_slots(&choices);
        let assigned = candidates.iter().zip(matching.assigned());
        let filled = assigned.map(|(candidates, assigned)| {
            let ordinal = (*assigned)?;
            let mut candidates = candidates.iter();
            candidates
                .find(|candidate| candidate.place.ordinal == ordinal)
                .copied()
        });
        Self {
            filled: filled.collect(),
        }
    }

    /// The selection, or the error if too few slots are filled.
    pub(super) fn outcome(&self, context: &Context<'_>) -> Result<Selection, SelectionError> {
        let request = context.request;
        let places = (0..).zip(&self.filled);
        let open = places.filter_map(|(place, filled)| filled.is_none().then_some(place));
        let open: Vec<u16> = open.collect();
        let strict = request.shortage_policy() == ShortagePolicy::Strict;
        if open.len() == self.filled.len() || strict && !open.is_empty() {
            let slots = (0..).zip(request.slots());
            let slots = slots.filter(|(place, _)| open.contains(place));
            return Err(SelectionError::SlotsUnfillable {
                asked: request.count().get(),
                slots: slots
                    .map(|(place, slot)| OpenSlot {
                        slot: place,
                        description: slot.to_string(),
                    })
                    .collect(),
            });
        }
        let problems: Vec<_> = self.filled.iter().flatten().copied().collect();
        let (quota, parts) = (PerDifficulty::default(), Vec::new());
        Ok(context.selection(&problems, quota, parts, open))
    }
}

/// The candidates for a slot, in random order.
fn candidates<'a>(context: &'a Context<'a>, slot: &'a Slot, number: u64) -> Choice<'a> {
    const DRAWS: Purpose = Purpose(b"contest slot draws v1...");
    let (pools, topics) = (context.pools(), slot.topics());
    let lists = match slot.level() {
        SlotLevel::Difficulty { min, max } => Difficulty::ALL.map(|difficulty| {
            if (min..=max).contains(&difficulty) {
                pools.about(topics, difficulty)
            } else {
                Pool::default()
            }
        }),
        SlotLevel::Rating { min, max } => {
            let rated = pools.rated(&(min..=max));
            [rated.into(), Pool::default(), Pool::default()]
        }
    };
    let stream = Stream::numbered(context.seed, DRAWS, number);
    Choice::of_slot(context, lists, topics, stream, number)
}
