//! The difficulty of a problem, and one value per difficulty.

use std::fmt;
use std::ops::{Index, IndexMut};
use std::str::FromStr;

/// The difficulty of a problem. Ordered: easy before medium before hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Difficulty {
    /// Easy.
    Easy,
    /// Medium.
    Medium,
    /// Hard.
    Hard,
}

impl Difficulty {
    /// All difficulties, easiest first.
    pub const ALL: [Self; 3] = [Self::Easy, Self::Medium, Self::Hard];

    /// `Easy`, `Medium` or `Hard`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Easy => "Easy",
            Self::Medium => "Medium",
            Self::Hard => "Hard",
        }
    }

    /// Position in [`Difficulty::ALL`]. Part of the selection algorithm: never renumber.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Easy => 0,
            Self::Medium => 1,
            Self::Hard => 2,
        }
    }

    /// The number of steps between two difficulties.
    pub(crate) const fn distance(self, other: Self) -> u8 {
        self.rank().abs_diff(other.rank())
    }
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text is not a difficulty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a difficulty: expected Easy, Medium or Hard")]
#[non_exhaustive]
pub struct ParseDifficultyError {
    /// The text given.
    pub text: String,
}

/// Parses `easy`, `medium` or `hard` in any letter case.
impl FromStr for Difficulty {
    type Err = ParseDifficultyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|difficulty| difficulty.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| ParseDifficultyError {
                text: text.to_owned(),
            })
    }
}

/// One value for each difficulty.
///
/// ```
/// use contest_core::model::{Difficulty, PerDifficulty};
///
/// let mut solved = PerDifficulty::new(3, 1, 0);
/// solved[Difficulty::Hard] += 1;
/// assert_eq!(solved.iter().map(|(_, n)| n).sum::<i32>(), 5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PerDifficulty<T> {
    /// The value for easy.
    pub easy: T,
    /// The value for medium.
    pub medium: T,
    /// The value for hard.
    pub hard: T,
}

impl<T> PerDifficulty<T> {
    /// The three values, easiest first.
    pub const fn new(easy: T, medium: T, hard: T) -> Self {
        Self { easy, medium, hard }
    }

    /// A value computed for each difficulty, easiest first.
    pub fn from_fn(mut value: impl FnMut(Difficulty) -> T) -> Self {
        Self {
            easy: value(Difficulty::Easy),
            medium: value(Difficulty::Medium),
            hard: value(Difficulty::Hard),
        }
    }

    /// Applies a function to each value.
    pub fn map<U>(self, mut turn: impl FnMut(T) -> U) -> PerDifficulty<U> {
        PerDifficulty {
            easy: turn(self.easy),
            medium: turn(self.medium),
            hard: turn(self.hard),
        }
    }

    /// The values by reference.
    pub const fn as_ref(&self) -> PerDifficulty<&T> {
        PerDifficulty {
            easy: &self.easy,
            medium: &self.medium,
            hard: &self.hard,
        }
    }

    /// The values with their difficulties, easiest first.
    pub fn iter(&self) -> impl Iterator<Item = (Difficulty, &T)> {
        Difficulty::ALL
            .into_iter()
            .map(|difficulty| (difficulty, &self[difficulty]))
    }
}

impl<T> Index<Difficulty> for PerDifficulty<T> {
    type Output = T;

    fn index(&self, difficulty: Difficulty) -> &T {
        match difficulty {
            Difficulty::Easy => &self.easy,
            Difficulty::Medium => &self.medium,
            Difficulty::Hard => &self.hard,
        }
    }
}

impl<T> IndexMut<Difficulty> for PerDifficulty<T> {
    fn index_mut(&mut self, difficulty: Difficulty) -> &mut T {
        match difficulty {
            Difficulty::Easy => &mut self.easy,
            Difficulty::Medium => &mut self.medium,
            Difficulty::Hard => &mut self.hard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difficulties_are_parsed_as_printed_in_any_letter_case() {
        for difficulty in Difficulty::ALL {
            assert_eq!(difficulty.to_string().parse(), Ok(difficulty));
            assert_eq!(difficulty.as_str().to_uppercase().parse(), Ok(difficulty));
        }
        assert!("brutal".parse::<Difficulty>().is_err());
    }
}
