//! A store in memory: the contract of the [store traits](crate::store) in its simplest form.
//!
//! For tests, for small tools, and as an example. Nothing survives the process. One lock guards the
//! data; it is held for one step and never across an await.

mod events;
mod rounds;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use crate::catalogue::{Catalogue, Revision, StoredProblem};
use crate::id::{ContestId, UserId};
use crate::select::SelectionRequest;
use crate::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, HistoryPage, HistoryRepository, PublicationCommit, Snapshot,
    StoreError, UserData, UserRepository,
};
use crate::time::Timestamp;
use crate::user::AttemptRecord;

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
    /// By ordinal, with the number of the revision that last changed each.
    problems: BTreeMap<u32, (u64, StoredProblem)>,
    users: BTreeMap<UserId, UserData>,
    /// Used for all users who are not in the map.
    unknown: UserData,
    outbox: events::Outbox,
    rounds: rounds::Rounds,
}

impl MemoryStore {
    /// A store without problems.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store with `catalogue` published as revision 1. The tag depends only on the catalogue.
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

    /// Stores the events of commits from now on, for all clones: see
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

    fn user(&self, user: UserId) -> &UserData {
        self.users.get(&user).unwrap_or(&self.unknown)
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
        Ok(data.user(user).snapshot(contest, data.revision))
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        let data = &mut *self.write();
        if commit
            .revision
            .is_some_and(|revision| revision != data.revision)
        {
            return Err(CommitError::Outdated);
        }
        if let Some(user) = data.users.get_mut(&commit.user) {
            user.apply(commit)?;
        } else {
            let mut user = UserData::default();
            user.apply(commit)?;
            data.users.insert(commit.user, user);
        }
        data.outbox.append(commit.user, &commit.events);
        Ok(())
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        let mut data = self.write();
        data.outbox.erase(user);
        let was_listed = data.rounds.erase(user);
        Ok(data.users.remove(&user).is_some() || was_listed)
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
    ) -> Result<ContestList, StoreError> {
        Ok(self.read().user(user).contests(page))
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        Ok(self.read().user(user).attempts(page))
    }

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        Ok(self.read().user(user).count_solves(bounds))
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        Ok(self.read().user(user).request(contest).cloned())
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

fn length(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
