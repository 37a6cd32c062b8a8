//! What can be drawn from, without copying it where that can be helped.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::id::ProblemId;
use crate::model::{Rating, Topic};
use crate::select::draw::Draw;
use crate::select::random::Stream;
use crate::select::rule::Filter;

/// The most candidates drawn at a time: bounds the memory of a round.
pub(super) const ROUND_LIMIT: usize = 4_096;
/// How much a round grows over the one before it: a user who has solved nearly everything is
/// served in few rounds, and one who has not pays for few candidates.
pub(super) const GROWTH: usize = 4;

/// Problems in an order that depends on nothing but what a catalogue's fingerprint covers.
#[derive(Debug)]
pub(super) enum Pool<'c> {
    /// Lists one after the other.
    Lists(Vec<Cow<'c, [ProblemId]>>),
    /// A range of ratings.
    Rated(&'c [(Rating, ProblemId)]),
}

impl<'c> Pool<'c> {
    pub(super) fn of(lists: impl IntoIterator<Item = Cow<'c, [ProblemId]>>) -> Self {
        Self::Lists(lists.into_iter().collect())
    }

    fn len(&self) -> usize {
        match self {
            Self::Lists(lists) => lists.iter().map(|list| list.len()).sum(),
            Self::Rated(problems) => problems.len(),
        }
    }

    fn get(&self, mut place: usize) -> Option<ProblemId> {
        match self {
            Self::Rated(problems) => problems.get(place).map(|(_, id)| *id),
            Self::Lists(lists) => {
                for list in lists {
                    match list.get(place) {
                        Some(id) => return Some(*id),
                        None => place -= list.len(),
                    }
                }
                None
            }
        }
    }
}

/// A pool with a lazy shuffle of it.
#[derive(Debug)]
pub(super) struct Deck<'c> {
    pool: Pool<'c>,
    draw: Draw,
    /// Only problems with one of these topics, when there are any.
    topics: Option<&'c BTreeSet<Topic>>,
    last_round: usize,
}

impl<'c> Deck<'c> {
    pub(super) fn new(pool: Pool<'c>, stream: Stream) -> Self {
        Self {
            draw: Draw::new(pool.len(), stream),
            pool,
            topics: None,
            last_round: 0,
        }
    }

    /// Only problems with at least one of these topics; any when empty.
    pub(super) fn about(mut self, topics: &'c BTreeSet<Topic>) -> Self {
        self.topics = Some(topics).filter(|topics| !topics.is_empty());
        self
    }

    pub(super) fn is_spent(&self) -> bool {
        self.draw.is_spent()
    }

    /// Whether nothing was drawn.
    pub(super) fn is_untouched(&self) -> bool {
        self.last_round == 0
    }

    /// Draws at least so many, and more each time, passing over what the catalogue alone keeps out;
    /// fewer when the pool ends.
    pub(super) fn draw_round(&mut self, least: usize, filter: Filter<'_>) -> Vec<ProblemId> {
        let size = least.max(GROWTH * self.last_round).min(ROUND_LIMIT);
        self.last_round = size;
        let mut drawn = Vec::new();
        while drawn.len() < size {
            let Some(place) = self.draw.next() else { break };
            let candidate = self.pool.get(place);
            let fits =
                |id: &ProblemId| filter.removed_by(*id).is_none() && self.is_about(*id, filter);
            drawn.extend(candidate.filter(fits));
        }
        drawn
    }

    fn is_about(&self, id: ProblemId, filter: Filter<'_>) -> bool {
        self.topics.is_none_or(|wanted| {
            let topics = filter.topics_of(id);
            topics.iter().any(|topic| wanted.contains(topic))
        })
    }
}
