//! A host's own order.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::id::ProblemId;
use crate::model::Practice;
use crate::select::known::Verdict;
use crate::select::lane::{Lane, Next, SoFar, Tally};
use crate::select::pool::Deck;
use crate::select::{Candidate, Choice, SelectionStrategy};

/// How many eligible candidates a host's strategy chooses from, at most.
const LOOK: usize = 1_024;

/// The first [`LOOK`] candidates of the draw that pass the rules, as a host's strategy orders them.
#[derive(Debug)]
pub(in crate::select) struct CustomLane<'c> {
    strategy: Arc<dyn SelectionStrategy>,
    count: usize,
    deck: Deck<'c>,
    waiting: VecDeque<ProblemId>,
    eligible: Vec<ProblemId>,
    /// What the strategy gave, once it was asked.
    picked: Option<VecDeque<ProblemId>>,
    tally: Tally,
}

impl<'c> CustomLane<'c> {
    pub(in crate::select) fn new(
        strategy: Arc<dyn SelectionStrategy>,
        count: usize,
        deck: Deck<'c>,
    ) -> Self {
        Self {
            strategy,
            count,
            deck,
            waiting: VecDeque::new(),
            eligible: Vec::new(),
            picked: None,
            tally: Tally::default(),
        }
    }

    /// Asks the strategy, and keeps what it may give.
    fn pick(&self, so_far: SoFar<'_, '_>) -> VecDeque<ProblemId> {
        let (none, unmet) = (BTreeMap::new(), Practice::default());
        let filter = so_far.known.filter;
        let candidate = |id: &ProblemId| {
            Some(Candidate {
                problem: filter.catalogue.get(*id)?,
                practice: so_far.known.practice(*id).unwrap_or(&unmet),
            })
        };
        let candidates: Vec<_> = self.eligible.iter().filter_map(candidate).collect();
        let picked = self.strategy.pick(&Choice {
            candidates: &candidates,
            count: self.count,
            request: filter.request,
            catalogue: filter.catalogue,
            solved_by_topic: so_far.known.solved_by_topic().unwrap_or(&none),
            now: so_far.known.now,
        });
        let mut left: HashSet<_> = self.eligible.iter().copied().collect();
        picked.into_iter().filter(|id| left.remove(id)).collect()
    }
}

impl Lane for CustomLane<'_> {
    fn next(&mut self, so_far: SoFar<'_, '_>) -> Next {
        while self.eligible.len() < LOOK
            && let Some(id) = self.waiting.front().copied()
        {
            match so_far.judge(id) {
                Verdict::Unknown => return Next::Ask,
                Verdict::Removed(rule) => self.tally.pass_over(id, rule),
                Verdict::Passes => self.eligible.push(id),
            }
            self.waiting.pop_front();
        }
        if self.picked.is_none() {
            if self.eligible.len() < LOOK && !self.deck.is_spent() {
                return Next::Ask;
            }
            self.picked = Some(self.pick(so_far));
        }
        while let Some(id) = self.picked.as_mut().and_then(VecDeque::pop_front) {
            match so_far.judge(id) {
                Verdict::Removed(rule) => self.tally.pass_over(id, rule),
                _ => return Next::Take(id),
            }
        }
        Next::Empty
    }

    fn draw(&mut self, _wanted: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>) {
        let ready = self.eligible.len() + self.waiting.len();
        if self.picked.is_some() || ready >= LOOK {
            return;
        }
        let drawn = self.deck.draw_round(LOOK - ready, so_far.known.filter);
        self.tally.look_at(&drawn);
        into.extend(&drawn);
        self.waiting.extend(drawn);
    }

    fn report(&self, tally: &mut Tally) {
        tally.add(&self.tally);
    }
}
