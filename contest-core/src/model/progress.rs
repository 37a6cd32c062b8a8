//! How far a user has come.

use std::collections::BTreeMap;

use crate::model::{PerDifficulty, Topic};
use crate::time::Timestamp;

/// Solved problems out of all there are. Retired problems count in neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Solved by the user.
    pub solved: u64,
    /// In the catalogue.
    pub total: u64,
}

/// A user's contests by state, as of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContestCounts {
    /// Running: 0 or 1.
    pub active: u64,
    /// Finished by the user.
    pub completed: u64,
    /// Given up by the user.
    pub abandoned: u64,
    /// Ended by their deadline, settled or not.
    pub expired: u64,
}

/// What a user's progress is counted from: each reset begins a new epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Epoch {
    /// How many resets there were.
    pub number: u64,
    /// When the last one was; none in the first epoch, which is number 0.
    pub began_at: Option<Timestamp>,
}

impl ContestCounts {
    /// All contests, in whatever state.
    pub const fn total(&self) -> u64 {
        self.active + self.completed + self.abandoned + self.expired
    }
}

/// How far a user has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Progress {
    /// Solved of total for each difficulty.
    pub by_difficulty: PerDifficulty<Tally>,
    /// Solved of total for each topic of the catalogue; a problem counts once in each of its topics.
    pub by_topic: BTreeMap<Topic, Tally>,
    /// Contests by state.
    pub contests: ContestCounts,
    /// The instant it was asked for.
    pub as_of: Timestamp,
}

impl Progress {
    /// Solved of total over all difficulties.
    pub fn overall(&self) -> Tally {
        self.by_difficulty
            .iter()
            .fold(Tally::default(), |sum, (_, tally)| Tally {
                solved: sum.solved + tally.solved,
                total: sum.total + tally.total,
            })
    }
}
