//! Candidates as they are drawn: each that passes the rules is equally likely.

use std::collections::VecDeque;

use crate::id::ProblemId;
use crate::select::known::Verdict;
use crate::select::lane::{Lane, Next, SoFar, Tally};
use crate::select::pool::Deck;

/// The order of the draw.
#[derive(Debug)]
pub(in crate::select) struct DrawnLane<'c> {
    deck: Deck<'c>,
    waiting: VecDeque<ProblemId>,
    tally: Tally,
}

impl<'c> DrawnLane<'c> {
    pub(in crate::select) fn new(deck: Deck<'c>) -> Self {
        Self {
            deck,
            waiting: VecDeque::new(),
            tally: Tally::default(),
        }
    }
}

impl Lane for DrawnLane<'_> {
    fn next(&mut self, so_far: SoFar<'_, '_>) -> Next {
        while let Some(id) = self.waiting.front().copied() {
            match so_far.judge(id) {
                Verdict::Unknown => return Next::Ask,
                Verdict::Removed(rule) => self.tally.pass_over(id, rule),
                Verdict::Passes => {
                    self.waiting.pop_front();
                    return Next::Take(id);
                }
            }
            self.waiting.pop_front();
        }
        if self.deck.is_spent() {
            Next::Empty
        } else {
            Next::Ask
        }
    }

    fn draw(&mut self, wanted: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>) {
        let passes = |id: &&ProblemId| so_far.judge(**id) == Verdict::Passes;
        let missing = wanted.saturating_sub(self.waiting.iter().filter(passes).count());
        if missing == 0 {
            return;
        }
        // Twice what is missing and a few more: one round is enough for most users.
        let drawn = self.deck.draw_round(2 * missing + 4, so_far.known.filter);
        self.tally.look_at(&drawn);
        into.extend(&drawn);
        self.waiting.extend(drawn);
    }

    fn report(&self, tally: &mut Tally) {
        tally.add(&self.tally);
    }
}
