//! How a count is divided among difficulties.

use crate::model::{Difficulty, PerDifficulty};
use crate::select::ProblemCount;

/// Weights that divide a count among difficulties.
///
/// The quotas follow the Sainte-Laguë (Webster) divisor method: problems are assigned one at a time,
/// each to the difficulty with the greatest `weight / (2 * n + 1)`, where `n` is the number it has so
/// far. Ties go to the easier difficulty. The quotas sum exactly to the count, and a larger count never
/// lowers a quota (house monotonicity), which methods that round shares cannot guarantee.
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

/// All weights of a mix are zero.
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
    /// A mix with these weights. Only their proportion matters. A difficulty with weight zero is asked
    /// for no problems, but may replace those missing elsewhere.
    ///
    /// # Errors
    /// [`MixError`] if all weights are zero.
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

    /// How many of `count` problems each difficulty is asked for.
    pub fn quota(self, count: ProblemCount) -> PerDifficulty<u16> {
        let mut given = PerDifficulty::new(0_u16, 0, 0);
        // a/b > c/d compared as a*d > c*b; below 2^49, so nothing overflows.
        let divisor = |given: u16| 2 * u64::from(given) + 1;
        for _ in 0..count.get() {
            let mut best = Difficulty::Easy;
            for other in [Difficulty::Medium, Difficulty::Hard] {
                let claim = u64::from(self.0[other]) * divisor(given[best]);
                if claim > u64::from(self.0[best]) * divisor(given[other]) {
                    best = other;
                }
            }
            given[best] += 1;
        }
        given
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
