//! Spread over topics, the ones the user knows least first.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use crate::id::ProblemId;
use crate::model::{Difficulty, Topic};
use crate::select::Basis;
use crate::select::draw::Draw;
use crate::select::lane::{DrawnLane, Lane, Next, SoFar, Tally};
use crate::select::pool::{Deck, Pool, ROUND_LIMIT};
use crate::select::random::{Purpose, Stream};

/// The topics a selection is balanced over, with what does not change while it goes on.
#[derive(Debug)]
pub(in crate::select) struct TopicRanks<'c> {
    topics: Vec<RankedTopic<'c>>,
}

#[derive(Debug)]
struct RankedTopic<'c> {
    topic: &'c Topic,
    total: u64,
    /// Its place among topics that are otherwise equal.
    lot: usize,
}

impl<'c> TopicRanks<'c> {
    const PURPOSE: Purpose = Purpose(b"contest topic lots v1...");

    /// Over the topics asked for, or over all when none are.
    pub(in crate::select) fn new(basis: Basis<'c>, part: usize) -> Arc<Self> {
        let asked = basis.request.topics();
        let topics: Vec<_> = basis
            .catalogue
            .topics()
            .filter(|(topic, _)| asked.is_empty() || asked.contains(topic))
            .collect();
        let stream = Stream::numbered(basis.seed, Self::PURPOSE, part as u64);
        let lots = Draw::new(topics.len(), stream);
        let ranked = topics.into_iter().zip(lots).map(|((topic, total), lot)| {
            let total = total.easy + total.medium + total.hard;
            RankedTopic { topic, total, lot }
        });
        Arc::new(Self {
            topics: ranked.collect(),
        })
    }

    /// Which of two topics is served first: the one with fewer problems in this contest, then the
    /// one of which the user has solved the smaller share, then by lot.
    fn order(&self, a: usize, b: usize, so_far: SoFar<'_, '_>) -> Ordering {
        let (Some(a), Some(b)) = (self.topics.get(a), self.topics.get(b)) else {
            return a.cmp(&b);
        };
        let solved = |ranked: &RankedTopic<'_>| so_far.known.solved_of(ranked.topic);
        // p/q < r/s compared as p*s < r*q.
        let share = |one, other: u64| u128::from(one) * u128::from(other);
        let taken = so_far.taken.of(a.topic).cmp(&so_far.taken.of(b.topic));
        taken
            .then_with(|| share(solved(a), b.total).cmp(&share(solved(b), a.total)))
            .then_with(|| a.lot.cmp(&b.lot))
    }
}

/// The problems of one difficulty: a draw for each topic, and one for those without a topic, which
/// come last.
#[derive(Debug)]
pub(in crate::select) struct TopicBalancedLane<'c> {
    ranks: Arc<TopicRanks<'c>>,
    /// In the order of `ranks`; `None` once it is empty.
    by_topic: Vec<Option<DrawnLane<'c>>>,
    untagged: DrawnLane<'c>,
    /// How many topics the last round drew from.
    breadth: usize,
    /// The topic that is awaited.
    awaited: Option<usize>,
    tally: Tally,
}

impl<'c> TopicBalancedLane<'c> {
    const PURPOSE: Purpose = Purpose(b"contest topic draws v1..");

    /// `number` is the lane's own in this selection.
    pub(in crate::select) fn new(
        ranks: &Arc<TopicRanks<'c>>,
        basis: Basis<'c>,
        difficulty: Difficulty,
        number: u64,
    ) -> Self {
        let lane = |pool: &'c [ProblemId], place: usize| {
            let number = (number << 32) + place as u64;
            let stream = Stream::numbered(basis.seed, Self::PURPOSE, number);
            DrawnLane::new(Deck::new(Pool::of([Cow::Borrowed(pool)]), stream))
        };
        let topics = ranks.topics.iter().zip(1..);
        let by_topic = topics.map(|(ranked, place)| {
            let pool = basis.catalogue.pool_of_topic(ranked.topic, difficulty);
            Some(lane(pool, place))
        });
        let untagged = if basis.request.topics().is_empty() {
            basis.catalogue.pool_without_topic(difficulty)
        } else {
            &[]
        };
        Self {
            ranks: Arc::clone(ranks),
            by_topic: by_topic.collect(),
            untagged: lane(untagged, 0),
            breadth: 0,
            awaited: None,
            tally: Tally::default(),
        }
    }

    /// The topics that are not empty, by place.
    fn open(&self) -> impl Iterator<Item = usize> {
        let open = |(place, lane): (usize, &Option<_>)| lane.is_some().then_some(place);
        self.by_topic.iter().enumerate().filter_map(open)
    }
}

impl Lane for TopicBalancedLane<'_> {
    fn next(&mut self, so_far: SoFar<'_, '_>) -> Next {
        loop {
            let first = self.open().min_by(|a, b| self.ranks.order(*a, *b, so_far));
            self.awaited = first;
            let Some(slot) = first.and_then(|place| self.by_topic.get_mut(place)) else {
                return self.untagged.next(so_far);
            };
            match slot.as_mut().map_or(Next::Empty, |lane| lane.next(so_far)) {
                Next::Empty => {
                    if let Some(lane) = slot.take() {
                        lane.report(&mut self.tally);
                    }
                }
                other => return other,
            }
        }
    }

    fn draw(&mut self, wanted: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>) {
        let awaited = self.awaited.and_then(|place| self.by_topic.get_mut(place));
        if let Some(lane) = awaited.and_then(Option::as_mut) {
            lane.draw(1, so_far, into);
        }
        // The ones that will be needed if every topic gives something; four times as many after
        // that, because some did not.
        self.breadth = (2 * wanted + 2).max(4 * self.breadth);
        let mut places: Vec<_> = self.open().collect();
        places.sort_by(|a, b| self.ranks.order(*a, *b, so_far));
        let last_resort = places.len() <= self.breadth;
        for place in places.into_iter().take(self.breadth) {
            if into.len() >= ROUND_LIMIT {
                return;
            }
            if let Some(Some(lane)) = self.by_topic.get_mut(place)
                && self.awaited != Some(place)
            {
                lane.draw(1, so_far, into);
            }
        }
        if last_resort {
            self.untagged.draw(wanted, so_far, into);
        }
    }

    fn report(&self, tally: &mut Tally) {
        tally.add(&self.tally);
        for lane in self.by_topic.iter().flatten() {
            lane.report(tally);
        }
        self.untagged.report(tally);
    }
}
