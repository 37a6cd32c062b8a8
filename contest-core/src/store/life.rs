//! The port for the rarer turns of a contest's life, and for beginning again.

use async_trait::async_trait;

use crate::id::{ContestId, UserId};
use crate::lifecycle::NotAccepting;
use crate::model::{ContestRecord, ContestStatus, Epoch};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Extends and resumes contests, and resets progress.
#[async_trait]
pub trait LifeRepository: Send + Sync {
    /// Moves the deadline of a contest that accepts work to `deadline`.
    ///
    /// # Contract
    /// - Only while the contest accepts work: see [`ContestRecord::check_accepting`].
    /// - The same deadline changes nothing, so that a call can be repeated; an earlier one is refused.
    ///
    /// # Errors
    /// [`ExtendError`]; nothing is changed then.
    async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError>;

    /// Takes the abandonment of a contest back, before its deadline.
    ///
    /// # Contract
    /// In one step, in this order of precedence:
    /// - A contest that accepts work is answered as it is: nothing is done.
    /// - Unless it was abandoned and `now` lies before its deadline, the call is refused.
    /// - If the user has another active contest, the call is refused with its id.
    /// - Otherwise an expired contest without a stored ending is settled, as in
    ///   [`create_contest`](crate::store::ContestRepository::create_contest), and this one has no
    ///   ending any more. Its deadline, problems and marks stay; it no longer counts as abandoned.
    ///
    /// # Errors
    /// [`ResumeError`]; nothing is changed then.
    async fn resume_contest(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError>;

    /// Begins a new epoch at `now`: no problem is solved any more.
    ///
    /// # Contract
    /// In one step:
    /// - If the user has an active contest, the call is refused with its id.
    /// - Otherwise an expired contest without a stored ending is settled; every current solve is
    ///   removed, with an event of the history at `now` and without a contest for each; the counters
    ///   are zero; and the epoch is one greater. Contests, marks, keys and the history stay, and so
    ///   do the counts of contests.
    ///
    /// # Errors
    /// [`ResetError`]; nothing is changed then.
    async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError>;

    /// The epoch of the user's progress.
    ///
    /// # Errors
    /// When the store fails.
    async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError>;
}

/// What [`LifeRepository::reset_progress`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Reset {
    /// The epoch that began.
    pub epoch: Epoch,
    /// How many current solves were removed.
    pub removed: u64,
    /// The expired contest that was settled in the same step, if there was one.
    pub settled: Option<ContestId>,
}

/// Why a deadline was not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendError {
    /// The user has no contest with this id.
    #[error("there is no such contest")]
    ContestNotFound,
    /// The contest does not accept work.
    #[error("the contest does not accept work: {0}")]
    NotAccepting(NotAccepting),
    /// The contest already ends later.
    #[error("the contest already ends later, at {deadline}")]
    EarlierDeadline {
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a contest was not resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The user has no contest with this id.
    #[error("there is no such contest")]
    ContestNotFound,
    /// It was not abandoned.
    #[error("the contest is {status}, not abandoned")]
    NotAbandoned {
        /// Its state.
        status: ContestStatus,
    },
    /// It was abandoned and its deadline has passed.
    #[error("the deadline has passed, at {deadline}")]
    DeadlinePassed {
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The user has another active contest.
    #[error("the contest {contest} is still active")]
    ActiveContestExists {
        /// The active contest.
        contest: ContestId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why progress was not reset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResetError {
    /// The user has an active contest.
    #[error("the contest {contest} is still active")]
    ActiveContestExists {
        /// The active contest.
        contest: ContestId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
