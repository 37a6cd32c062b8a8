//! The rules that keep a problem out, and those of them that need nothing but the catalogue.

use std::fmt;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::model::Topic;
use crate::select::SelectionRequest;

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

/// The rules that need nothing but the catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter<'c> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) request: &'c SelectionRequest,
}

impl<'c> Filter<'c> {
    pub(super) fn removed_by(&self, id: ProblemId) -> Option<Rule> {
        let (wanted, unwanted) = (self.request.topics(), self.request.excluded_topics());
        if !wanted.is_empty() || !unwanted.is_empty() {
            let topics = self.topics_of(id);
            if !wanted.is_empty() && !topics.iter().any(|topic| wanted.contains(topic)) {
                return Some(Rule::Topics);
            }
            if topics.iter().any(|topic| unwanted.contains(topic)) {
                return Some(Rule::ExcludedTopics);
            }
        }
        let listed = self.request.excluded().contains(&id);
        listed.then_some(Rule::Excluded)
    }

    pub(super) fn topics_of(&self, id: ProblemId) -> &'c [Topic] {
        self.catalogue
            .get(id)
            .map(|problem| &*problem.topics)
            .unwrap_or_default()
    }
}
