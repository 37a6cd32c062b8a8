//! The source of a strategy's candidates.

use std::ops::RangeInclusive;

use crate::catalogue::pools::{Place, Pool};
use crate::model::Rating;
use crate::select::context::Context;
use crate::select::draw::Draw;
use crate::select::random::Stream;

/// The source of a strategy's candidates.
///
/// Parts are filled in the order of these variants: those with the fewest usable problems first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The problems the user has solved in this epoch. The rules on problems the user has solved or
    /// attempted do not apply.
    Solved,
    /// The problems with a rating in this range.
    Rated(RangeInclusive<Rating>),
    /// All problems: the first 1,024 that are drawn and pass the rules.
    All,
    /// All problems of a difficulty. The mix of the request divides the count among the difficulties,
    /// and the strategy orders each of them.
    ByDifficulty,
}

impl Source {
    /// The order in which parts are filled, lowest first.
    pub(super) const fn fill_order(&self) -> u8 {
        match self {
            Self::Solved => 0,
            Self::Rated(_) => 1,
            Self::All => 2,
            Self::ByDifficulty => 3,
        }
    }
}

/// The problems of a choice, in order.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are drawn, and those need no box"
)]
pub(super) enum Origin<'a> {
    /// In random order.
    Drawn(Drawn<'a>),
    /// The solved problems, by ordinal.
    Solved(Box<dyn Iterator<Item = u32> + 'a>),
}

/// A draw from the concatenation of several pools.
pub(super) struct Drawn<'a> {
    pools: [Pool<'a>; 3],
    draw: Draw,
    /// Drawn but not given yet, the next one last.
    ahead: Vec<Place>,
    /// The size of the next batch.
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

    /// All problems of the pools.
    pub(super) fn places<'c>(&self, context: &Context<'c>) -> impl Iterator<Item = &'c Place> {
        let pools = context.pools();
        let ranks = self.pools.iter().flat_map(Pool::ranks);
        ranks.filter_map(|rank| pools.place(rank))
    }

    /// Draws a batch. In a large catalogue a place is not in the cache; reading a batch lets the
    /// processor overlap the cache misses.
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

/// A single pool.
pub(super) fn one(pool: Pool<'_>) -> [Pool<'_>; 3] {
    [pool, Pool::default(), Pool::default()]
}

/// The rank at an index into the concatenated pools.
fn at(pools: &[Pool<'_>; 3], mut index: usize) -> Option<u32> {
    for pool in pools {
        match index.checked_sub(pool.len()) {
            None => return pool.get(index),
            Some(rest) => index = rest,
        }
    }
    None
}
