//! A complete store: maps behind a lock. It loads, compares versions and writes; it decides nothing.
//!
//! Each method takes the lock once, which makes it one atomic step. Here a user is one value, as in a
//! document database. In a relational database, the record, each contest and each attempt are rows, the
//! user is the first column of every key, and a commit is one statement or transaction. A store over any
//! database must also distinguish commits that failed from commits with an unknown outcome.

use std::collections::BTreeMap;

use contest_core::catalogue::{Revision, StoredProblem};
use contest_core::prelude::*;
use contest_core::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, HistoryPage, HistoryRepository, PublicationCommit, Snapshot,
    StoreError, UserData, UserRepository, async_trait,
};
use contest_core::user::AttemptRecord;
use tokio::sync::Mutex;

type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Debug, Default)]
pub(crate) struct MapStore(Mutex<Data>);

#[derive(Debug, Default)]
struct Data {
    revision: Revision,
    problems: BTreeMap<u32, StoredProblem>,
    users: BTreeMap<UserId, UserData>,
    /// The data of every user who is not in the map.
    unknown: UserData,
}

impl Data {
    fn user(&self, user: UserId) -> &UserData {
        self.users.get(&user).unwrap_or(&self.unknown)
    }
}

#[async_trait]
impl CatalogueRepository for MapStore {
    async fn load_catalogue(&self, _since: Option<Revision>) -> Result<CatalogueChanges> {
        let data = self.0.lock().await;
        Ok(CatalogueChanges {
            revision: data.revision,
            whole: true, // Always correct. Loading only the changes since a revision would be cheaper.
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
        Ok(data.user(user).snapshot(contest, data.revision))
    }

    /// Compares the version and applies the commit under the same lock.
    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        let mut data = self.0.lock().await;
        if commit.revision.is_some_and(|of| of != data.revision) {
            return Err(CommitError::Outdated);
        }
        if let Some(user) = data.users.get_mut(&commit.user) {
            return user.apply(commit);
        }
        let mut user = UserData::default();
        user.apply(commit)?;
        data.users.insert(commit.user, user);
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
    async fn list_contests(&self, user: UserId, page: ContestPage) -> Result<ContestList> {
        Ok(self.0.lock().await.user(user).contests(page))
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>> {
        Ok(self.0.lock().await.user(user).attempts(page))
    }

    async fn count_solves(&self, user: UserId, bounds: &[Timestamp]) -> Result<HistoryPage<u64>> {
        Ok(self.0.lock().await.user(user).count_solves(bounds))
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>> {
        let data = self.0.lock().await;
        Ok(data.user(user).request(contest).cloned())
    }
}
