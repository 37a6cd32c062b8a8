//! What the user's contests had least often comes first.

use std::collections::VecDeque;

use crate::id::ProblemId;
use crate::model::Practice;
use crate::select::known::Verdict;
use crate::select::lane::{Lane, Next, SoFar, Tally};
use crate::select::pool::Deck;

/// How many candidates are compared with each other. A pool up to this size is put in order whole;
/// of a greater one, as many at a time as are drawn.
const LOOK: usize = 512;

/// Windows of [`LOOK`] candidates as they are drawn, each ordered by how often the user met them, in
/// drawn order among equals.
///
/// What was never met comes first in a window, so it is taken as soon as it is seen: only users who
/// met nearly everything pay for a whole window.
#[derive(Debug)]
pub(in crate::select) struct LeastUsedLane<'c> {
    deck: Deck<'c>,
    /// Drawn and not looked at yet; may be more than this window takes.
    waiting: VecDeque<ProblemId>,
    /// How many candidates of this window were looked at.
    looked_at: usize,
    /// Those of them that were met before, in drawn order.
    met: Vec<(usize, ProblemId)>,
    /// What is left of a window that is in order.
    ranked: VecDeque<ProblemId>,
    tally: Tally,
}

impl<'c> LeastUsedLane<'c> {
    pub(in crate::select) fn new(deck: Deck<'c>) -> Self {
        Self {
            deck,
            waiting: VecDeque::new(),
            looked_at: 0,
            met: Vec::new(),
            ranked: VecDeque::new(),
            tally: Tally::default(),
        }
    }

    /// The next of a window in order.
    fn next_ranked(&mut self, so_far: SoFar<'_, '_>) -> Option<ProblemId> {
        while let Some(id) = self.ranked.pop_front() {
            match so_far.judge(id) {
                Verdict::Removed(rule) => self.tally.pass_over(id, rule),
                _ => return Some(id),
            }
        }
        None
    }

    /// The next of this window that was never met, [`Next::Empty`] when the window is through.
    fn next_unmet(&mut self, so_far: SoFar<'_, '_>) -> Next {
        while self.looked_at < LOOK {
            let Some(id) = self.waiting.front().copied() else {
                return if self.deck.is_spent() {
                    Next::Empty
                } else {
                    Next::Ask
                };
            };
            let verdict = so_far.judge(id);
            if verdict == Verdict::Unknown {
                return Next::Ask;
            }
            self.waiting.pop_front();
            self.looked_at += 1;
            if let Verdict::Removed(rule) = verdict {
                self.tally.pass_over(id, rule);
                continue;
            }
            match so_far.known.practice(id).map_or(0, Practice::met) {
                0 => return Next::Take(id),
                met => self.met.push((met, id)),
            }
        }
        Next::Empty
    }
}

impl Lane for LeastUsedLane<'_> {
    fn next(&mut self, so_far: SoFar<'_, '_>) -> Next {
        loop {
            if let Some(id) = self.next_ranked(so_far) {
                return Next::Take(id);
            }
            match self.next_unmet(so_far) {
                Next::Empty => {}
                other => return other,
            }
            self.looked_at = 0;
            if self.met.is_empty() && self.waiting.is_empty() && self.deck.is_spent() {
                return Next::Empty;
            }
            self.met.sort_by_key(|(met, _)| *met);
            self.ranked = self.met.drain(..).map(|(_, id)| id).collect();
        }
    }

    fn draw(&mut self, wanted: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>) {
        let passes = |id: &&ProblemId| so_far.judge(**id) == Verdict::Passes;
        let ready = self.ranked.iter().chain(&self.waiting).filter(passes);
        let missing = wanted.saturating_sub(ready.count());
        if missing == 0 {
            return;
        }
        // A few that are likely to do, then a window.
        let least = if self.deck.is_untouched() {
            2 * missing + 4
        } else {
            LOOK
        };
        let drawn = self.deck.draw_round(least, so_far.known.filter);
        self.tally.look_at(&drawn);
        into.extend(&drawn);
        self.waiting.extend(drawn);
    }

    fn report(&self, tally: &mut Tally) {
        tally.add(&self.tally);
    }
}
