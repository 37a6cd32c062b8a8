//! Why nothing was selected.

use crate::model::{PerDifficulty, Topic};
use crate::select::{RequestError, StrategyName};

/// Why nothing was selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// A requested topic is in no problem of the catalogue.
    #[error("no problem of the catalogue has the topic `{topic}`")]
    UnknownTopic {
        /// The topic.
        topic: Topic,
    },
    /// The user has solved every problem that matches, or none matches.
    #[error("no problem is left that matches the request and is not solved")]
    NoEligibleProblems,
    /// Fewer are left than were asked for, and the policy is
    /// [`ShortagePolicy::Strict`](crate::select::ShortagePolicy::Strict).
    #[error(
        "only {} of {asked} problems are left that match the request and are not solved \
         ({} easy, {} medium, {} hard)",
        available.easy + available.medium + available.hard,
        available.easy, available.medium, available.hard
    )]
    NotEnoughProblems {
        /// How many were asked for.
        asked: u16,
        /// How many are left of each difficulty.
        available: PerDifficulty<u16>,
    },
    /// A part of the request finds fewer problems than it asks for, and the policy is
    /// [`ShortagePolicy::Strict`](crate::select::ShortagePolicy::Strict).
    #[error("part {part} of the request finds only {available} of {asked} problems")]
    PartUnfilled {
        /// Its place in the request, from 0.
        part: u16,
        /// How many it asks for.
        asked: u16,
        /// How many there are for it.
        available: u16,
    },
    /// No assignment of problems fills these slots, and the policy is
    /// [`ShortagePolicy::Strict`](crate::select::ShortagePolicy::Strict) or none can be filled.
    #[error("{} of {asked} slots cannot be filled: {}", slots.len(), named(slots))]
    SlotsUnfillable {
        /// How many slots there are.
        asked: u16,
        /// The ones that stay open when as many as possible are filled.
        slots: Vec<OpenSlot>,
    },
    /// The engine has no strategy of this name.
    #[error("no strategy is registered under the name `{name}`")]
    UnknownStrategy {
        /// The name.
        name: StrategyName,
    },
    /// The request asks for reviews, and this crate was built without the feature `fsrs`.
    #[error("reviews need the feature `fsrs` of contest-core")]
    ReviewUnavailable,
    /// The demands of the request do not go together.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl SelectionError {
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
            Self::Request(_) => "contradictory_request",
        }
    }
}

/// A slot that cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct OpenSlot {
    /// Its place in the request, from 0.
    pub slot: u16,
    /// What may fill it, in words, such as `Easy to Medium about Graphs`.
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
