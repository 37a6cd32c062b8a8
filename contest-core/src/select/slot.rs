//! Slots: a contest as a list of places, each with its own requirements.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use crate::model::{Difficulty, Problem, Rating, Topic};

/// A place in a contest, and the requirements for its problem.
///
/// ```
/// use contest_core::model::{Difficulty, Topic};
/// use contest_core::select::Slot;
///
/// let slot = Slot::of_difficulty(Difficulty::Easy..=Difficulty::Medium)
///     .with_topics([Topic::new("Graphs")?])
///     .with_points(300);
/// assert_eq!(slot.to_string(), "Easy to Medium about Graphs");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Slot {
    level: SlotLevel,
    #[cfg_attr(feature = "serde", serde(default))]
    topics: BTreeSet<Topic>,
    #[cfg_attr(feature = "serde", serde(default))]
    points: Option<u32>,
}

/// The level of a slot. Both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SlotLevel {
    /// From one difficulty to another.
    Difficulty {
        /// The easiest that fits.
        min: Difficulty,
        /// The hardest that fits.
        max: Difficulty,
    },
    /// From one rating to another. Problems without a rating do not fit.
    Rating {
        /// The lowest that fits.
        min: Rating,
        /// The highest that fits.
        max: Rating,
    },
}

impl SlotLevel {
    /// Whether a problem has this level.
    pub fn fits(self, problem: &Problem) -> bool {
        match self {
            Self::Difficulty { min, max } => (min..=max).contains(&problem.difficulty),
            Self::Rating { min, max } => {
                let inside = |rating: Rating| (min..=max).contains(&rating);
                problem.rating.is_some_and(inside)
            }
        }
    }
}

impl Slot {
    /// For a problem of one of these difficulties, of any topic, without points.
    pub fn of_difficulty(difficulties: RangeInclusive<Difficulty>) -> Self {
        let (min, max) = difficulties.into_inner();
        Self::of(SlotLevel::Difficulty { min, max })
    }

    /// For a problem with a rating in this range, of any topic, without points.
    pub fn of_rating(ratings: RangeInclusive<Rating>) -> Self {
        let (min, max) = ratings.into_inner();
        Self::of(SlotLevel::Rating { min, max })
    }

    fn of(level: SlotLevel) -> Self {
        Self {
            level,
            topics: BTreeSet::new(),
            points: None,
        }
    }

    /// For a problem with at least one of these topics; any topic when empty.
    #[must_use]
    pub fn with_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.topics = topics.into_iter().collect();
        self
    }

    /// Sets the points. They are stored with the contest for the host to use; this crate ignores them.
    #[must_use]
    pub fn with_points(mut self, points: u32) -> Self {
        self.points = Some(points);
        self
    }

    /// Whether a problem fits, by its level and its topics.
    pub fn fits(&self, problem: &Problem) -> bool {
        let about =
            self.topics.is_empty() || problem.topics.iter().any(|t| self.topics.contains(t));
        about && self.level.fits(problem)
    }

    /// The level of the problem.
    pub fn level(&self) -> SlotLevel {
        self.level
    }

    /// The topics, of which the problem needs one; empty for any topic.
    pub fn topics(&self) -> &BTreeSet<Topic> {
        &self.topics
    }

    /// The points, if set.
    pub fn points(&self) -> Option<u32> {
        self.points
    }
}

/// The requirements.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.level)?;
        for (n, topic) in self.topics.iter().enumerate() {
            let join = if n == 0 { " about " } else { " or " };
            write!(f, "{join}{topic}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SlotLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Difficulty { min, max } if min == max => write!(f, "{min}"),
            Self::Difficulty { min, max } => write!(f, "{min} to {max}"),
            Self::Rating { min, max } => write!(f, "rating {min} to {max}"),
        }
    }
}
