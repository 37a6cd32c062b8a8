//! The candidates that a strategy chooses from.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalogue::Catalogue;
use crate::catalogue::pools::Pool;
use crate::model::{Difficulty, Topic};
use crate::select::context::{Context, PoolKey};
use crate::select::origin::{Origin, one};
use crate::select::random::{Purpose, Stream};
use crate::select::{Candidate, Rule, SelectionRequest, Source};
use crate::time::Timestamp;

/// The candidates that a [`SelectionStrategy`](crate::select::SelectionStrategy) chooses from: an
/// iterator over the problems of its [`Source`] that pass every rule of the request, in a random order
/// that follows from the seed. It is lazy: the cost grows with the candidates read, not with the pool.
pub struct Choice<'a> {
    context: &'a Context<'a>,
    origin: Origin<'a>,
    /// Only problems with one of these topics, if there are any.
    topics: Option<&'a BTreeSet<Topic>>,
    /// The only topic, if there is one.
    topic: Option<&'a Topic>,
    /// The difficulty, and which part of it, if limited to one.
    key: Option<PoolKey>,
    number: u64,
    wanted: usize,
    /// The most candidates still to give.
    left: usize,
    gave: bool,
}

/// The random streams of a topic-balanced part.
const TOPIC_DRAWS: Purpose = Purpose(b"contest topic draws v1..");

impl<'a> Choice<'a> {
    /// The most candidates for a strategy that looks at all problems.
    const MOST: usize = 1_024;

    /// Candidates from the source of a part's strategy, or one difficulty of it. The part needs
    /// `wanted` problems.
    pub(super) fn new(
        context: &'a Context<'a>,
        source: &Source,
        part: usize,
        difficulty: Option<Difficulty>,
        wanted: usize,
    ) -> Self {
        let number = pool_number(part, difficulty);
        let drawn = |pools: [Pool<'a>; 3]| {
            let stream = Stream::numbered(context.seed, Purpose::DIFFICULTY, number);
            Origin::drawn(pools, stream)
        };
        let origin = match (source, difficulty) {
            (Source::Solved, _) => Origin::Solved(Box::new(context.facts.solved().iter())),
            (Source::Rated(range), _) => drawn(one(context.pools().rated(range).into())),
            (_, Some(difficulty)) => drawn(one(context.pool(difficulty))),
            (_, None) => drawn(Difficulty::ALL.map(|difficulty| context.pool(difficulty))),
        };
        let mut choice = Self::of(context, origin, number, wanted);
        if let Source::All = source {
            choice.left = Self::MOST;
        }
        choice.keyed(difficulty, None)
    }

    /// Candidates for a slot, from these pools; only problems with one of these topics, if there are any.
    pub(super) fn of_slot(
        context: &'a Context<'a>,
        pools: [Pool<'a>; 3],
        topics: &'a BTreeSet<Topic>,
        stream: Stream,
        number: u64,
    ) -> Self {
        Self {
            topics: Some(topics).filter(|topics| !topics.is_empty()),
            ..Self::of(context, Origin::drawn(pools, stream), number, 1)
        }
    }

    fn of(context: &'a Context<'a>, origin: Origin<'a>, number: u64, wanted: usize) -> Self {
        Self {
            context,
            origin,
            topics: None,
            topic: None,
            key: None,
            number,
            wanted,
            left: usize::MAX,
            gave: false,
        }
    }

    /// Candidates of one topic, or without a topic, of the same difficulty. Each topic has its own
    /// random stream, with this number.
    pub(super) fn of_topic(&self, topic: Option<&'a Topic>, number: u64) -> Self {
        let difficulty = self.key.map(|(difficulty, _)| difficulty);
        let pools = self.context.pools();
        let list = difficulty.map_or(&[] as &[u32], |difficulty| match topic {
            Some(topic) => pools.of_topic(topic, difficulty),
            None => pools.without_topic(difficulty),
        });
        let stream = (self.number << 32) + number;
        let stream = Stream::numbered(self.context.seed, TOPIC_DRAWS, stream);
        let origin = Origin::drawn(one(list.into()), stream);
        let choice = Self::of(self.context, origin, self.number, self.wanted);
        Self { topic, ..choice }.keyed(difficulty, Some(number))
    }

    /// Limits the choice to a difficulty, or to a topic of it. It is empty if an earlier part found
    /// that no problem there passes.
    fn keyed(mut self, difficulty: Option<Difficulty>, topic: Option<u64>) -> Self {
        self.key = difficulty.map(|difficulty| (difficulty, topic));
        if self.key.is_some_and(|key| self.context.is_exhausted(key)) {
            self.left = 0;
        }
        self
    }

    /// How many problems the part needs.
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// The whole request.
    pub fn request(&self) -> &'a SelectionRequest {
        self.context.request
    }

    /// The catalogue.
    pub fn catalogue(&self) -> &'a Catalogue {
        self.context.catalogue
    }

    /// The time of the selection.
    pub fn now(&self) -> Timestamp {
        self.context.now
    }

    /// How many problems of a topic the user has solved.
    pub fn solved_of(&self, topic: &Topic) -> u64 {
        let set = self.catalogue().live_ordinals_by_topic().get(topic);
        set.map_or(0, |set| set.intersection_len(self.context.facts.solved()))
    }

    /// How many of the problems picked so far, in all parts, have a topic.
    pub fn picked_of(&self, topic: &Topic) -> u16 {
        self.context.picked_of(topic)
    }

    pub(super) fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// The index of its part.
    pub(super) fn part(&self) -> u64 {
        self.number / 4
    }

    /// Looks at the next problem. An error is the rule that removes it.
    pub(super) fn look(&mut self) -> Option<Result<Candidate<'a>, Rule>> {
        if self.left == 0 || self.is_full() {
            return None;
        }
        let Some(candidate) = self.next_offered() else {
            self.end();
            return None;
        };
        let rule = match self.origin {
            // An explanation reports that a problem is not due rather than that it is picked already.
            // Picking checks the latter again.
            Origin::Solved(_) => self.context.kept_out_by_group(&candidate),
            Origin::Drawn(..) => {
                let rule = self.context.kept_out_by(&candidate);
                rule.or_else(|| self.context.barred_by(&candidate))
            }
        };
        self.note(&candidate, rule);
        if let Some(rule) = rule {
            return Some(Err(rule));
        }
        self.gave = true;
        self.left -= 1;
        Some(Ok(candidate))
    }

    /// Records for an explanation that a candidate was looked at, and the rule that removes it.
    pub(super) fn note(&self, candidate: &Candidate<'_>, rule: Option<Rule>) {
        self.context.note_look(self.number, candidate, rule);
    }

    /// Whether the topic of this choice has reached the cap. An explanation looks at all candidates
    /// anyway, to report the rule.
    fn is_full(&self) -> bool {
        let full = |topic| !self.context.explains() && self.context.is_full(topic);
        self.topic.is_some_and(full)
    }

    /// All candidates were looked at. If none passed, none will for later parts.
    fn end(&mut self) {
        self.left = 0;
        if let Some(key) = self.key.filter(|_| !self.gave) {
            self.context.note_exhausted(key);
        }
    }

    /// The next problem that passes the filters of the request and the slot.
    fn next_offered(&mut self) -> Option<Candidate<'a>> {
        loop {
            let place = self.origin.next(self.context)?;
            if let Some(candidate) = self.context.candidate(place)
                && self.context.lets_through(&candidate)
                && self.is_about(&candidate)
            {
                return Some(candidate);
            }
        }
    }

    fn is_about(&self, candidate: &Candidate<'_>) -> bool {
        self.topics.is_none_or(|wanted| {
            let mut topics = candidate.problem().topics.iter();
            topics.any(|topic| wanted.contains(topic))
        })
    }
}

impl<'a> Iterator for Choice<'a> {
    type Item = Candidate<'a>;

    fn next(&mut self) -> Option<Candidate<'a>> {
        loop {
            if let Ok(candidate) = self.look()? {
                return Some(candidate);
            }
        }
    }
}

impl fmt::Debug for Choice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice")
            .field("wanted", &self.wanted)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

/// Every part has four pools: one for each difficulty, and one for all.
pub(super) fn pool_number(part: usize, difficulty: Option<Difficulty>) -> u64 {
    4 * (part as u64) + difficulty.map_or(3, |difficulty| difficulty.rank().into())
}
