//! Where candidates come from.

use std::ops::RangeInclusive;

use crate::catalogue::pools::{Place, Pool};
use crate::model::Rating;
use crate::select::context::Context;
use crate::select::draw::Draw;
use crate::select::random::Stream;

/// Where the candidates of a strategy come from.
///
/// Parts take turns by the sources of their strategies, in the order of these variants: those that
/// can use few problems choose first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// What the user has solved in this epoch. The rules about what the user has solved or attempted
    /// do not apply.
    Solved,
    /// The problems with a rating in this range.
    Rated(RangeInclusive<Rating>),
    /// All problems: the first 1,024 that are drawn and pass the rules.
    All,
    /// All problems of a difficulty. The mix of the request shares the count among the difficulties,
    /// and the strategy orders each of them.
    ByDifficulty,
}

impl Source {
    /// When the turn of a part with this source comes: the least first.
    pub(super) const fn turn(&self) -> u8 {
        match self {
            Self::Solved => 0,
            Self::Rated(_) => 1,
            Self::All => 2,
            Self::ByDifficulty => 3,
        }
    }

    /// Whether a rating is outside, so that a problem is no candidate whatever the user did.
    pub(super) fn is_outside(&self, rating: Option<Rating>) -> bool {
        match self {
            Self::Rated(range) => rating.is_none_or(|rating| !range.contains(&rating)),
            _ => false,
        }
    }
}

/// The problems a choice goes through, in order.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are drawn: those need no box"
)]
pub(super) enum Origin<'a> {
    /// A draw.
    Drawn(Drawn<'a>),
    /// What is solved, by ordinal.
    Solved(Box<dyn Iterator<Item = u32> + 'a>),
}

/// A draw from pools that lie one after the other.
pub(super) struct Drawn<'a> {
    pools: [Pool<'a>; 3],
    draw: Draw,
    /// Drawn and not given yet, the next one last.
    ahead: Vec<Place>,
    /// How many were drawn ahead the last time.
    batch: usize,
}

impl<'a> Origin<'a> {
    pub(super) fn drawn(pools: [Pool<'a>; 3], stream: Stream) -> Self {
        let len = pools.iter().map(Pool::len).sum();
        Self::Drawn(Drawn {
            pools,
            draw: Draw::new(len, stream),
            ahead: Vec::new(),
            batch: Drawn::FIRST_BATCH,
        })
    }

    /// The next problem that is not retired.
    pub(super) fn next(&mut self, context: &Context<'_>) -> Option<Place> {
        match self {
            Self::Drawn(drawn) => drawn.next(context),
            Self::Solved(ordinals) => {
                let catalogue = context.catalogue;
                ordinals.find_map(|ordinal| catalogue.place_in_use(ordinal))
            }
        }
    }
}

impl Drawn<'_> {
    const FIRST_BATCH: usize = 2;
    const GREATEST_BATCH: usize = 32;

    fn next(&mut self, context: &Context<'_>) -> Option<Place> {
        if self.ahead.is_empty() {
            self.draw_ahead(context);
        }
        self.ahead.pop()
    }

    /// In a great catalogue, a place is read from memory and not from a cache. The processor reads the
    /// places of a batch side by side.
    fn draw_ahead(&mut self, context: &Context<'_>) {
        let mut ranks = [0; Self::GREATEST_BATCH];
        let mut drawn = 0;
        for rank in ranks.iter_mut().take(self.batch) {
            match self.draw.next().and_then(|index| at(&self.pools, index)) {
                Some(next) => *rank = next,
                None => break,
            }
            drawn += 1;
        }
        let pools = context.pools();
        let ranks = ranks.iter().take(drawn).rev();
        self.ahead
            .extend(ranks.filter_map(|rank| pools.place(*rank)));
        self.batch = Self::GREATEST_BATCH.min(2 * self.batch);
    }
}

/// A pool alone.
pub(super) fn one(pool: Pool<'_>) -> [Pool<'_>; 3] {
    [pool, Pool::default(), Pool::default()]
}

/// The rank at an index of pools that lie one after the other.
fn at(pools: &[Pool<'_>; 3], mut index: usize) -> Option<u32> {
    for pool in pools {
        match index.checked_sub(pool.len()) {
            None => return pool.get(index),
            Some(rest) => index = rest,
        }
    }
    None
}
