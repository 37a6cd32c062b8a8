//! How eligible problems are picked.

use std::fmt;
use std::sync::Arc;

use crate::select::{RatingBand, ReviewOptions, SelectionRequest};

/// How problems are picked among the eligible ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Strategy {
    /// Each eligible problem of a difficulty is equally likely.
    #[default]
    Uniform,
    /// Spread over topics, the ones with the smallest share solved first.
    TopicBalanced,
    /// Problems that were least often in the user's latest [1,000](crate::select::Facts::CONTESTS) contests
    /// first, in random order among equals.
    LeastUsed,
    /// Problems with a rating in this band, each equally likely. The mix of difficulties does not
    /// apply, and problems without a rating are never picked.
    RatingBand(RatingBand),
    /// Solved problems that are due for [review](crate::select::due), the ones most likely to be
    /// forgotten first. The mix of difficulties does not apply, nor do the rules on problems the user
    /// has solved or attempted. Needs the feature `fsrs`.
    Review(ReviewOptions),
    /// A custom strategy of the host, by the name it was
    /// [registered](crate::engine::EngineBuilder::strategy) under.
    Custom(StrategyName),
}

impl Strategy {
    /// A stable name of the kind of strategy, such as `topic_balanced`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::TopicBalanced => "topic_balanced",
            Self::LeastUsed => "least_used",
            Self::RatingBand(_) => "rating_band",
            Self::Review(_) => "review",
            Self::Custom(_) => "custom",
        }
    }
}

/// How the problems of a contest were picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SelectionMethod {
    /// By [`Strategy::Uniform`].
    Uniform,
    /// By [`Strategy::TopicBalanced`].
    TopicBalanced,
    /// By [`Strategy::LeastUsed`].
    LeastUsed,
    /// By [`Strategy::RatingBand`].
    RatingBand,
    /// By [`Strategy::Review`].
    Review,
    /// By a custom strategy.
    Custom,
    /// In parts.
    Parts,
    /// By slots.
    Slots,
    /// Not selected: the request named them.
    Named,
}

impl SelectionMethod {
    /// The method of a request.
    pub fn of(request: &SelectionRequest) -> Self {
        if !request.problems().is_empty() {
            return Self::Named;
        }
        match (request.parts(), request.slots(), request.strategy()) {
            ([_, ..], _, _) => Self::Parts,
            (_, [_, ..], _) => Self::Slots,
            (_, _, Strategy::Uniform) => Self::Uniform,
            (_, _, Strategy::TopicBalanced) => Self::TopicBalanced,
            (_, _, Strategy::LeastUsed) => Self::LeastUsed,
            (_, _, Strategy::RatingBand(_)) => Self::RatingBand,
            (_, _, Strategy::Review(_)) => Self::Review,
            (_, _, Strategy::Custom(_)) => Self::Custom,
        }
    }

    /// A stable name, such as `topic_balanced`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::TopicBalanced => "topic_balanced",
            Self::LeastUsed => "least_used",
            Self::RatingBand => "rating_band",
            Self::Review => "review",
            Self::Custom => "custom",
            Self::Parts => "parts",
            Self::Slots => "slots",
            Self::Named => "named",
        }
    }
}

impl fmt::Display for SelectionMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The name of a custom strategy: 1 to 100 visible ASCII characters.
///
/// ```
/// use contest_core::select::StrategyName;
///
/// assert_eq!(StrategyName::new("short-titles")?.as_str(), "short-titles");
/// assert!(StrategyName::new("short titles").is_err());
/// # Ok::<(), contest_core::select::StrategyNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct StrategyName(Arc<str>);

/// A text is not a strategy name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a strategy name: expected 1 to 100 visible ASCII characters")]
#[non_exhaustive]
pub struct StrategyNameError {
    /// The text given, cut to its first 100 characters.
    pub text: String,
}

impl StrategyName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`StrategyNameError`] if the text is not 1 to 100 visible ASCII characters.
    pub fn new(text: impl AsRef<str>) -> Result<Self, StrategyNameError> {
        let text = text.as_ref();
        if (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(StrategyNameError {
                text: text.chars().take(100).collect(),
            })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StrategyName {
    type Error = StrategyNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<StrategyName> for String {
    fn from(name: StrategyName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StrategyName({:?})", self.as_str())
    }
}
