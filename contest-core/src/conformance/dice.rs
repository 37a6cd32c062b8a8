//! Choices drawn from a seed.

use crate::select::{SeedSource, SequentialSeeds};

/// Throws dice; the same seed gives the same throws.
#[derive(Debug)]
pub(super) struct Dice(SequentialSeeds);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(SequentialSeeds::new(seed))
    }

    /// A number below `bound`, which is not zero. Nearly uniform, which is enough here.
    pub(super) fn below(&self, bound: u64) -> u64 {
        self.0.next_seed() % bound.max(1)
    }

    /// One of these, if there are any.
    pub(super) fn pick<T: Copy>(&self, from: &[T]) -> Option<T> {
        let place = self.below(from.len() as u64);
        from.get(usize::try_from(place).ok()?).copied()
    }

    /// A few of these, up to `most`, perhaps none, without repeats.
    pub(super) fn some<T: Copy + PartialEq>(&self, from: &[T], most: u64) -> Vec<T> {
        let mut picked = Vec::new();
        for _ in 0..self.below(most + 1) {
            picked.extend(self.pick(from).filter(|item| !picked.contains(item)));
        }
        picked
    }
}
