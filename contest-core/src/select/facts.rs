//! The history of a user, for a selection.

use std::time::Duration;

use crate::catalogue::{Catalogue, OrdinalSet};
use crate::select::{Encounter, Practice};
use crate::time::Timestamp;
use crate::user::{AttemptRecord, ContestRecord, EndingKind, UserRecord};

/// The facts about a user's history. Together with the [`Input`](crate::select::Input) they determine a
/// selection. [`Needs`](crate::select::Needs) lists the facts to gather.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::select::Facts;
///
/// // A user who has done nothing yet.
/// let facts = Facts::of(None, &Catalogue::neetcode150());
/// assert!(facts.solved().is_empty());
/// ```
///
/// [`as_of`](Self::as_of) builds facts from solves and contests alone, for tests of strategies and
/// rules.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    epoch: u64,
    solved: OrdinalSet,
    seen: OrdinalSet,
    group: OrdinalSet,
    solves: Grouped<Timestamp>,
    encounters: Grouped<Encounter>,
}

impl Facts {
    /// How many contests of the epoch strategies see: the latest. So a selection costs no more for a user with
    /// any number of contests.
    pub const CONTESTS: usize = 1_000;

    /// The facts in the user's record: the solved problems, including those newly marked in the open
    /// contest, and the problems that contests of the current epoch had.
    pub fn of(record: Option<&UserRecord>, catalogue: &Catalogue) -> Self {
        let Some(record) = record else {
            return Self::default();
        };
        Self {
            epoch: record.epoch.number,
            solved: record.all_solved(catalogue),
            seen: record.seen.clone(),
            ..Self::default()
        }
    }

    /// The facts just before the instant `at`, in the epoch of this number, for replays. Takes the
    /// whole log and all contests, latest first, and counts solves, contests, marks and undoings before `at`.
    pub fn as_of(
        at: Timestamp,
        epoch: u64,
        log: &[AttemptRecord],
        contests: &[ContestRecord],
        catalogue: &Catalogue,
    ) -> Self {
        let counted = |entry: &&AttemptRecord| entry.epoch == epoch && entry.was_solve(at);
        let begun = |contest: &&ContestRecord| contest.epoch == epoch && contest.started_at < at;
        let solves = grouped_solves(log.iter().filter(counted), catalogue);
        let begun = contests.iter().filter(begun);
        let met = begun.clone().flat_map(|contest| &contest.problems);
        let seen = met.filter_map(|assigned| catalogue.ordinal(assigned.problem));
        let latest = begun.take(Self::CONTESTS);
        let encounters = grouped_encounters(latest, catalogue, Some(at));
        Self {
            epoch,
            solved: solves.ordinals.iter().copied().collect(),
            seen: seen.collect(),
            group: OrdinalSet::default(),
            solves,
            encounters,
        }
    }

    /// Adds the log of solves. Entries that were undone or are of another epoch do not count.
    #[must_use]
    pub fn with_log(mut self, log: &[AttemptRecord], catalogue: &Catalogue) -> Self {
        let counted = |solve: &&AttemptRecord| solve.epoch == self.epoch && solve.is_solve();
        self.solves = grouped_solves(log.iter().filter(counted), catalogue);
        self
    }

    /// Adds the user's contests, latest first. Those of another epoch do not count, nor those before the latest
    /// [`CONTESTS`](Self::CONTESTS).
    #[must_use]
    pub fn with_contests(mut self, contests: &[ContestRecord], catalogue: &Catalogue) -> Self {
        let counted = contests.iter().filter(|each| each.epoch == self.epoch);
        let latest = counted.take(Self::CONTESTS);
        self.encounters = grouped_encounters(latest, catalogue, None);
        self
    }

    /// Adds the problems that the members of the group have solved: each member's
    /// [`solved`](Self::solved).
    #[must_use]
    pub fn with_group<'s>(mut self, solved: impl IntoIterator<Item = &'s OrdinalSet>) -> Self {
        for set in solved {
            self.group.union_with(set);
        }
        self
    }

    /// The problems the user has solved in the current epoch.
    pub fn solved(&self) -> &OrdinalSet {
        &self.solved
    }

    /// The problems that contests of the current epoch had.
    pub fn seen(&self) -> &OrdinalSet {
        &self.seen
    }

    /// The problems that any member of the group has solved.
    pub fn solved_by_group(&self) -> &OrdinalSet {
        &self.group
    }

    /// The problems last solved less than `time` before `now`, as far as the log was gathered.
    pub(super) fn solved_within(&self, time: Duration, now: Timestamp) -> OrdinalSet {
        let solves = self.solves.ordinals.iter().zip(&self.solves.values);
        let recent = solves.filter(|(_, at)| now.saturating_since(**at) < time);
        recent.map(|(ordinal, _)| *ordinal).collect()
    }

    /// The history of the problem with this ordinal, as far as it was gathered.
    pub fn practice(&self, ordinal: u32) -> Practice<'_> {
        Practice {
            solved_at: self.solves.of(ordinal),
            encounters: self.encounters.of(ordinal),
        }
    }
}

/// Groups solves by problem. Leaves out problems absent from the catalogue: no selection picks them.
fn grouped_solves<'s>(
    log: impl Iterator<Item = &'s AttemptRecord>,
    catalogue: &Catalogue,
) -> Grouped<Timestamp> {
    Grouped::new(log.filter_map(|solve| Some((catalogue.ordinal(solve.problem)?, solve.at))))
}

/// Groups contests by problem, with the marks made before an instant, or with all marks.
fn grouped_encounters<'c>(
    contests: impl Iterator<Item = &'c ContestRecord>,
    catalogue: &Catalogue,
    before: Option<Timestamp>,
) -> Grouped<Encounter> {
    let over = |at: Timestamp| before.is_none_or(|before| at < before);
    Grouped::new(contests.flat_map(|contest| {
        let marks = contest.problems.iter().filter_map(|assigned| assigned.mark);
        let marked = marks.filter(|mark| over(mark.at)).count() > 0;
        // An earlier contest has ended when a later one is created, even at the same instant.
        let abandoned = contest.ending.is_some_and(|ending| {
            let ended = before.is_none_or(|before| ending.at <= before);
            ending.kind == EndingKind::Abandoned && ended
        });
        contest.problems.iter().filter_map(move |assigned| {
            let mark = assigned.mark.filter(|mark| over(mark.at));
            let encounter = Encounter {
                started_at: contest.started_at,
                contest: contest.id,
                marked_at: mark.map(|mark| mark.at),
                untouched: abandoned && !marked,
            };
            Some((catalogue.ordinal(assigned.problem)?, encounter))
        })
    }))
}

/// Values grouped by ordinal, in order within a group.
#[derive(Debug, Clone)]
struct Grouped<T> {
    ordinals: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Grouped<T> {
    fn default() -> Self {
        Self {
            ordinals: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<T: Ord> Grouped<T> {
    fn new(entries: impl Iterator<Item = (u32, T)>) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_unstable();
        let (ordinals, values) = entries.into_iter().unzip();
        Self { ordinals, values }
    }

    fn of(&self, ordinal: u32) -> &[T] {
        let from = self.ordinals.partition_point(|other| *other < ordinal);
        let rest = self.ordinals.get(from..).unwrap_or_default();
        let until = from + rest.partition_point(|other| *other == ordinal);
        self.values.get(from..until).unwrap_or_default()
    }
}
