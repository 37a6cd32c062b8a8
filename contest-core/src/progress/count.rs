//! A user's progress.

use std::collections::BTreeMap;

use crate::catalogue::{Catalogue, OrdinalSet};
use crate::model::{PerDifficulty, Topic};
use crate::time::Timestamp;
use crate::user::UserRecord;

/// Solved problems out of all problems. Retired problems count in neither number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Solved by the user.
    pub solved: u64,
    /// All in the catalogue.
    pub total: u64,
}

/// A user's contests by state, as of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContestCounts {
    /// Active: 0 or 1.
    #[cfg_attr(feature = "serde", serde(rename = "active_contests"))]
    pub active: u64,
    /// Completed by the user.
    #[cfg_attr(feature = "serde", serde(rename = "completed_contests"))]
    pub completed: u64,
    /// Abandoned by the user.
    #[cfg_attr(feature = "serde", serde(rename = "abandoned_contests"))]
    pub abandoned: u64,
    /// Expired, settled or not.
    #[cfg_attr(feature = "serde", serde(rename = "expired_contests"))]
    pub expired: u64,
}

impl ContestCounts {
    /// All contests, in any state.
    pub const fn total(&self) -> u64 {
        self.active + self.completed + self.abandoned + self.expired
    }
}

/// A user's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Progress {
    /// Solved of total for each difficulty.
    pub by_difficulty: PerDifficulty<Tally>,
    /// Solved of total for each topic of the catalogue; a problem counts once in each of its topics.
    #[cfg_attr(feature = "serde", serde(rename = "topic_progress"))]
    pub by_topic: BTreeMap<Topic, Tally>,
    /// Contests by state.
    #[cfg_attr(feature = "serde", serde(rename = "contest_stats"))]
    pub contests: ContestCounts,
    /// The instant of this view.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

impl Progress {
    /// The progress of a new user over an empty catalogue. For testing code that shows progress: change
    /// the relevant fields. [`progress`] gives the totals of a catalogue.
    ///
    /// ```
    /// use contest_core::prelude::*;
    ///
    /// let mut shown = Progress::new("2026-11-24T12:00:00Z".parse()?);
    /// shown.by_difficulty.easy = Tally { solved: 1, total: 4 };
    /// shown.by_difficulty.hard = Tally { solved: 1, total: 1 };
    /// assert_eq!(shown.overall(), Tally { solved: 2, total: 5 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(as_of: Timestamp) -> Self {
        Self {
            by_difficulty: PerDifficulty::default(),
            by_topic: BTreeMap::new(),
            contests: ContestCounts::default(),
            as_of,
        }
    }

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

impl UserRecord {
    /// All problems solved in this epoch that the catalogue has.
    pub fn all_solved(&self, catalogue: &Catalogue) -> OrdinalSet {
        let mut solved = self.solved.clone();
        let newly = self.open.iter().flat_map(|open| &open.newly_marked);
        for ordinal in newly.filter_map(|problem| catalogue.ordinal(*problem)) {
            solved.insert(ordinal);
        }
        solved
    }

    /// The contests by their state at `now`.
    pub fn contest_counts(&self, now: Timestamp) -> ContestCounts {
        let open = self.open.as_ref().map(|open| now < open.deadline);
        ContestCounts {
            active: u64::from(open == Some(true)),
            completed: self.ended.completed,
            abandoned: self.ended.abandoned,
            expired: self.ended.expired + u64::from(open == Some(false)),
        }
    }
}

/// A user's progress at `now`: the problems solved in this epoch, by today's catalogue.
pub fn progress(record: Option<&UserRecord>, catalogue: &Catalogue, now: Timestamp) -> Progress {
    let solved = record
        .map(|record| record.all_solved(catalogue))
        .unwrap_or_default();
    let tally = |live: &OrdinalSet| Tally {
        solved: solved.intersection_len(live),
        total: live.len(),
    };
    let by_topic = catalogue.live_ordinals_by_topic().iter();
    Progress {
        by_difficulty: catalogue.live_ordinals().map(tally),
        by_topic: by_topic
            .map(|(topic, live)| (topic.clone(), tally(live)))
            .collect(),
        contests: record
            .map(|record| record.contest_counts(now))
            .unwrap_or_default(),
        as_of: now,
    }
}
