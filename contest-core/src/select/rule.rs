//! The rules that keep a problem out.

use std::fmt;

/// Why a problem was not a candidate, or was passed over. Rules apply in the order of the variants: a
/// problem that breaks several is counted under the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rule {
    /// It has none of the requested topics.
    Topics,
    /// It has an excluded topic.
    ExcludedTopics,
    /// The request excludes it.
    Excluded,
    /// It does not fit the slot, or the band of ratings.
    Level,
    /// The user has solved it.
    Solved,
    /// The user has solved it too recently.
    SolvedRecently,
    /// An earlier contest of the user had it.
    Attempted,
    /// The user has not solved it, and the strategy picks solved problems only, such as a review.
    Unsolved,
    /// A member of the group has solved it.
    Group,
    /// It is not due for review.
    NotDue,
    /// Another part of the same contest has it.
    OtherPart,
    /// One of its topics has reached the cap per topic.
    TopicCap,
}

impl Rule {
    /// A stable name, such as `excluded_topics`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::ExcludedTopics => "excluded_topics",
            Self::Excluded => "excluded",
            Self::Level => "level",
            Self::Solved => "solved",
            Self::SolvedRecently => "solved_recently",
            Self::Attempted => "attempted",
            Self::Unsolved => "unsolved",
            Self::Group => "group",
            Self::NotDue => "not_due",
            Self::OtherPart => "other_part",
            Self::TopicCap => "topic_cap",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
