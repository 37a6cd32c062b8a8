//! A store that loads from one store, commits to another, and reports each commit.

use std::sync::Arc;

use contest_core::catalogue::Revision;
use contest_core::prelude::*;
use contest_core::select::SelectionRequest;
use contest_core::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, HistoryPage, HistoryRepository, PublicationCommit, Snapshot,
    Store, StoreError, UserRepository, async_trait,
};
use contest_core::user::AttemptRecord;

type Tap = dyn Fn(&Commit, &Result<(), CommitError>) + Send + Sync;

/// Reads go to the first store, writes to the second.
#[derive(Clone)]
pub(crate) struct Tapped {
    reads: Arc<dyn Store>,
    writes: Arc<dyn Store>,
    tap: Arc<Tap>,
}

impl Tapped {
    pub(crate) fn new(
        reads: impl Store + 'static,
        writes: impl Store + 'static,
        tap: impl Fn(&Commit, &Result<(), CommitError>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            reads: Arc::new(reads),
            writes: Arc::new(writes),
            tap: Arc::new(tap),
        }
    }
}

#[async_trait]
impl CatalogueRepository for Tapped {
    async fn load_catalogue(
        &self,
        since: Option<Revision>,
    ) -> Result<CatalogueChanges, StoreError> {
        self.reads.load_catalogue(since).await
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        self.writes.commit_publication(publication).await
    }
}

#[async_trait]
impl UserRepository for Tapped {
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        self.reads.load_user(user, contest).await
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        let outcome = self.writes.commit_user(commit).await;
        (self.tap)(commit, &outcome);
        outcome
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        self.writes.erase_user(user).await
    }

    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        self.reads.list_users(after, limit).await
    }
}

#[async_trait]
impl HistoryRepository for Tapped {
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError> {
        self.reads.list_contests(user, page).await
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        self.reads.list_attempts(user, page).await
    }

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        self.reads.count_solves(user, bounds).await
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        self.reads.contest_request(user, contest).await
    }
}
