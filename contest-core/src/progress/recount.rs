//! Rebuilds a user's record from the log and the contests.

use std::collections::HashSet;

use crate::catalogue::{Catalogue, OrdinalSet};
use crate::id::ProblemId;
use crate::model::EndingKind;
use crate::user::{AttemptRecord, ContestRecord, EndedContests, UserRecord};

/// A difference between a record and its recount.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Discrepancy {
    /// These problems count as solved, but the log has no entry for them.
    NotInLog(Vec<ProblemId>),
    /// The log has entries for these problems, but they do not count as solved.
    NotCounted(Vec<ProblemId>),
    /// The problems that contests of this epoch had differ.
    Seen(Vec<ProblemId>),
    /// The newly marked problems of the open contest differ.
    NewlyMarked(Vec<ProblemId>),
    /// The numbers of ended contests differ.
    Ended {
        /// In the record.
        recorded: EndedContests,
        /// By the contests.
        counted: EndedContests,
    },
}

/// The record rebuilt from the whole log and all contests. Fields that cannot be derived from them
/// stay; once contests were pruned, so do the numbers of ended contests, and all seen problems.
pub fn recount(
    record: &UserRecord,
    solves: &[AttemptRecord],
    contests: &[ContestRecord],
    catalogue: &Catalogue,
) -> UserRecord {
    let mut counted = record.clone();
    let epoch = record.epoch.number;
    let open = record.open.as_ref().map(|open| open.id);
    let live = |solve: &&AttemptRecord| solve.is_solve() && solve.epoch == epoch;
    let (of_open, others): (Vec<&AttemptRecord>, Vec<&AttemptRecord>) = solves
        .iter()
        .filter(live)
        .partition(|solve| solve.contest.is_some() && solve.contest == open);
    let ordinal = |solve: &&AttemptRecord| catalogue.ordinal(solve.problem);
    counted.solved = unknown_to(catalogue, &record.solved, others.iter().filter_map(ordinal));
    let of_epoch = contests.iter().filter(|contest| contest.epoch == epoch);
    let met = of_epoch.flat_map(|contest| &contest.problems);
    let met = met.filter_map(|assigned| catalogue.ordinal(assigned.problem));
    counted.seen = unknown_to(catalogue, &record.seen, met);
    if let Some(open) = &mut counted.open {
        let is_new =
            |solve: &&&AttemptRecord| ordinal(solve).is_some_and(|o| !counted.solved.contains(o));
        // Several attempts at one problem may be accepted.
        let mut seen = HashSet::new();
        open.newly_marked = of_open
            .iter()
            .filter(is_new)
            .map(|solve| solve.problem)
            .filter(|problem| seen.insert(*problem))
            .collect();
    }
    counted.ended = ended(contests, record);
    if record.pruned_before.is_some() {
        // Only the record knows the problems and endings of pruned contests.
        counted.seen.union_with(&record.seen);
        counted.ended = record.ended;
    }
    counted
}

/// These ordinals, and those in `before` that the catalogue does not know.
fn unknown_to(
    catalogue: &Catalogue,
    before: &OrdinalSet,
    ordinals: impl Iterator<Item = u32>,
) -> OrdinalSet {
    let unknown = before
        .iter()
        .filter(|ordinal| catalogue.by_ordinal(*ordinal).is_none());
    ordinals.chain(unknown).collect()
}

fn ended(contests: &[ContestRecord], record: &UserRecord) -> EndedContests {
    let mut ended = EndedContests::default();
    for contest in contests
        .iter()
        .filter(|contest| !record.is_open(contest.id))
    {
        match contest.ending.map(|ending| ending.kind) {
            Some(EndingKind::Completed) => ended.completed += 1,
            Some(EndingKind::Abandoned) => ended.abandoned += 1,
            Some(EndingKind::Expired) | None => ended.expired += 1,
        }
    }
    ended
}

impl Discrepancy {
    /// All differences between a record and its recount.
    pub fn between(
        recorded: &UserRecord,
        counted: &UserRecord,
        catalogue: &Catalogue,
    ) -> Vec<Self> {
        let only = |a: &OrdinalSet, b: &OrdinalSet| -> Vec<ProblemId> {
            let only = a.iter().filter(|ordinal| !b.contains(*ordinal));
            only.filter_map(|ordinal| Some(catalogue.by_ordinal(ordinal)?.id))
                .collect()
        };
        let newly = |record: &UserRecord| -> std::collections::BTreeSet<_> {
            record
                .open
                .iter()
                .flat_map(|open| open.newly_marked.iter().copied())
                .collect()
        };
        let seen = [
            only(&recorded.seen, &counted.seen),
            only(&counted.seen, &recorded.seen),
        ];
        let newly: Vec<_> = newly(recorded)
            .symmetric_difference(&newly(counted))
            .copied()
            .collect();
        let lists = [
            Self::NotInLog(only(&recorded.solved, &counted.solved)),
            Self::NotCounted(only(&counted.solved, &recorded.solved)),
            Self::Seen(seen.concat()),
            Self::NewlyMarked(newly),
        ];
        let ended = (recorded.ended != counted.ended).then_some(Self::Ended {
            recorded: recorded.ended,
            counted: counted.ended,
        });
        lists
            .into_iter()
            .filter(|list| !list.is_empty())
            .chain(ended)
            .collect()
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::NotInLog(problems)
            | Self::NotCounted(problems)
            | Self::Seen(problems)
            | Self::NewlyMarked(problems) => problems.is_empty(),
            Self::Ended { .. } => false,
        }
    }
}
