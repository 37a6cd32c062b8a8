//! The candidates that a strategy chooses from.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalogue::pools::{Place, Pool};
use crate::catalogue::{Catalogue, OrdinalSet};
use crate::model::{Difficulty, Topic};
use crate::select::context::Context;
use crate::select::origin::{Origin, one};
use crate::select::random::{Purpose, Stream};
use crate::select::sets::{Sets, about};
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
    scope: Scope<'a>,
    number: u64,
    wanted: usize,
    /// The most candidates still to give.
    left: usize,
    /// The state of the sets in which the pool was last seen to have an open problem.
    open_at: Option<u64>,
    /// The candidates passed over since the last one given, for an explanation.
    passed_over: OrdinalSet,
}

/// The problems of a pool, as far as sets can tell.
#[derive(Debug, Clone, Copy)]
enum Scope<'a> {
    All,
    Difficulty(Difficulty),
    Topic(Difficulty, &'a Topic),
    /// Only its list tells them.
    List,
}

/// A candidate was passed over.
#[derive(Debug)]
pub(super) struct PassedOver;

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
        choice.scope = match (source, difficulty) {
            (Source::Rated(_) | Source::Solved, _) => Scope::List,
            (_, None) => Scope::All,
            (_, Some(difficulty)) => Scope::Difficulty(difficulty),
        };
        if let Source::All = source {
            choice.left = Self::MOST;
        }
        choice
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
            scope: Scope::List,
            number,
            wanted,
            left: usize::MAX,
            open_at: None,
            passed_over: OrdinalSet::default(),
        }
    }

    /// Candidates of one topic, or without a topic, of the same difficulty. Each topic has its own
    /// random stream, with this number.
    pub(super) fn of_topic(&self, topic: Option<&'a Topic>, number: u64) -> Self {
        let difficulty = match self.scope {
            Scope::Difficulty(difficulty) => Some(difficulty),
            _ => None,
        };
        let pools = self.context.pools();
        let list = difficulty.map_or(&[] as &[u32], |difficulty| match topic {
            Some(topic) => pools.of_topic(topic, difficulty),
            None => pools.without_topic(difficulty),
        });
        let stream = (self.number << 32) + number;
        let stream = Stream::numbered(self.context.seed, TOPIC_DRAWS, stream);
        let origin = Origin::drawn(one(list.into()), stream);
        let scope = difficulty.zip(topic);
        Self {
            topic,
            scope: scope.map_or(Scope::List, |(d, topic)| Scope::Topic(d, topic)),
            ..Self::of(self.context, origin, self.number, self.wanted)
        }
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

    /// Looks at the next problem that passes the filters of the request and the slot.
    pub(super) fn look(&mut self) -> Option<Result<Candidate<'a>, PassedOver>> {
        if self.left == 0 || self.is_full() {
            return None;
        }
        if self.has_none_open() {
            self.pass_over_all();
            return None;
        }
        loop {
            let Some(place) = self.origin.next(self.context) else {
                self.left = 0;
                self.note_passed_over();
                return None;
            };
            match self.judge(&place) {
                Some(Ok(candidate)) => {
                    self.left -= 1;
                    self.note_passed_over();
                    self.note(&candidate, None);
                    return Some(Ok(candidate));
                }
                Some(Err(PassedOver)) => {
                    self.context.miss();
                    return Some(Err(PassedOver));
                }
                None => {}
            }
        }
    }

    /// Judges a problem; `None` if it does not pass the filters.
    fn judge(&mut self, place: &Place) -> Option<Result<Candidate<'a>, PassedOver>> {
        if matches!(self.origin, Origin::Solved(_)) {
            return self.judge_solved(place);
        }
        let Some(sets) = self.context.sets() else {
            return self.judge_problem(place);
        };
        if !sets.is_offered(place) {
            self.context.miss();
            return None;
        }
        let open = sets.is_open(place);
        drop(sets);
        let explains = self.context.explains();
        if !open && !explains {
            return Some(Err(PassedOver));
        }
        let candidate = self.context.candidate(*place)?;
        if !self.is_about(&candidate) {
            return None;
        }
        if open {
            return Some(Ok(candidate));
        }
        self.passed_over.insert(place.ordinal);
        Some(Err(PassedOver))
    }

    /// Judges a problem without sets.
    fn judge_problem(&self, place: &Place) -> Option<Result<Candidate<'a>, PassedOver>> {
        let candidate = self.context.candidate(*place)?;
        if !self.context.lets_through(&candidate) || !self.is_about(&candidate) {
            self.context.miss();
            return None;
        }
        let rule = self.context.kept_out_by(&candidate);
        let rule = rule.or_else(|| self.context.barred_by(&candidate));
        Some(rule.map_or(Ok(candidate), |_| Err(PassedOver)))
    }

    /// Judges a solved problem. An explanation reports that a problem is not due rather than that it is
    /// picked already. Picking checks the latter again.
    fn judge_solved(&self, place: &Place) -> Option<Result<Candidate<'a>, PassedOver>> {
        let candidate = self.context.candidate(*place)?;
        if !self.context.lets_through(&candidate) {
            return None;
        }
        let rule = self.context.kept_out_by_group(&candidate);
        let rule = rule.inspect(|rule| self.note(&candidate, Some(*rule)));
        Some(rule.map_or(Ok(candidate), |_| Err(PassedOver)))
    }

    /// Records for an explanation that a candidate was looked at, and the rule that removes it.
    pub(super) fn note(&self, candidate: &Candidate<'_>, rule: Option<Rule>) {
        self.context.note_look(self.number, candidate, rule);
    }

    /// The same for several candidates.
    #[cfg(feature = "fsrs")]
    pub(super) fn note_all(&self, candidates: impl Iterator<Item = Candidate<'a>>, rule: Rule) {
        self.context.note_looks(self.number, |looks| {
            let ordinals = candidates.map(|candidate| candidate.place.ordinal);
            looks.note(&ordinals.collect(), Some(rule));
        });
    }

    /// Records for an explanation that all solved problems were looked at.
    #[cfg(feature = "fsrs")]
    pub(super) fn note_solved(&self) {
        self.context.note_looks(self.number, |looks| {
            let facts = self.context.facts;
            if let Some(sets) = self.context.sets() {
                let mut solved = sets.offered(None);
                solved.intersect_with(facts.solved());
                looks.note(&solved, None);
                solved.intersect_with(facts.solved_by_group());
                looks.note(&solved, Some(Rule::Group));
            }
        });
    }

    /// Records for an explanation the candidates passed over since the last one given.
    fn note_passed_over(&mut self) {
        if !self.passed_over.is_empty() {
            let candidates = std::mem::take(&mut self.passed_over);
            self.context.note_looks(self.number, |looks| {
                looks.note_passed_over(candidates, self.context);
            });
        }
    }

    /// Whether the topic of this choice has reached the cap. An explanation looks at all candidates
    /// anyway, to report the rule.
    fn is_full(&self) -> bool {
        let full = |topic| !self.context.explains() && self.context.is_full(topic);
        self.topic.is_some_and(full)
    }

    /// Whether the sets show that no problem of the pool is open. Nothing that remains can pass then.
    fn has_none_open(&mut self) -> bool {
        let Some(sets) = self.context.sets() else {
            return false;
        };
        let Origin::Drawn(drawn) = &self.origin else {
            return false;
        };
        if self.open_at == Some(sets.changes()) {
            return false;
        }
        let none = match self.scope {
            Scope::All => Difficulty::ALL.iter().all(|d| sets.open(*d).is_empty()),
            Scope::Difficulty(difficulty) => sets.open(difficulty).is_empty(),
            Scope::Topic(difficulty, topic) => {
                let of_topic = self.catalogue().live_ordinals_by_topic().get(topic);
                of_topic.is_none_or(|set| set.is_disjoint(sets.open(difficulty)))
            }
            Scope::List => !drawn.places(self.context).any(|place| sets.is_open(place)),
        };
        self.open_at = Some(sets.changes());
        none
    }

    /// Passes over all problems of the pool at once.
    fn pass_over_all(&mut self) {
        self.left = 0;
        self.passed_over = OrdinalSet::default();
        if self.context.explains()
            && let Some(sets) = self.context.sets()
        {
            self.passed_over = self.offered(&sets);
        }
        self.note_passed_over();
    }

    /// The problems of the pool that pass the filters of the request and the slot.
    fn offered(&self, sets: &Sets<'_>) -> OrdinalSet {
        let mut offered = match (self.scope, &self.origin) {
            (Scope::Difficulty(difficulty) | Scope::Topic(difficulty, _), _) => {
                sets.offered(Some(difficulty))
            }
            (Scope::List, Origin::Drawn(drawn)) => {
                let places = drawn.places(self.context);
                let offered = places.filter(|place| sets.is_offered(place));
                offered.map(|place| place.ordinal).collect()
            }
            _ => sets.offered(None),
        };
        if let Scope::Topic(_, topic) = self.scope
            && let Some(of_topic) = self.catalogue().live_ordinals_by_topic().get(topic)
        {
            offered.intersect_with(of_topic);
        }
        if let Some(topics) = self.topics {
            offered.intersect_with(&about(self.catalogue(), topics));
        }
        offered
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
