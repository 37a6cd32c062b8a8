//! How far a user has come.

use crate::catalogue::Catalogue;
use crate::model::{ContestCounts, Progress, Tally};
use crate::next::user::{OrdinalSet, UserRecord};
use crate::time::Timestamp;

impl UserRecord {
    /// Everything that is solved in this epoch. Problems that the catalogue lacks are left out.
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

/// How far a user has come by `now`: what is solved in this epoch, by today's catalogue.
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
