//! The port for problems: reference data, shared by all users.

use async_trait::async_trait;

use crate::catalogue::{Revision, StoredProblem};
use crate::store::{CommitError, StoreError};

/// Keeps the problems.
#[async_trait]
pub trait CatalogueRepository: Send + Sync {
    /// What changed since the revision `since`, or all problems.
    ///
    /// # Contract
    /// - All problems are of one revision, even while another is being published.
    /// - What changed is told only if the store can know that `since` is one of its own earlier
    ///   revisions; all problems are right always.
    /// - Before the first publication: no problems, of the default revision.
    ///
    /// # Errors
    /// When the store fails.
    async fn load_catalogue(&self, since: Option<Revision>)
    -> Result<CatalogueChanges, StoreError>;

    /// Keeps a publication, if the stored revision is the one it expects.
    ///
    /// # Contract
    /// - Of publications that race on one revision, one is done and the others are conflicts.
    /// - From the same instant on every [`Snapshot`](crate::store::Snapshot) tells the new
    ///   revision, and commits that rely on the old one are outdated.
    ///
    /// # Errors
    /// [`CommitError`], but never outdated.
    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError>;
}

/// The answer of [`CatalogueRepository::load_catalogue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueChanges {
    /// The stored revision.
    pub revision: Revision,
    /// Whether these are all problems, and not only those that changed.
    pub whole: bool,
    /// The problems, in any order.
    pub problems: Vec<StoredProblem>,
}

/// A publication to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationCommit {
    /// The revision that must be stored.
    pub expected: Revision,
    /// The revision that is stored then.
    pub revision: Revision,
    /// The problems that are new or changed, whole. Others stay as they are.
    pub problems: Vec<StoredProblem>,
}
