//! The selection as a state machine that asks which candidates are solved.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::model::{Difficulty, PerDifficulty, Topic};
use crate::select::draw::Draw;
use crate::select::random::Stream;
use crate::select::shortage::allocate;
use crate::select::{
    AlgorithmVersion, Seed, Selection, SelectionRecord, SelectionRequest, ShortagePolicy,
};

/// The most candidates drawn from one difficulty in one round: bounds the memory of a round.
const ROUND_LIMIT: usize = 4_096;
/// How much a round grows over the one before it: a user who has solved nearly everything is
/// served in few rounds, and one who has not pays for few candidates.
const GROWTH: usize = 4;

/// Why nothing was selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// A requested topic is in no problem of the catalogue.
    #[error("no problem of the catalogue has the topic `{topic}`")]
    UnknownTopic {
        /// The topic.
        topic: Topic,
    },
    /// The user has solved every problem that matches, or none matches.
    #[error("no problem is left that matches the request and is not solved")]
    NoEligibleProblems,
    /// Fewer are left than were asked for, and the policy is [`ShortagePolicy::Strict`].
    #[error(
        "only {} of {asked} problems are left that match the request and are not solved \
         ({} easy, {} medium, {} hard)",
        available.easy + available.medium + available.hard,
        available.easy, available.medium, available.hard
    )]
    NotEnoughProblems {
        /// How many were asked for.
        asked: u16,
        /// How many are left of each difficulty.
        available: PerDifficulty<u16>,
    },
}

/// A selection under way. Ask [`next_candidates`](Self::next_candidates), find out which of them are
/// solved, [`answer`](Self::answer), until there is nothing more to ask; then
/// [`finish`](Self::finish).
///
/// [`select`](crate::select::select) is this loop with a closure for an answer.
#[derive(Debug)]
pub struct Picker<'c> {
    catalogue: &'c Catalogue,
    request: &'c SelectionRequest,
    seed: Seed,
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

impl<'c> Picker<'c> {
    /// Begins a selection.
    ///
    /// # Errors
    /// [`SelectionError::UnknownTopic`].
    pub fn new(
        catalogue: &'c Catalogue,
        request: &'c SelectionRequest,
        seed: Seed,
    ) -> Result<Self, SelectionError> {
        if let Some(topic) = request
            .topics()
            .iter()
            .find(|topic| !catalogue.has_topic(topic))
        {
            return Err(SelectionError::UnknownTopic {
                topic: topic.clone(),
            });
        }
        let quota = request.mix().quota(request.count());
        let pools = catalogue.pools(request.topics());
        let lane = |difficulty: Difficulty, pool: Cow<'c, [ProblemId]>| Lane {
            draw: Draw::new(pool.len(), Stream::new(seed, difficulty)),
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
        Ok(Self {
            catalogue,
            request,
            seed,
            quota,
            lanes,
        })
    }

    /// The candidates to look up next, without repeats, or `None` when the selection is decided.
    /// Asking again without an [`answer`](Self::answer) gives the same candidates.
    pub fn next_candidates(&mut self) -> Option<Vec<ProblemId>> {
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
                lane.draw_round(self.request);
            }
            if !short {
                return None;
            }
        }
    }

    /// Takes the answer to the last candidates: which of them are solved. Other ids are ignored.
    pub fn answer(&mut self, solved: &HashSet<ProblemId>) {
        for difficulty in Difficulty::ALL {
            let lane = &mut self.lanes[difficulty];
            lane.asked.retain(|id| !solved.contains(id));
            lane.unsolved.append(&mut lane.asked);
        }
    }

    /// The outcome.
    ///
    /// # Errors
    /// [`SelectionError::NoEligibleProblems`] or [`SelectionError::NotEnoughProblems`].
    pub fn finish(mut self) -> Result<Selection, SelectionError> {
        for difficulty in Difficulty::ALL {
            let lane = &mut self.lanes[difficulty];
            lane.unsolved.truncate(lane.target);
        }
        let taken = self
            .lanes
            .as_ref()
            .map(|lane| saturating_u16(lane.unsolved.len()));
        let problems = joined(&self.lanes.as_ref().map(|lane| &lane.unsolved));
        let asked = self.request.count().get();
        if problems.is_empty() {
            return Err(SelectionError::NoEligibleProblems);
        }
        let strict = self.request.shortage_policy() == ShortagePolicy::Strict;
        if strict && problems.len() < usize::from(asked) {
            return Err(SelectionError::NotEnoughProblems {
                asked,
                available: taken,
            });
        }
        let record = SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: self.seed,
            catalogue: self.catalogue.fingerprint(),
            request: self.request.clone(),
            quota: self.quota,
            taken,
        };
        Ok(Selection { problems, record })
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
