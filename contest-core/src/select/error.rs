//! Errors of a selection.

use crate::id::ProblemId;
use crate::model::{PerDifficulty, Topic};
use crate::select::{RequestError, StrategyName};

/// Why a selection failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// No problem of the catalogue has a requested topic.
    #[error("no problem of the catalogue has the topic {:?}", topic.as_str())]
    UnknownTopic {
        /// The topic.
        topic: Topic,
    },
    /// No problem matches the request and its rules. By default, solved problems do not.
    #[error("no problem matches the request")]
    NoEligibleProblems,
    /// Fewer problems match than requested, and the policy is
    /// [`ShortagePolicy::Strict`](crate::select::ShortagePolicy::Strict).
    #[error(
        "only {} of {asked} problems match the request \
         ({} easy, {} medium, {} hard)",
        available.easy + available.medium + available.hard,
        available.easy, available.medium, available.hard
    )]
    NotEnoughProblems {
        /// How many were requested.
        asked: u16,
        /// How many match, by difficulty.
        available: PerDifficulty<u16>,
    },
    /// Fewer problems match a part of the request than it asks for, and the policy is
    /// [`ShortagePolicy::Strict`](crate::select::ShortagePolicy::Strict).
    #[error("part {part} of the request finds only {available} of {asked} problems")]
    PartUnfilled {
        /// The index of the part in the request, from 0.
        part: u16,
        /// How many it asks for.
        asked: u16,
        /// How many match.
        available: u16,
    },
    /// No assignment of problems fills these slots, and the policy is
    /// [`ShortagePolicy::Strict`](crate::select::ShortagePolicy::Strict) or none can be filled.
    #[error("{} of {asked} slots cannot be filled: {}", slots.len(), named(slots))]
    SlotsUnfillable {
        /// How many slots there are.
        asked: u16,
        /// The open slots when as many as possible are filled.
        slots: Vec<OpenSlot>,
    },
    /// The engine has no strategy of this name.
    #[error("no strategy is registered under the name {name}")]
    UnknownStrategy {
        /// The name.
        name: StrategyName,
    },
    /// The request has the review strategy, and this crate was built without the feature `fsrs`.
    #[error("reviews are not available: contest-core was built without its feature fsrs")]
    ReviewUnavailable,
    /// The request names problems that are not in the catalogue.
    #[error("{} unknown problem(s)", problems.len())]
    UnknownProblems {
        /// The unknown problems, in the order given.
        problems: Vec<ProblemId>,
    },
    /// The request names problems that are retired.
    #[error("{} retired problem(s)", problems.len())]
    RetiredProblems {
        /// The retired problems, in the order given.
        problems: Vec<ProblemId>,
    },
    /// Members of the request contradict each other.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl SelectionError {
    /// The problems that the error concerns; may be empty.
    pub fn problems(&self) -> &[ProblemId] {
        match self {
            Self::UnknownProblems { problems }
            | Self::RetiredProblems { problems }
            | Self::Request(RequestError::RepeatedProblems { problems }) => problems,
            _ => &[],
        }
    }

    /// A stable name of the kind of error, such as `not_enough_problems`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownTopic { .. } => "unknown_topic",
            Self::NoEligibleProblems => "no_eligible_problems",
            Self::NotEnoughProblems { .. } => "not_enough_problems",
            Self::PartUnfilled { .. } => "part_unfilled",
            Self::SlotsUnfillable { .. } => "slots_unfillable",
            Self::UnknownStrategy { .. } => "unknown_strategy",
            Self::ReviewUnavailable => "review_unavailable",
            Self::UnknownProblems { .. } => "unknown_problems",
            Self::RetiredProblems { .. } => "retired_problems",
            Self::Request(_) => "contradictory_request",
        }
    }
}

/// A slot that cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct OpenSlot {
    /// The index of the slot in the request, from 0.
    pub slot: u16,
    /// A description of the problems that fit, such as `Easy to Medium about Graphs`.
    pub description: String,
}

fn named(slots: &[OpenSlot]) -> String {
    const SHOWN: usize = 5;
    let name = |open: &OpenSlot| format!("slot {} ({})", open.slot, open.description);
    let mut text: Vec<_> = slots.iter().take(SHOWN).map(name).collect();
    if slots.len() > SHOWN {
        text.push("…".to_owned());
    }
    text.join(", ")
}
