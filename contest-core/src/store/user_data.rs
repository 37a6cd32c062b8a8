//! All data of one user in one value.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound::{Excluded, Unbounded};

use crate::catalogue::Revision;
use crate::id::{ContestId, ProblemId, RoundId, Version};
use crate::model::IdempotencyKey;
use crate::select::SelectionRequest;
use crate::store::{
    AttemptPage, Commit, CommitError, ContestList, ContestPage, ContestSelector, ContestWrite,
    HistoryPage, Snapshot, TimeOrder,
};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord, UserRecord};

/// All data of one user except the events, with the meaning of the store traits' methods as pure
/// functions. For stores that keep a user in one piece, in memory or as a document. The default is a
/// user without data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserData {
    record: Option<UserRecord>,
    contests: BTreeMap<ContestId, (ContestRecord, SelectionRequest)>,
    keys: HashMap<IdempotencyKey, ContestId>,
    rounds: HashMap<RoundId, ContestId>,
    attempts: BTreeMap<AttemptKey, AttemptRecord>,
}

impl UserData {
    /// The version; `None` before the first commit.
    pub fn version(&self) -> Option<Version> {
        self.record.as_ref().map(|record| record.version)
    }

    /// Implements [`load_user`](crate::store::UserRepository::load_user).
    pub fn snapshot(&self, contest: &ContestSelector, revision: Revision) -> Snapshot {
        Snapshot {
            record: self.record.clone(),
            contest: self.select(contest).cloned(),
            revision,
        }
    }

    /// Implements [`commit_user`](crate::store::UserRepository::commit_user). The store itself compares
    /// the revision of the catalogue.
    ///
    /// # Errors
    /// [`CommitError::Conflict`]; nothing is changed then.
    pub fn apply(&mut self, commit: &Commit) -> Result<(), CommitError> {
        if self.version() != commit.expected {
            return Err(CommitError::Conflict);
        }
        if let Some(write) = &commit.contest {
            self.write(write)?;
        }
        if let Some(first_kept) = commit.prune_before {
            self.contests = self.contests.split_off(&first_kept);
            self.keys.retain(|_, contest| *contest >= first_kept);
            self.rounds.retain(|_, contest| *contest >= first_kept);
        }
        self.record = Some(commit.record.clone());
        let attempts = commit.attempts.iter();
        let attempts = attempts.map(|entry| (entry.key(), entry.clone()));
        self.attempts.extend(attempts);
        Ok(())
    }

    /// Implements [`list_contests`](crate::store::HistoryRepository::list_contests).
    pub fn contests(&self, page: ContestPage) -> ContestList {
        let before = page.before.map_or(Unbounded, Excluded);
        let contests = self.contests.range((Unbounded, before)).rev();
        let contests = contests.map(|(_, (contest, _))| contest.clone());
        ContestList {
            record: self.record.clone(),
            items: contests.take(length(page.limit)).collect(),
        }
    }

    /// Implements [`list_attempts`](crate::store::HistoryRepository::list_attempts).
    #[allow(
        clippy::needless_pass_by_value,
        reason = "taken as the port hands it over"
    )]
    pub fn attempts(&self, page: AttemptPage) -> HistoryPage<AttemptRecord> {
        let (after, limit) = (page.after.as_ref(), length(page.limit));
        let after = after.map_or(Unbounded, Excluded);
        match page.order {
            TimeOrder::OldestFirst => {
                let attempts = self.attempts.range::<AttemptKey, _>((after, Unbounded));
                self.page(attempts.map(|(_, entry)| entry.clone()).take(limit))
            }
            TimeOrder::LatestFirst => {
                let attempts = self
                    .attempts
                    .range::<AttemptKey, _>((Unbounded, after))
                    .rev();
                self.page(attempts.map(|(_, entry)| entry.clone()).take(limit))
            }
        }
    }

    /// Implements [`count_solves`](crate::store::HistoryRepository::count_solves).
    pub fn count_solves(&self, bounds: &[Timestamp]) -> HistoryPage<u64> {
        let count = |(&from, &to): (&Timestamp, &Timestamp)| {
            let attempts = self.attempts.range(first_at(from)..);
            let inside = attempts.take_while(|(key, _)| key.at < to);
            let live = inside.filter(|(_, entry)| entry.is_solve());
            let problems: HashSet<_> = live.map(|(key, _)| key.problem).collect();
            problems.len() as u64
        };
        self.page(bounds.iter().zip(bounds.iter().skip(1)).map(count))
    }

    /// The user's contest in a round, for [`RoundRepository`](crate::store::RoundRepository).
    pub fn round_contest(&self, round: RoundId) -> Option<&ContestRecord> {
        self.select(&ContestSelector::Round(round))
    }

    /// Implements [`contest_request`](crate::store::HistoryRepository::contest_request).
    pub fn request(&self, contest: ContestId) -> Option<&SelectionRequest> {
        self.contests.get(&contest).map(|(_, request)| request)
    }

    fn page<T>(&self, items: impl Iterator<Item = T>) -> HistoryPage<T> {
        HistoryPage {
            version: self.version(),
            items: items.collect(),
        }
    }

    fn select(&self, contest: &ContestSelector) -> Option<&ContestRecord> {
        let id = match contest {
            ContestSelector::None => return None,
            ContestSelector::Open => &self.record.as_ref()?.open.as_ref()?.id,
            ContestSelector::Id(id) => id,
            ContestSelector::Key(key) => self.keys.get(key)?,
            ContestSelector::Round(round) => self.rounds.get(round)?,
        };
        self.contests.get(id).map(|(contest, _)| contest)
    }

    /// Fails if a new contest exists already, by id, key or round, or one to replace does not exist.
    fn write(&mut self, write: &ContestWrite) -> Result<(), CommitError> {
        match write {
            ContestWrite::Insert { contest, request } => {
                let key = contest.idempotency.as_ref().map(|used| &used.key);
                let is_used = key.is_some_and(|key| self.keys.contains_key(key));
                let round = contest.round.map(|entry| entry.round);
                let is_joined = round.is_some_and(|round| self.rounds.contains_key(&round));
                if is_used || is_joined || self.contests.contains_key(&contest.id) {
                    return Err(CommitError::Conflict);
                }
                self.rounds.extend(round.map(|round| (round, contest.id)));
                self.keys.extend(key.map(|key| (key.clone(), contest.id)));
                let stored = (contest.clone(), SelectionRequest::clone(request));
                self.contests.insert(contest.id, stored);
            }
            ContestWrite::Update(contest) => {
                let stored = self.contests.get_mut(&contest.id);
                let (stored, _) = stored.ok_or(CommitError::Conflict)?;
                stored.clone_from(contest);
            }
        }
        Ok(())
    }
}

/// The smallest key of an entry at this time.
fn first_at(at: Timestamp) -> AttemptKey {
    AttemptKey {
        at,
        problem: ProblemId::from_uuid(uuid::Uuid::nil()),
        contest: None,
        submission: None,
    }
}

fn length(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
