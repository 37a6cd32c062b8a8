//! The trait for problems: reference data, shared by all users.

use async_trait::async_trait;

use crate::catalogue::{Revision, StoredProblem};
use crate::store::{CommitError, StoreError};

/// Stores the problems.
#[async_trait]
pub trait CatalogueRepository: Send + Sync {
    /// The changes since the revision `since`, or all problems.
    ///
    /// # Contract
    /// - All problems are of one revision, even while another is being published.
    /// - Changes may be returned only if the store knows that `since` is one of its own earlier
    ///   revisions; all problems are always correct.
    /// - Before the first publication: no problems, of the default revision.
    ///
    /// # Errors
    /// If the store fails.
    async fn load_catalogue(&self, since: Option<Revision>)
    -> Result<CatalogueChanges, StoreError>;

    /// Stores a publication if the stored revision is the expected one.
    ///
    /// # Contract
    /// - If several publications expect the same revision, one succeeds and the others are conflicts.
    /// - From then on every [`Snapshot`](crate::store::Snapshot) has the new revision, and commits that
    ///   rely on the old one are outdated.
    ///
    /// # Errors
    /// [`CommitError`], but never [`CommitError::Outdated`].
    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError>;
}

/// The result of [`CatalogueRepository::load_catalogue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueChanges {
    /// The stored revision.
    pub revision: Revision,
    /// Whether these are all problems, not only the changed ones.
    pub whole: bool,
    /// The problems, in any order.
    pub problems: Vec<StoredProblem>,
}

/// A publication to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationCommit {
    /// The revision that must be stored now.
    pub expected: Revision,
    /// The revision after it.
    pub revision: Revision,
    /// The new and the changed problems, complete. Others stay unchanged.
    pub problems: Vec<StoredProblem>,
}
