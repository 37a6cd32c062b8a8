//! The rules that keep a problem out.

use std::fmt;

/// Why a problem was not a candidate, or was passed over. The order of the variants is the order in
/// which rules are looked at: what several rules remove is removed by the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rule {
    /// It has none of the topics asked for.
    Topics,
    /// It has a topic that is left out.
    ExcludedTopics,
    /// It is on the request's own list.
    Excluded,
    /// It is outside the slot, or outside the band of ratings.
    Level,
    /// The user has solved it.
    Solved,
    /// The user has solved it too short a time ago.
    SolvedRecently,
    /// A contest of the user had it.
    Attempted,
    /// Someone of the group has solved it.
    Group,
    /// It is not due for review.
    NotDue,
    /// Another part of the same contest has it.
    OtherPart,
    /// One of its topics is already as often in the contest as it may be.
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
