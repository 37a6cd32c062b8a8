//! Lanes: the orders in which strategies take candidates.
//!
//! A lane is a pure function of its pool, its random stream and what is known, made as it is read:
//! it says which problem comes next, or which candidates must be known before it can tell. How
//! candidates are batched on the way never changes the order.

mod custom;
mod drawn;
mod least_used;
mod review;
mod topic_balanced;

use std::collections::{HashMap, HashSet};
use std::fmt;

pub(super) use custom::CustomLane;
pub(super) use drawn::DrawnLane;
pub(super) use least_used::LeastUsedLane;
pub(super) use review::ReviewLane;
pub(super) use topic_balanced::{TopicBalancedLane, TopicRanks};

use crate::id::ProblemId;
use crate::select::known::{Known, Verdict};
use crate::select::rule::Rule;
use crate::select::taken::Taken;

/// What a lane says about its next problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// This one. It is no longer in the lane.
    Take(ProblemId),
    /// It depends on candidates nobody has been asked about: see [`Lane::draw`].
    Ask,
    /// There is none.
    Empty,
}

/// What is known and taken at some point of a selection.
#[derive(Debug, Clone, Copy)]
pub(super) struct SoFar<'s, 'c> {
    pub(super) known: &'s Known<'c>,
    pub(super) taken: &'s Taken<'c>,
}

impl SoFar<'_, '_> {
    /// Whether a candidate may be taken now.
    fn judge(&self, id: ProblemId) -> Verdict {
        self.bar(id, self.known.verdict(id))
    }

    /// The same for one that is to be solved again.
    fn judge_review(&self, id: ProblemId) -> Verdict {
        self.bar(id, self.known.review_verdict(id))
    }

    fn bar(&self, id: ProblemId, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Passes => match self.taken.bars(id, self.known.filter) {
                Some(rule) => Verdict::Removed(rule),
                None => Verdict::Passes,
            },
            other => other,
        }
    }
}

/// An order of candidates.
pub(super) trait Lane: fmt::Debug + Send + Sync {
    /// The next problem that may be taken.
    fn next(&mut self, so_far: SoFar<'_, '_>) -> Next;

    /// Draws candidates to be asked about, so that the lane can probably give `wanted` more. After
    /// [`Next::Ask`] it draws at least one that is not known, or learns that there is none left.
    fn draw(&mut self, wanted: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>);

    /// Adds what became of this lane's candidates.
    fn report(&self, tally: &mut Tally);
}

/// What became of the candidates of one or more lanes.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    /// Those that were looked at.
    looked_at: HashSet<ProblemId>,
    /// Those that were passed over, by the first reason there was.
    passed_over: HashMap<ProblemId, Rule>,
    /// They were looked at to be solved again.
    reviewing: bool,
}

impl Tally {
    fn look_at(&mut self, ids: &[ProblemId]) {
        self.looked_at.extend(ids);
    }

    fn pass_over(&mut self, id: ProblemId, rule: Rule) {
        self.passed_over.entry(id).or_insert(rule);
    }

    fn add(&mut self, other: &Self) {
        self.looked_at.extend(&other.looked_at);
        self.reviewing |= other.reviewing;
        for (id, rule) in &other.passed_over {
            self.pass_over(*id, *rule);
        }
    }

    /// The candidates with the rule that kept each out, if one did.
    pub(super) fn candidates(
        &self,
        known: &Known<'_>,
    ) -> impl Iterator<Item = (ProblemId, Option<Rule>)> {
        self.looked_at.iter().map(|id| {
            let verdict = if self.reviewing {
                known.review_verdict(*id)
            } else {
                known.verdict(*id)
            };
            let rule = match verdict {
                Verdict::Removed(rule) => Some(rule),
                _ => self.passed_over.get(id).copied(),
            };
            (*id, rule)
        })
    }
}
