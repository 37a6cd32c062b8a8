//! A store with a hook that delays calls or makes them fail.

use contest_core::catalogue::Revision;
use contest_core::select::SelectionRequest;
use contest_core::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, ContestWrite, HistoryPage, HistoryRepository, PublicationCommit,
    Snapshot, Store, StoreError, UserRepository, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::user::AttemptRecord;
use contest_core::{ContestId, UserId};

/// The calls with a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// A commit that creates a contest.
    CreateContest,
    ListContests,
}

#[async_trait]
pub(crate) trait Hook: Send + Sync {
    /// Runs before the call, which fails with its error.
    async fn before(&self, call: Call) -> Result<(), StoreError>;
}

/// A store with a hook before its calls.
#[derive(Debug, Clone)]
pub(crate) struct Hooked<S, H>(pub(crate) S, pub(crate) H);

#[async_trait]
impl<S: Store, H: Hook> CatalogueRepository for Hooked<S, H> {
    async fn load_catalogue(
        &self,
        since: Option<Revision>,
    ) -> Result<CatalogueChanges, StoreError> {
        self.0.load_catalogue(since).await
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        self.0.commit_publication(publication).await
    }
}

#[async_trait]
impl<S: Store, H: Hook> UserRepository for Hooked<S, H> {
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        self.0.load_user(user, contest).await
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        if let Some(ContestWrite::Insert { .. }) = &commit.contest {
            let before = self.1.before(Call::CreateContest).await;
            before.map_err(CommitError::Failed)?;
        }
        self.0.commit_user(commit).await
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        self.0.erase_user(user).await
    }

    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        self.0.list_users(after, limit).await
    }
}

#[async_trait]
impl<S: Store, H: Hook> HistoryRepository for Hooked<S, H> {
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError> {
        self.1.before(Call::ListContests).await?;
        self.0.list_contests(user, page).await
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        self.0.list_attempts(user, page).await
    }

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        self.0.count_solves(user, bounds).await
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        self.0.contest_request(user, contest).await
    }
}
