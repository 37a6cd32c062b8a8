//! How a count is shared among difficulties.

use crate::model::{Difficulty, PerDifficulty};
use crate::select::ProblemCount;

/// Weights that say how a count is shared among difficulties.
///
/// The share of a count is its quota, found by the Sainte-Laguë (Webster) divisor method: seats are
/// given one at a time, each to the difficulty with the greatest `weight / (2 * seats + 1)`. Ties go
/// to the easier difficulty. The quotas sum exactly to the count, and one more problem never takes
/// one away from a difficulty (house monotonicity), which methods that round shares cannot promise.
///
/// The default mix is 30 : 40 : 30:
///
/// | count | easy | medium | hard | | count | easy | medium | hard |
/// |---|---|---|---|---|---|---|---|---|
/// | 1 | 0 | 1 | 0 | | 11 | 3 | 5 | 3 |
/// | 2 | 1 | 1 | 0 | | 12 | 4 | 5 | 3 |
/// | 3 | 1 | 1 | 1 | | 13 | 4 | 5 | 4 |
/// | 4 | 1 | 2 | 1 | | 14 | 4 | 6 | 4 |
/// | 5 | 2 | 2 | 1 | | 15 | 5 | 6 | 4 |
/// | 6 | 2 | 2 | 2 | | 16 | 5 | 6 | 5 |
/// | 7 | 2 | 3 | 2 | | 17 | 5 | 7 | 5 |
/// | 8 | 3 | 3 | 2 | | 18 | 6 | 7 | 5 |
/// | 9 | 3 | 3 | 3 | | 19 | 6 | 7 | 6 |
/// | 10 | 3 | 4 | 3 | | 20 | 6 | 8 | 6 |
///
/// ```
/// use contest_core::model::PerDifficulty;
/// use contest_core::select::{Mix, ProblemCount};
///
/// let mix = Mix::new(1, 2, 1)?;
/// assert_eq!(mix.quota(ProblemCount::new(8)?), PerDifficulty::new(2, 4, 2));
/// assert!(Mix::new(0, 0, 0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "PerDifficulty<u32>", into = "PerDifficulty<u32>")
)]
pub struct Mix(PerDifficulty<u32>);

/// Weights that share nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the weights of a mix are all zero: at least one difficulty needs a weight")]
#[non_exhaustive]
pub struct MixError {}

impl Default for Mix {
    fn default() -> Self {
        Self(PerDifficulty::new(30, 40, 30))
    }
}

impl Mix {
    /// A mix with these weights. Only their proportion matters; a weight of zero asks for none,
    /// though a shortage elsewhere may still flow there.
    ///
    /// # Errors
    /// [`MixError`] when all are zero.
    pub const fn new(easy: u32, medium: u32, hard: u32) -> Result<Self, MixError> {
        if easy == 0 && medium == 0 && hard == 0 {
            return Err(MixError {});
        }
        Ok(Self(PerDifficulty::new(easy, medium, hard)))
    }

    /// Only problems of one difficulty.
    pub fn only(difficulty: Difficulty) -> Self {
        Self(PerDifficulty::from_fn(|each| u32::from(each == difficulty)))
    }

    /// The weights.
    pub const fn weights(self) -> PerDifficulty<u32> {
        self.0
    }

    /// How many of `count` each difficulty is asked for.
    pub fn quota(self, count: ProblemCount) -> PerDifficulty<u16> {
        let mut seats = PerDifficulty::new(0_u16, 0, 0);
        // a/b > c/d compared as a*d > c*b; below 2^49, so nothing overflows.
        let divisor = |seats: u16| 2 * u64::from(seats) + 1;
        for _ in 0..count.get() {
            let mut best = Difficulty::Easy;
            for other in [Difficulty::Medium, Difficulty::Hard] {
                let claim = u64::from(self.0[other]) * divisor(seats[best]);
                if claim > u64::from(self.0[best]) * divisor(seats[other]) {
                    best = other;
                }
            }
            seats[best] += 1;
        }
        seats
    }
}

impl TryFrom<PerDifficulty<u32>> for Mix {
    type Error = MixError;

    fn try_from(weights: PerDifficulty<u32>) -> Result<Self, MixError> {
        Self::new(weights.easy, weights.medium, weights.hard)
    }
}

impl From<Mix> for PerDifficulty<u32> {
    fn from(mix: Mix) -> Self {
        mix.0
    }
}
