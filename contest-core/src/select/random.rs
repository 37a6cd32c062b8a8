//! Seeds, their sources, and the portable random stream behind each difficulty.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng, TryRng};

/// The value that a selection's randomness is derived from.
///
/// Serialised, it is a string, because some readers of JSON keep only 53 bits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Seed(pub u64);

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.0.to_string()
    }
}

impl TryFrom<String> for Seed {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// The engine's source of seeds and of the random part of new ids.
///
/// # Contract
/// - Values do not repeat in practice, over all processes that share a store: an id consists of the
///   time and one value.
/// - `next_seed` does not block for long: the engine calls it up to twice per operation.
pub trait SeedSource: fmt::Debug + Send + Sync {
    /// A fresh value.
    fn next_seed(&self) -> u64;
}

impl<S: SeedSource + ?Sized> SeedSource for Arc<S> {
    fn next_seed(&self) -> u64 {
        (**self).next_seed()
    }
}

/// Seeds from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSeeds;

impl SeedSource for SystemSeeds {
    /// If the operating system fails to give random bytes, which no supported one does once it is up,
    /// the value comes from the standard library's hash keys.
    fn next_seed(&self) -> u64 {
        #[expect(
            clippy::disallowed_types,
            reason = "this is the source the rest of core uses"
        )]
        use rand::rngs::SysRng;

        SysRng
            .try_next_u64()
            .unwrap_or_else(|_| RandomState::new().hash_one(()))
    }
}

/// The same sequence of seeds every time, for tests and simulations. Not for production: two processes
/// with the same start make the same ids.
#[derive(Debug)]
pub struct SequentialSeeds(AtomicU64);

impl SequentialSeeds {
    /// The sequence with this start.
    pub const fn new(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }
}

impl SeedSource for SequentialSeeds {
    /// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014) over a counter: consecutive counters
    /// give unrelated values.
    fn next_seed(&self) -> u64 {
        const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self
            .0
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_add(1)
            .wrapping_mul(GAMMA);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The purpose of a random stream. Streams of different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose(pub(crate) &'static [u8; 24]);

impl Purpose {
    /// Draws from a difficulty.
    pub(crate) const DIFFICULTY: Self = Self(b"contest selection v1....");
}

/// A stream of random numbers, version 1: `ChaCha8` keyed with the seed and the purpose, with numbered
/// streams for each. It uses only raw 64-bit outputs, so that it does not depend on how `rand` samples.
#[derive(Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream with this number.
    pub(crate) fn numbered(seed: Seed, purpose: Purpose, number: u64) -> Self {
        let mut key = [0; 32];
        if let Some((head, tail)) = key.split_first_chunk_mut::<8>() {
            *head = seed.0.to_le_bytes();
            tail.copy_from_slice(purpose.0);
        }
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(number);
        Self(generator)
    }

    /// A number below `bound`, each equally likely.
    ///
    /// The multiply-and-reject method of Lemire, "Fast Random Integer Generation in an Interval",
    /// ACM TOMACS 29 (2019).
    pub(crate) fn below(&mut self, bound: NonZeroU64) -> u64 {
        let mut product = self.product(bound);
        if low(product) < bound.get() {
            let reject_below = bound.get().wrapping_neg() % bound;
            while low(product) < reject_below {
                product = self.product(bound);
            }
        }
        high(product)
    }

    fn product(&mut self, bound: NonZeroU64) -> u128 {
        u128::from(self.0.next_u64()) * u128::from(bound.get())
    }
}

const fn high(product: u128) -> u64 {
    (product >> 64) as u64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is wanted"
)]
const fn low(product: u128) -> u64 {
    product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(seed: u64, number: u64) -> Stream {
        Stream::numbered(Seed(seed), Purpose::DIFFICULTY, number)
    }

    #[test]
    fn streams_differ_by_difficulty_and_seed_and_repeat() {
        let bound = NonZeroU64::MAX;
        let first = |seed, number| stream(seed, number).below(bound);
        assert_eq!(first(1, 0), first(1, 0));
        assert_ne!(first(1, 0), first(1, 2));
        assert_ne!(first(1, 0), first(2, 0));
    }

    #[test]
    fn a_bound_just_above_half_the_range_rejects_and_stays_below() {
        let bound = NonZeroU64::new((1 << 63) + 1).unwrap();
        let mut stream = stream(7, 0);
        assert!((0..1_000).all(|_| stream.below(bound) < bound.get()));
        assert_eq!(stream.below(NonZeroU64::MIN), 0);
    }

    #[test]
    fn system_seeds_do_not_repeat() {
        assert_ne!(SystemSeeds.next_seed(), SystemSeeds.next_seed());
    }
}
