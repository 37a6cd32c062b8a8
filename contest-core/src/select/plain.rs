//! The selection of a request without rules of its own: what most requests are, so it is done with
//! as little as it takes. [`Ruled`](super::ruled::Ruled) gives the same for such a request.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use crate::id::ProblemId;
use crate::model::{Difficulty, PerDifficulty};
use crate::select::draw::Draw;
use crate::select::pool::{GROWTH, ROUND_LIMIT};
use crate::select::random::Stream;
use crate::select::shortage::allocate;
use crate::select::{
    AlgorithmVersion, Basis, Eligibility, Seed, Selection, SelectionError, SelectionRecord,
    SelectionRequest, ShortagePolicy, Strategy,
};

/// Whether a request is one that [`Plain`] selects for.
pub(super) fn is_plain(request: &SelectionRequest) -> bool {
    *request.strategy() == Strategy::Uniform
        && *request.eligibility() == Eligibility::default()
        && request.excluded_topics().is_empty()
        && request.topic_cap().is_none()
        && request.parts().is_empty()
        && request.slots().is_empty()
}

/// A selection under way that asks nothing but which candidates are solved.
#[derive(Debug)]
pub(super) struct Plain<'c> {
    basis: Basis<'c>,
    quota: PerDifficulty<u16>,
    lanes: PerDifficulty<Lane<'c>>,
}

/// The selection inside one difficulty.
#[derive(Debug)]
struct Lane<'c> {
    pool: Cow<'c, [ProblemId]>,
    draw: Draw,
    /// Candidates whose answer is awaited, in drawn order.
    asked: Vec<ProblemId>,
    /// Known to be unsolved, in drawn order; may be more than the target.
    unsolved: Vec<ProblemId>,
    /// Nothing is left to draw.
    exhausted: bool,
    /// How many are wanted now.
    target: usize,
    /// How many candidates the last round drew.
    last_round: usize,
}

impl Lane<'_> {
    fn missing(&self) -> usize {
        self.target.saturating_sub(self.unsolved.len())
    }

    /// How many this difficulty can give, once that is known.
    fn capacity(&self) -> Option<usize> {
        self.exhausted.then_some(self.unsolved.len())
    }

    fn draw_round(&mut self, request: &SelectionRequest) {
        if self.missing() == 0 || self.exhausted {
            return;
        }
        // Twice what is missing and a few more: one round is enough for most users.
        let size = (2 * self.missing() + 4)
            .max(GROWTH * self.last_round)
            .min(ROUND_LIMIT);
        self.last_round = size;
        self.asked.reserve(size.min(self.pool.len()));
        while self.asked.len() < size {
            let Some(place) = self.draw.next() else {
                self.exhausted = true;
                return;
            };
            let candidate = self.pool.get(place).copied();
            self.asked
                .extend(candidate.filter(|id| !request.excluded().contains(id)));
        }
    }
}

impl<'c> Plain<'c> {
    pub(super) fn new(basis: Basis<'c>) -> Self {
        let request = basis.request;
        let quota = request.mix().quota(request.count());
        let pools = basis.catalogue.pools(request.topics());
        let lane = |difficulty: Difficulty, pool: Cow<'c, [ProblemId]>| Lane {
            draw: Draw::new(pool.len(), Stream::new(basis.seed, difficulty)),
            pool,
            asked: Vec::new(),
            unsolved: Vec::new(),
            exhausted: false,
            target: usize::from(quota[difficulty]),
            last_round: 0,
        };
        let lanes = PerDifficulty::new(
            lane(Difficulty::Easy, pools.easy),
            lane(Difficulty::Medium, pools.medium),
            lane(Difficulty::Hard, pools.hard),
        );
        Self {
            basis,
            quota,
            lanes,
        }
    }

    pub(super) fn seed(&self) -> Seed {
        self.basis.seed
    }

    /// The candidates to look up next, without repeats, or `None` when the selection is decided.
    /// Asking again without an [`answer`](Self::answer) gives the same candidates.
    pub(super) fn next_candidates(&mut self) -> Option<Vec<ProblemId>> {
        loop {
            let awaited = joined(&self.lanes.as_ref().map(|lane| &lane.asked));
            if !awaited.is_empty() {
                return Some(awaited);
            }
            let quota = self.quota.map(usize::from);
            let targets = allocate(quota, self.lanes.as_ref().map(Lane::capacity));
            let mut short = false;
            for difficulty in Difficulty::ALL {
                let lane = &mut self.lanes[difficulty];
                lane.target = targets[difficulty];
                short |= lane.missing() > 0;
                lane.draw_round(self.basis.request);
            }
            if !short {
                return None;
            }
        }
    }

    /// Takes the answer to the last candidates: which of them are solved. Other ids are ignored.
    pub(super) fn answer(&mut self, solved: &HashSet<ProblemId>) {
        for difficulty in Difficulty::ALL {
            let lane = &mut self.lanes[difficulty];
            lane.asked.retain(|id| !solved.contains(id));
            lane.unsolved.append(&mut lane.asked);
        }
    }

    /// The outcome.
    pub(super) fn finish(mut self) -> Result<Selection, SelectionError> {
        for difficulty in Difficulty::ALL {
            let lane = &mut self.lanes[difficulty];
            lane.unsolved.truncate(lane.target);
        }
        let taken = self
            .lanes
            .as_ref()
            .map(|lane| saturating_u16(lane.unsolved.len()));
        let problems = joined(&self.lanes.as_ref().map(|lane| &lane.unsolved));
        let request = self.basis.request;
        let asked = request.count().get();
        if problems.is_empty() {
            return Err(SelectionError::NoEligibleProblems);
        }
        let strict = request.shortage_policy() == ShortagePolicy::Strict;
        if strict && problems.len() < usize::from(asked) {
            return Err(SelectionError::NotEnoughProblems {
                asked,
                available: taken,
            });
        }
        let record = SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: self.basis.seed,
            catalogue: self.basis.catalogue.fingerprint(),
            request: request.clone(),
            quota: self.quota,
            taken,
            parts: Vec::new(),
            open_slots: Vec::new(),
        };
        Ok(Selection {
            problems,
            repeats: BTreeSet::new(),
            record,
        })
    }
}

/// One list, easy to hard.
fn joined(lists: &PerDifficulty<&Vec<ProblemId>>) -> Vec<ProblemId> {
    [&**lists.easy, lists.medium, lists.hard].concat()
}

/// Counts here never pass [`ProblemCount::MAX`](crate::select::ProblemCount::MAX).
fn saturating_u16(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
