//! The port for problems: reference data, shared by all users.

use async_trait::async_trait;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::model::Slug;
use crate::store::StoreError;

/// Keeps the problems.
///
/// # Contract
/// - Once stored, a problem is never deleted: solves and contests refer to it. It is retired.
/// - The revision grows by one with every publication that changes anything, and with nothing else.
#[async_trait]
pub trait ProblemRepository: Send + Sync {
    /// The catalogue as stored: every problem, retired ones too, with its revision; an empty one
    /// with revision 0 before the first publication.
    ///
    /// # Contract
    /// - All problems are of one revision, even while another is being published.
    ///
    /// # Errors
    /// When the store fails.
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError>;

    /// Makes the stored problems equal to those of `catalogue` and returns the stored revision.
    /// `catalogue`'s own revision is ignored.
    ///
    /// # Contract
    /// - A problem that is stored and not in `catalogue` becomes retired and keeps everything else.
    /// - A problem that is in both takes over every field of `catalogue`'s.
    /// - Publishing what is already stored changes nothing, not even the revision.
    /// - What users solved is counted by the new difficulties, topics and retirements from the same
    ///   instant on: [`ProgressRepository`](crate::store::ProgressRepository) never answers from one
    ///   revision what [`load_catalogue`](Self::load_catalogue) answers from another.
    ///
    /// # Errors
    /// [`PublishError::SlugTaken`] when a stored problem that `catalogue` does not have, by id,
    /// already has one of its slugs, retired or not: nothing is changed. Any one of them is named.
    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError>;
}

/// Why a catalogue was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Another stored problem has the slug. A problem keeps its id for ever: give the problem of the
    /// new catalogue the stored id, or another slug.
    #[error("the slug `{slug}` belongs to the stored problem {stored}, which the catalogue lacks")]
    SlugTaken {
        /// The slug.
        slug: Slug,
        /// The stored problem.
        stored: ProblemId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
