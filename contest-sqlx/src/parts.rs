//! The parts of a commit. Both stores assemble its statements from them.

use std::fmt;

use contest_core::store::{Commit, ContestWrite};

/// Which parts a commit has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parts(u16);

/// A piece of SQL for commits that have all parts of the first set and none of the second.
pub(crate) type Fragment = (u16, u16, &'static str);

/// No record is expected.
pub(crate) const FIRST: u16 = 1;
/// It relies on a revision of the catalogue.
pub(crate) const RELIES: u16 = 2;
/// It writes the set of solved problems.
pub(crate) const SOLVED: u16 = 4;
/// It writes the set of seen problems.
pub(crate) const SEEN: u16 = 8;
/// It inserts a contest.
pub(crate) const NEW_CONTEST: u16 = 16;
/// It changes a contest.
pub(crate) const CONTEST: u16 = 32;
/// It writes entries of the log.
pub(crate) const ATTEMPTS: u16 = 64;
/// It appends events.
pub(crate) const EVENTS: u16 = 128;
/// It deletes contests.
pub(crate) const PRUNES: u16 = 256;
/// The contest that it inserts or changes belongs to a round.
pub(crate) const RANKED: u16 = 512;
/// It writes just one entry of the log.
pub(crate) const ONE_ATTEMPT: u16 = 1024;

impl Parts {
    /// The number of combinations; some never occur.
    pub(crate) const COMBINATIONS: usize = 2048;

    pub(crate) fn of(commit: &Commit, outbox: bool) -> Self {
        let first = commit.expected.is_none();
        // A new record may have sets without `*_changed`: there was nothing to change.
        let solved = commit.solved_changed || first && !commit.record.solved.is_empty();
        let seen = commit.seen_changed || first && !commit.record.seen.is_empty();
        let inserts = matches!(commit.contest, Some(ContestWrite::Insert { .. }));
        let updates = matches!(commit.contest, Some(ContestWrite::Update(_)));
        let contest = commit.contest.as_ref().map(ContestWrite::contest);
        let ranked = contest.is_some_and(|contest| contest.round.is_some());
        let parts = [
            (FIRST, first),
            (RELIES, commit.revision.is_some()),
            (SOLVED, solved),
            (SEEN, seen),
            (NEW_CONTEST, inserts),
            (CONTEST, updates),
            (ATTEMPTS, !commit.attempts.is_empty()),
            (EVENTS, outbox && !commit.events.is_empty()),
            (PRUNES, commit.prune_before.is_some()),
            (RANKED, ranked),
            (ONE_ATTEMPT, commit.attempts.len() == 1),
        ];
        let chosen = parts.into_iter().filter(|(_, is_there)| *is_there);
        Self(chosen.fold(0, |all, (part, _)| all | part))
    }

    /// All combinations, in the order of their index.
    #[cfg(test)]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..=u16::MAX).map(Self).take(Self::COMBINATIONS)
    }

    pub(crate) fn index(self) -> usize {
        self.0.into()
    }

    /// Whether it has any of these.
    pub(crate) const fn has(self, any_of: u16) -> bool {
        self.0 & any_of != 0
    }

    /// Joins the fragments of a commit with these parts.
    pub(crate) fn text(self, fragments: &[Fragment]) -> String {
        let needed = fragments
            .iter()
            .filter(|(all_of, none_of, _)| self.0 & all_of == *all_of && !self.has(*none_of));
        needed.map(|(_, _, fragment)| *fragment).collect()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:011b}", self.0)
    }
}
