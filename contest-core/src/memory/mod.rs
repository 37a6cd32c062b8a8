//! A store in memory: the contract of the [ports](crate::store) in its plainest form.
//!
//! Made for tests, for small tools, and to read. Nothing survives the process. One lock guards the
//! data; it is held for one step and never across an await.

mod events;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use crate::catalogue::{Catalogue, Revision, StoredProblem};
use crate::id::{ContestId, ProblemId, UserId, Version};
use crate::model::IdempotencyKey;
use crate::select::SelectionRequest;
use crate::store::{
    CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestPage, ContestSelector,
    ContestWrite, HistoryPage, HistoryRepository, PublicationCommit, Snapshot, SolvePage,
    StoreError, TimeOrder, UserRepository,
};
use crate::time::Timestamp;
use crate::user::{ContestRecord, Solve, SolveKey, UserRecord};

/// A store in memory. Clones share the data.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::memory::MemoryStore;
///
/// let empty = MemoryStore::new();
/// let with_problems = MemoryStore::with_catalogue(Catalogue::default());
/// # let _ = (empty, with_problems);
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<RwLock<Data>>);

#[derive(Default)]
struct Data {
    revision: Revision,
    /// The revisions before this one.
    earlier: Vec<Revision>,
    /// By ordinal, with the number of the revision that changed it last.
    problems: BTreeMap<u32, (u64, StoredProblem)>,
    users: BTreeMap<UserId, User>,
    outbox: events::Outbox,
}

/// Everything of a user but the events.
#[derive(Default)]
struct User {
    record: UserRecord,
    contests: BTreeMap<ContestId, (ContestRecord, SelectionRequest)>,
    keys: HashMap<IdempotencyKey, ContestId>,
    solves: BTreeMap<SolveKey, Solve>,
}

impl MemoryStore {
    /// A store without problems.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store in which `catalogue` is published, as revision 1. Its tag depends on the catalogue alone.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "callers have no further use for it"
    )]
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        let store = Self::new();
        let tag = catalogue.fingerprint().as_bytes().first_chunk().copied();
        let tag = u64::from_be_bytes(tag.unwrap_or_default());
        store
            .write()
            .publish(Revision { number: 1, tag }, catalogue.stored_problems());
        store
    }

    /// Keeps the events of commits from now on, for every clone too: see
    /// [`EventLog`](crate::store::EventLog). Delivered events stay until they are pruned.
    #[must_use]
    pub fn with_outbox(self) -> Self {
        self.write().outbox.on = true;
        self
    }

    fn read(&self) -> RwLockReadGuard<'_, Data> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Data> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Data {
    fn publish(&mut self, revision: Revision, problems: impl IntoIterator<Item = StoredProblem>) {
        let problems = problems.into_iter();
        self.problems
            .extend(problems.map(|problem| (problem.ordinal, (revision.number, problem))));
        self.earlier.push(self.revision);
        self.revision = revision;
    }

    fn version(&self, user: UserId) -> Option<Version> {
        self.users.get(&user).map(|user| user.record.version)
    }

    /// What `read` gives for the user, if there is one, with the version.
    fn page<T>(&self, user: UserId, read: impl FnOnce(&User) -> Vec<T>) -> HistoryPage<T> {
        HistoryPage {
            version: self.version(user),
            items: self.users.get(&user).map(read).unwrap_or_default(),
        }
    }
}

impl User {
    fn select(&self, contest: &ContestSelector) -> Option<ContestRecord> {
        let id = match contest {
            ContestSelector::None => None,
            ContestSelector::Open => self.record.open.as_ref().map(|open| open.id),
            ContestSelector::Id(id) => Some(*id),
            ContestSelector::Key(key) => self.keys.get(key).copied(),
        };
        id.and_then(|id| Some(self.contests.get(&id)?.0.clone()))
    }

    fn apply(&mut self, commit: &Commit) {
        self.record = commit.record.clone();
        match &commit.contest {
            Some(ContestWrite::Insert { contest, request }) => {
                let key = key(contest).map(|key| (key.clone(), contest.id));
                self.keys.extend(key);
                let stored = (contest.clone(), SelectionRequest::clone(request));
                self.contests.insert(contest.id, stored);
            }
            Some(ContestWrite::Update(contest)) => {
                if let Some((stored, _)) = self.contests.get_mut(&contest.id) {
                    stored.clone_from(contest);
                }
            }
            None => {}
        }
        let solves = commit.solves.iter().map(|solve| (solve.key(), *solve));
        self.solves.extend(solves);
    }
}

fn key(contest: &ContestRecord) -> Option<&IdempotencyKey> {
    contest
        .idempotency
        .as_ref()
        .map(|idempotency| &idempotency.key)
}

/// Whether a contest that must be new is there, or one that must be there is not.
fn clashes(user: Option<&User>, write: &ContestWrite) -> bool {
    let there = |id| user.is_some_and(|user| user.contests.contains_key(id));
    match write {
        ContestWrite::Insert { contest, .. } => {
            let taken = |key| user.is_some_and(|user| user.keys.contains_key(key));
            there(&contest.id) || key(contest).is_some_and(taken)
        }
        ContestWrite::Update(contest) => !there(&contest.id),
    }
}

#[async_trait]
impl CatalogueRepository for MemoryStore {
    async fn load_catalogue(
        &self,
        since: Option<Revision>,
    ) -> Result<CatalogueChanges, StoreError> {
        let data = self.read();
        let known = |since: &Revision| *since == data.revision || data.earlier.contains(since);
        let since = since.filter(known);
        let changed = data.problems.values();
        let changed =
            changed.filter(|(number, _)| since.is_none_or(|since| *number > since.number));
        Ok(CatalogueChanges {
            revision: data.revision,
            whole: since.is_none(),
            problems: changed.map(|(_, problem)| problem.clone()).collect(),
        })
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        let mut data = self.write();
        if data.revision != publication.expected {
            return Err(CommitError::Conflict);
        }
        data.publish(publication.revision, publication.problems.iter().cloned());
        Ok(())
    }
}

#[async_trait]
impl UserRepository for MemoryStore {
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        let data = self.read();
        let user = data.users.get(&user);
        Ok(Snapshot {
            record: user.map(|user| user.record.clone()),
            contest: user.and_then(|user| user.select(contest)),
            revision: data.revision,
        })
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        let data = &mut *self.write();
        let stored = data.users.get(&commit.user);
        if stored.map(|user| user.record.version) != commit.expected {
            return Err(CommitError::Conflict);
        }
        if commit
            .revision
            .is_some_and(|revision| revision != data.revision)
        {
            return Err(CommitError::Outdated);
        }
        if commit
            .contest
            .as_ref()
            .is_some_and(|write| clashes(stored, write))
        {
            return Err(CommitError::Conflict);
        }
        let entry = data.users.entry(commit.user);
        entry.or_default().apply(commit);
        data.outbox.append(commit.user, &commit.events);
        Ok(())
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        let mut data = self.write();
        data.outbox.erase(user);
        Ok(data.users.remove(&user).is_some())
    }

    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let data = self.read();
        let users = data
            .users
            .range((after.map_or(Unbounded, Excluded), Unbounded));
        Ok(users.map(|(user, _)| *user).take(length(limit)).collect())
    }
}

#[async_trait]
impl HistoryRepository for MemoryStore {
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<HistoryPage<ContestRecord>, StoreError> {
        let before = page.before.map_or(Unbounded, Excluded);
        Ok(self.read().page(user, |user| {
            let contests = user.contests.range((Unbounded, before)).rev();
            let contests = contests.map(|(_, (contest, _))| contest.clone());
            contests.take(length(page.limit)).collect()
        }))
    }

    async fn list_solves(
        &self,
        user: UserId,
        page: SolvePage,
    ) -> Result<HistoryPage<Solve>, StoreError> {
        let (after, limit) = (page.after.map_or(Unbounded, Excluded), length(page.limit));
        Ok(self.read().page(user, |user| match page.order {
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

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        let data = self.read();
        let solves = data.users.get(&user).map(|user| &user.solves);
        let count = |interval: &[Timestamp]| {
            let [from, to] = *interval else { return 0 };
            let solves = solves
                .into_iter()
                .flat_map(|solves| solves.range(first_at(from)..));
            let inside = solves.take_while(|(key, _)| key.at < to);
            let mut problems: Vec<_> = inside
                .filter(|(_, solve)| solve.is_live())
                .map(|(key, _)| key.problem)
                .collect();
            problems.sort_unstable();
            problems.dedup();
            problems.len() as u64
        };
        Ok(HistoryPage {
            version: data.version(user),
            items: bounds.windows(2).map(count).collect(),
        })
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        let data = self.read();
        let user = data.users.get(&user);
        Ok(user.and_then(|user| Some(user.contests.get(&contest)?.1.clone())))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.read();
        f.debug_struct("MemoryStore")
            .field("revision", &data.revision)
            .field("problems", &data.problems.len())
            .field("users", &data.users.len())
            .finish_non_exhaustive()
    }
}

/// The least key of an entry at this time.
fn first_at(at: Timestamp) -> SolveKey {
    SolveKey {
        at,
        problem: ProblemId::from_uuid(uuid::Uuid::nil()),
        contest: None,
    }
}

fn length(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
