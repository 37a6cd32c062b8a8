//! What selection draws from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::model::{Difficulty, PerDifficulty, Problem, Rating, Topic};

/// The problems that are not retired, in lists to draw from.
///
/// Outcomes depend on the order of these lists, so it depends on nothing but what the fingerprint
/// covers. The lists hold ranks: the rank of a problem is its place among all problems by id.
#[derive(Clone, Default)]
pub(crate) struct Pools {
    /// By rank, retired problems too.
    places: Vec<Place>,
    by_difficulty: PerDifficulty<Vec<u32>>,
    by_topic: BTreeMap<Topic, PerDifficulty<Vec<u32>>>,
    without_topic: PerDifficulty<Vec<u32>>,
    /// By rating and then rank, and the ratings in the same order.
    by_rating: Vec<u32>,
    ratings: Vec<Rating>,
}

/// Where a problem is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Its index in the catalogue's list of problems.
    pub(crate) index: u32,
    /// Its number in sets of problems.
    pub(crate) ordinal: u32,
}

impl Pools {
    /// Over all problems in the order of their ids, each with where it is found.
    pub(super) fn new<'p>(problems: impl Iterator<Item = (Place, &'p Arc<Problem>)>) -> Self {
        let mut pools = Self::default();
        let mut rated = Vec::new();
        for (rank, (place, problem)) in (0..).zip(problems) {
            pools.places.push(place);
            if problem.retired {
                continue;
            }
            pools.by_difficulty[problem.difficulty].push(rank);
            rated.extend(problem.rating.map(|rating| (rating, rank)));
            if problem.topics.is_empty() {
                pools.without_topic[problem.difficulty].push(rank);
            }
            for topic in &problem.topics {
                match pools.by_topic.get_mut(topic) {
                    Some(lists) => lists[problem.difficulty].push(rank),
                    None => {
                        let lists = pools.by_topic.entry(topic.clone()).or_default();
                        lists[problem.difficulty].push(rank);
                    }
                }
            }
        }
        rated.sort_unstable();
        (pools.ratings, pools.by_rating) = rated.into_iter().unzip();
        pools
    }

    /// Where the problem of this rank is found.
    pub(crate) fn place(&self, rank: u32) -> Option<Place> {
        self.places.get(usize::try_from(rank).ok()?).copied()
    }

    /// The problems of a difficulty with at least one of these topics, or all when there are none.
    pub(crate) fn about(&self, topics: &BTreeSet<Topic>, difficulty: Difficulty) -> Cow<'_, [u32]> {
        if topics.is_empty() {
            return Cow::Borrowed(&self.by_difficulty[difficulty]);
        }
        let mut lists = topics.iter().map(|topic| self.of_topic(topic, difficulty));
        let first = lists.next().unwrap_or_default();
        let Some(second) = lists.next() else {
            return Cow::Borrowed(first);
        };
        let mut union = [first, second].concat();
        lists.for_each(|list| union.extend_from_slice(list));
        union.sort_unstable();
        union.dedup();
        Cow::Owned(union)
    }

    /// The problems of one topic and difficulty.
    pub(crate) fn of_topic(&self, topic: &Topic, difficulty: Difficulty) -> &[u32] {
        let lists = self.by_topic.get(topic);
        lists.map_or(&[], |lists| &*lists[difficulty])
    }

    /// The problems of a difficulty that have no topic at all.
    pub(crate) fn without_topic(&self, difficulty: Difficulty) -> &[u32] {
        &self.without_topic[difficulty]
    }

    /// The problems with a rating in this range, by rating. Found by two binary searches.
    pub(crate) fn rated(&self, range: &RangeInclusive<Rating>) -> &[u32] {
        let from = self
            .ratings
            .partition_point(|rating| rating < range.start());
        let until = self.ratings.partition_point(|rating| rating <= range.end());
        self.by_rating.get(from..until).unwrap_or_default()
    }
}
