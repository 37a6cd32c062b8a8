//! Strategies made ready to pick: with their version, and with the lanes they take from.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::model::{Difficulty, PerDifficulty, Problem, Rating};
use crate::select::lane::{
    CustomLane, DrawnLane, LeastUsedLane, ReviewLane, TopicBalancedLane, TopicRanks,
};
use crate::select::part_fill::{Filling, Lanes};
use crate::select::pool::{Deck, Pool};
use crate::select::random::{Purpose, Stream};
use crate::select::{
    Basis, ProblemCount, ReviewOptions, SelectionError, SelectionStrategy, Strategy,
    StrategyVersion,
};

/// A strategy with what it needs to pick.
#[derive(Debug, Clone)]
pub(super) enum Picking {
    Uniform,
    TopicBalanced,
    LeastUsed,
    RatingBand(RangeInclusive<Rating>),
    Review(ReviewOptions),
    Custom(Arc<dyn SelectionStrategy>),
}

impl Picking {
    pub(super) fn new(strategy: &Strategy, basis: Basis<'_>) -> Result<Self, SelectionError> {
        Ok(match strategy {
            Strategy::Uniform => Self::Uniform,
            Strategy::TopicBalanced => Self::TopicBalanced,
            Strategy::LeastUsed => Self::LeastUsed,
            Strategy::RatingBand(band) => Self::RatingBand(band.ratings()),
            Strategy::Review(options) if cfg!(feature = "fsrs") => Self::Review(*options),
            Strategy::Review(_) => return Err(SelectionError::ReviewUnavailable),
            Strategy::Custom(name) => {
                let found = basis.strategies.and_then(|known| known.get(name));
                let unknown = || SelectionError::UnknownStrategy { name: name.clone() };
                Self::Custom(Arc::clone(found.ok_or_else(unknown)?))
            }
        })
    }

    /// The edition. Raise it with whatever changes what is picked.
    pub(super) fn version(&self) -> StrategyVersion {
        match self {
            Self::Uniform
            | Self::TopicBalanced
            | Self::LeastUsed
            | Self::RatingBand(_)
            | Self::Review(_) => StrategyVersion(1),
            Self::Custom(strategy) => strategy.version(),
        }
    }

    /// Whose turn it is first among parts. Those that can use few problems choose before those that
    /// can use any, and what they do not find flows on to these.
    pub(super) fn turn(&self) -> u8 {
        match self {
            Self::Review(_) => 0,
            Self::RatingBand(_) => 1,
            Self::Custom(_) => 2,
            Self::Uniform | Self::TopicBalanced | Self::LeastUsed => 3,
        }
    }

    /// Whether the count is shared among difficulties by the mix.
    pub(super) fn is_mixed(&self) -> bool {
        match self {
            Self::Uniform | Self::TopicBalanced | Self::LeastUsed => true,
            Self::RatingBand(_) | Self::Review(_) | Self::Custom(_) => false,
        }
    }

    /// Whether it needs to know what was done with its candidates.
    pub(super) fn asks_practice(&self) -> bool {
        match self {
            Self::LeastUsed | Self::Review(_) | Self::Custom(_) => true,
            Self::Uniform | Self::TopicBalanced | Self::RatingBand(_) => false,
        }
    }

    /// Whether it needs to know how many of each topic are solved.
    pub(super) fn asks_topics(&self) -> bool {
        match self {
            Self::TopicBalanced | Self::Custom(_) => true,
            Self::Uniform | Self::LeastUsed | Self::RatingBand(_) | Self::Review(_) => false,
        }
    }

    /// How many of the oldest solves it needs to know.
    pub(super) fn asks_oldest_solves(&self) -> Option<u32> {
        match self {
            Self::Review(_) => Some(ReviewLane::LOOK),
            _ => None,
        }
    }

    /// Whether the strategy has no use for a problem, whatever the user did.
    pub(super) fn is_outside(&self, problem: &Problem) -> bool {
        match self {
            Self::RatingBand(band) => problem.rating.is_none_or(|rating| !band.contains(&rating)),
            _ => false,
        }
    }

    /// What the part at this place takes its `target` problems from.
    pub(super) fn lanes<'c>(
        &self,
        basis: Basis<'c>,
        part: usize,
        target: ProblemCount,
    ) -> Lanes<'c> {
        let mix = basis.request.mix();
        let per_difficulty = |filling: &dyn Fn(Difficulty) -> Filling<'c>| {
            Lanes::Mixed(mix, PerDifficulty::from_fn(filling))
        };
        match self {
            Self::Uniform => per_difficulty(&|difficulty| {
                let lane = DrawnLane::new(deck(basis, part, difficulty));
                Filling::new(Some(difficulty), lane)
            }),
            Self::LeastUsed => per_difficulty(&|difficulty| {
                let lane = LeastUsedLane::new(deck(basis, part, difficulty));
                Filling::new(Some(difficulty), lane)
            }),
            Self::TopicBalanced => {
                let ranks = TopicRanks::new(basis, part);
                per_difficulty(&|difficulty| {
                    let number = stream_number(part, Some(difficulty));
                    let lane = TopicBalancedLane::new(&ranks, basis, difficulty, number);
                    Filling::new(Some(difficulty), lane)
                })
            }
            Self::RatingBand(band) => {
                let pool = Pool::Rated(basis.catalogue.rated_within(band));
                let deck = Deck::new(pool, stream(basis, part, None));
                Lanes::One(Box::new(Filling::new(None, DrawnLane::new(deck))))
            }
            Self::Review(options) => {
                Lanes::One(Box::new(Filling::new(None, ReviewLane::new(*options))))
            }
            Self::Custom(strategy) => {
                let pools = basis.catalogue.pools(basis.request.topics());
                let pool = Pool::of([pools.easy, pools.medium, pools.hard]);
                let deck = Deck::new(pool, stream(basis, part, None));
                let lane = CustomLane::new(Arc::clone(strategy), target.get().into(), deck);
                Lanes::One(Box::new(Filling::new(None, lane)))
            }
        }
    }
}

fn deck(basis: Basis<'_>, part: usize, difficulty: Difficulty) -> Deck<'_> {
    let pools = basis.catalogue.pools(basis.request.topics());
    let pool = match difficulty {
        Difficulty::Easy => pools.easy,
        Difficulty::Medium => pools.medium,
        Difficulty::Hard => pools.hard,
    };
    Deck::new(Pool::of([pool]), stream(basis, part, Some(difficulty)))
}

/// The stream of one lane.
fn stream(basis: Basis<'_>, part: usize, difficulty: Option<Difficulty>) -> Stream {
    let number = stream_number(part, difficulty);
    Stream::numbered(basis.seed, Purpose::DIFFICULTY, number)
}

/// Every part has four: one for each difficulty, and one for all.
fn stream_number(part: usize, difficulty: Option<Difficulty>) -> u64 {
    4 * (part as u64) + difficulty.map_or(3, |difficulty| difficulty.rank().into())
}
