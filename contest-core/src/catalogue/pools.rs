//! The pools that selection draws from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use crate::id::ProblemId;
use crate::model::{Difficulty, PerDifficulty, Problem, Rating, Topic};

/// The problems that are not retired, in pools to draw from.
///
/// Selections depend on the order of the pools, so the order depends only on data that the fingerprint
/// covers. Pools hold ranks. Problems are ranked by difficulty and then id, so that a difficulty is a
/// range of ranks, and a draw from it reads only the problems drawn.
#[derive(Clone, Default)]
pub(crate) struct Pools {
    /// By rank.
    places: Vec<Place>,
    by_difficulty: PerDifficulty<Range<u32>>,
    by_topic: BTreeMap<Topic, PerDifficulty<Vec<u32>>>,
    without_topic: PerDifficulty<Vec<u32>>,
    /// By rating and then id, and the ratings in the same order.
    by_rating: Vec<u32>,
    ratings: Vec<Rating>,
}

/// The data of a problem that a draw needs, and where the rest is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) id: ProblemId,
    /// Its index in the catalogue's list of problems.
    pub(crate) index: u32,
    /// Its ordinal.
    pub(crate) ordinal: u32,
    pub(crate) difficulty: Difficulty,
}

impl Place {
    pub(super) fn new(problem: &Problem, index: u32, ordinal: u32) -> Self {
        Self {
            id: problem.id,
            index,
            ordinal,
            difficulty: problem.difficulty,
        }
    }
}

/// Ranks, in the order of ids or of ratings.
#[derive(Debug, Clone)]
pub(crate) enum Pool<'a> {
    Range(Range<u32>),
    List(Cow<'a, [u32]>),
}

impl Pools {
    /// Pools of these problems, none of them retired.
    pub(super) fn new(mut problems: Vec<(Place, &Problem)>) -> Self {
        let mut pools = Self::default();
        let mut rated = Vec::new();
        problems.sort_unstable_by_key(|(place, _)| (place.difficulty, place.id));
        for (rank, (place, problem)) in (0..).zip(&problems) {
            let range = &mut pools.by_difficulty[place.difficulty];
            if range.end == 0 {
                range.start = rank;
            }
            range.end = rank + 1;
            rated.extend(problem.rating.map(|rating| (rating, place.id, rank)));
            if problem.topics.is_empty() {
                pools.without_topic[place.difficulty].push(rank);
            }
            for topic in &problem.topics {
                let lists = match pools.by_topic.get_mut(topic) {
                    Some(lists) => lists,
                    None => pools.by_topic.entry(topic.clone()).or_default(),
                };
                lists[place.difficulty].push(rank);
            }
        }
        rated.sort_unstable();
        let rated = rated.into_iter().map(|(rating, _, rank)| (rating, rank));
        (pools.ratings, pools.by_rating) = rated.unzip();
        pools.places = problems.into_iter().map(|(place, _)| place).collect();
        pools
    }

    /// The problem of this rank.
    pub(crate) fn place(&self, rank: u32) -> Option<&Place> {
        self.places.get(usize::try_from(rank).ok()?)
    }

    /// The problems of a difficulty with at least one of these topics; all if there are no topics.
    pub(crate) fn about(&self, topics: &BTreeSet<Topic>, difficulty: Difficulty) -> Pool<'_> {
        let range = self.by_difficulty[difficulty].clone();
        let mut lists = topics.iter().map(|topic| self.of_topic(topic, difficulty));
        match (lists.next(), lists.next()) {
            (None, _) => Pool::Range(range),
            (Some(only), None) => Pool::List(Cow::Borrowed(only)),
            (Some(first), Some(second)) => {
                let lists = [first, second].into_iter().chain(lists);
                Pool::List(Cow::Owned(union(range, lists)))
            }
        }
    }

    /// The problems of one topic and difficulty.
    pub(crate) fn of_topic(&self, topic: &Topic, difficulty: Difficulty) -> &[u32] {
        let lists = self.by_topic.get(topic);
        lists.map_or(&[], |lists| &*lists[difficulty])
    }

    /// All topics, with their number of problems of each difficulty.
    pub(super) fn topics(&self) -> impl Iterator<Item = (&Topic, PerDifficulty<u64>)> {
        let topics = self.by_topic.iter();
        topics.map(|(topic, lists)| (topic, lists.as_ref().map(|list| list.len() as u64)))
    }

    /// The problems of a difficulty without a topic.
    pub(crate) fn without_topic(&self, difficulty: Difficulty) -> &[u32] {
        &self.without_topic[difficulty]
    }

    /// The problems with a rating in this range, by rating. Takes two binary searches.
    pub(crate) fn rated(&self, range: &RangeInclusive<Rating>) -> &[u32] {
        let from = self
            .ratings
            .partition_point(|rating| rating < range.start());
        let until = self.ratings.partition_point(|rating| rating <= range.end());
        self.by_rating.get(from..until).unwrap_or_default()
    }
}

impl Pool<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::List(list) => list.len(),
        }
    }

    /// The rank at an index.
    pub(crate) fn get(&self, index: usize) -> Option<u32> {
        match self {
            Self::Range(range) => range.clone().nth(index),
            Self::List(list) => list.get(index).copied(),
        }
    }

    /// All ranks.
    pub(crate) fn into_ranks(self) -> Vec<u32> {
        match self {
            Self::Range(range) => range.collect(),
            Self::List(list) => list.into_owned(),
        }
    }

    /// All ranks.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = u32> {
        let (range, list) = match self {
            Self::Range(range) => (range.clone(), &[] as &[u32]),
            Self::List(list) => (0..0, &**list),
        };
        range.chain(list.iter().copied())
    }
}

/// The ranks in any of the lists, ascending. All of them are in the range.
fn union<'l>(range: Range<u32>, lists: impl Iterator<Item = &'l [u32]>) -> Vec<u32> {
    let mut present = vec![false; range.len()];
    for rank in lists.flatten() {
        let place = usize::try_from(rank.saturating_sub(range.start));
        if let Some(present) = place.ok().and_then(|place| present.get_mut(place)) {
            *present = true;
        }
    }
    let ranks = range.zip(present);
    ranks
        .filter_map(|(rank, present)| present.then_some(rank))
        .collect()
}

impl Default for Pool<'_> {
    fn default() -> Self {
        Self::Range(0..0)
    }
}

impl<'a> From<&'a [u32]> for Pool<'a> {
    fn from(list: &'a [u32]) -> Self {
        Self::List(Cow::Borrowed(list))
    }
}
