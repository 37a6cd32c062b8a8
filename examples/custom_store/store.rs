//! A whole store: maps behind a lock. It looks up, compares and keeps, and decides nothing.
//!
//! The lock makes each method one atomic step. A database has a statement or a transaction for that,
//! tables with the user first in each key for the maps, and indexes to page by. It also tells a commit
//! that failed from one that may have been kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound::{Excluded, Unbounded};

use contest_core::catalogue::{Revision, StoredProblem};
use contest_core::prelude::*;
use contest_core::store::{
    CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestPage, ContestSelector,
    ContestWrite, HistoryPage, HistoryRepository, PublicationCommit, Snapshot, SolvePage,
    StoreError, TimeOrder, UserRepository, async_trait,
};
use contest_core::user::{ContestRecord, Solve, SolveKey, UserRecord};
use tokio::sync::Mutex;

type Result<T, E = StoreError> = std::result::Result<T, E>;
type Page<T> = Result<HistoryPage<T>>;

#[derive(Debug, Default)]
pub(crate) struct MapStore(Mutex<Data>);

#[derive(Debug, Default)]
struct Data {
    revision: Revision,
    problems: BTreeMap<u32, StoredProblem>,
    users: BTreeMap<UserId, User>,
}

#[derive(Debug, Default)]
struct User {
    record: UserRecord,
    contests: BTreeMap<ContestId, ContestRecord>,
    requests: HashMap<ContestId, SelectionRequest>,
    keys: HashMap<IdempotencyKey, ContestId>,
    solves: BTreeMap<SolveKey, Solve>,
}

impl Data {
    /// What `read` finds of a user, with the version of that instant.
    fn page<T>(&self, user: UserId, read: impl FnOnce(&User) -> Vec<T>) -> HistoryPage<T> {
        let user = self.users.get(&user);
        let version = user.map(|user| user.record.version);
        let items = read(user.unwrap_or(&User::default()));
        HistoryPage { version, items }
    }
}

impl User {
    fn find(&self, contest: &ContestSelector) -> Option<&ContestRecord> {
        self.contests.get(match contest {
            ContestSelector::None => return None,
            ContestSelector::Open => &self.record.open.as_ref()?.id,
            ContestSelector::Id(id) => id,
            ContestSelector::Key(key) => self.keys.get(key)?,
        })
    }

    /// Keeps a contest, unless it is to be new and is not. A database has unique indexes.
    fn put(&mut self, write: &ContestWrite) -> Result<(), CommitError> {
        let contest = write.contest();
        if let ContestWrite::Insert { request, .. } = write {
            let key = contest.idempotency.as_ref().map(|used| &used.key);
            let key_used = key.is_some_and(|key| self.keys.contains_key(key));
            if key_used || self.contests.contains_key(&contest.id) {
                return Err(CommitError::Conflict);
            }
            self.keys.extend(key.map(|key| (key.clone(), contest.id)));
            let request = SelectionRequest::clone(request);
            self.requests.insert(contest.id, request);
        }
        self.contests.insert(contest.id, contest.clone());
        Ok(())
    }
}

#[async_trait]
impl CatalogueRepository for MapStore {
    async fn load_catalogue(&self, _since: Option<Revision>) -> Result<CatalogueChanges> {
        let data = self.0.lock().await;
        Ok(CatalogueChanges {
            revision: data.revision,
            whole: true, // Always right. What changed since a revision would be less to load.
            problems: data.problems.values().cloned().collect(),
        })
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        let mut data = self.0.lock().await;
        if data.revision != publication.expected {
            return Err(CommitError::Conflict);
        }
        data.revision = publication.revision;
        for problem in &publication.problems {
            data.problems.insert(problem.ordinal, problem.clone());
        }
        Ok(())
    }
}

#[async_trait]
impl UserRepository for MapStore {
    async fn load_user(&self, user: UserId, contest: &ContestSelector) -> Result<Snapshot> {
        let data = self.0.lock().await;
        let user = data.users.get(&user);
        Ok(Snapshot {
            record: user.map(|user| user.record.clone()),
            contest: user.and_then(|user| user.find(contest).cloned()),
            revision: data.revision,
        })
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        let mut data = self.0.lock().await;
        let stored = data.users.get(&commit.user);
        if stored.map(|user| user.record.version) != commit.expected {
            return Err(CommitError::Conflict);
        }
        if commit.revision.is_some_and(|of| of != data.revision) {
            return Err(CommitError::Outdated);
        }
        let user = data.users.entry(commit.user).or_default();
        if let Some(write) = &commit.contest {
            user.put(write)?;
        }
        for solve in &commit.solves {
            user.solves.insert(solve.key(), *solve);
        }
        user.record = commit.record.clone();
        Ok(())
    }

    async fn erase_user(&self, user: UserId) -> Result<bool> {
        Ok(self.0.lock().await.users.remove(&user).is_some())
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>> {
        let data = self.0.lock().await;
        let users = data.users.keys().filter(|user| Some(**user) > after);
        Ok(users.copied().take(limit as usize).collect())
    }
}

#[async_trait]
impl HistoryRepository for MapStore {
    async fn list_contests(&self, user: UserId, page: ContestPage) -> Page<ContestRecord> {
        let before = page.before.map_or(Unbounded, Excluded);
        Ok(self.0.lock().await.page(user, |user| {
            let contests = user.contests.range((Unbounded, before)).rev();
            let contests = contests.map(|(_, contest)| contest.clone());
            contests.take(page.limit as usize).collect()
        }))
    }

    async fn list_solves(&self, user: UserId, page: SolvePage) -> Page<Solve> {
        let (after, limit) = (page.after.map_or(Unbounded, Excluded), page.limit as usize);
        let data = self.0.lock().await;
        Ok(data.page(user, |user| match page.order {
            TimeOrder::OldestFirst => {
                let solves = user.solves.range((after, Unbounded));
                solves.map(|(_, solve)| *solve).take(limit).collect()
            }
            TimeOrder::LatestFirst => {
                let solves = user.solves.range((Unbounded, after)).rev();
                solves.map(|(_, solve)| *solve).take(limit).collect()
            }
        }))
    }

    async fn count_solves(&self, user: UserId, bounds: &[Timestamp]) -> Page<u64> {
        Ok(self.0.lock().await.page(user, |user| {
            let count = |&[from, to]: &[Timestamp; 2]| {
                let live = user.solves.values().filter(|solve| solve.is_live());
                let inside = live.filter(|solve| (from..to).contains(&solve.at));
                let problems: HashSet<_> = inside.map(|solve| solve.problem).collect();
                problems.len() as u64
            };
            bounds.array_windows().map(count).collect()
        }))
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>> {
        let data = self.0.lock().await;
        let request = |user: &User| user.requests.get(&contest).cloned();
        Ok(data.users.get(&user).and_then(request))
    }
}
