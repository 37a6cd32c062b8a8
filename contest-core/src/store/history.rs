//! The trait for a user's history.

use async_trait::async_trait;

use crate::id::{ContestId, UserId, Version};
use crate::select::SelectionRequest;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord, UserRecord};

/// Pages through the history of users.
///
/// # Contract
/// - Every page has the user's version as of the same instant.
/// - A user without data has no entries, no version, and counts of zero.
/// - Pages do not overlap or leave gaps while entries are added.
/// - The cost grows with the page, not with the entries before it.
#[async_trait]
pub trait HistoryRepository: Send + Sync {
    /// The user's contests, greatest id (latest created) first, with the user's record.
    ///
    /// # Errors
    /// If the store fails.
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError>;

    /// The user's log of attempts, by key, and so by time first. Undone entries are included.
    ///
    /// # Errors
    /// If the store fails.
    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError>;

    /// How many different problems have an entry that [shows them as solved](AttemptRecord::is_solve) in each interval between
    /// neighbouring `bounds`, which ascend strictly: one count fewer than bounds. An entry at a bound
    /// belongs to the interval that begins there.
    ///
    /// # Errors
    /// If the store fails.
    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError>;

    /// The request a contest of the user was created with.
    ///
    /// # Errors
    /// If the store fails.
    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError>;
}

/// Entries of a user's history, with the version of the user's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage<T> {
    /// The version of the user's data as of the page; `None` without a record.
    pub version: Option<Version>,
    /// The entries, in the requested order.
    pub items: Vec<T>,
}

/// Contests of a user, with the user's record as of the same instant, which shows the open contest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContestList {
    /// The record; `None` for a user without data.
    pub record: Option<UserRecord>,
    /// The contests, latest first.
    pub items: Vec<ContestRecord>,
}

impl ContestList {
    /// The version of the user's data; `None` without a record.
    pub fn version(&self) -> Option<Version> {
        self.record.as_ref().map(|record| record.version)
    }
}

/// A page of contests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContestPage {
    /// Only contests with a smaller id; `None` for the latest.
    pub before: Option<ContestId>,
    /// The most contests to return; zero returns none.
    pub limit: u32,
}

/// A page of the log of attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptPage {
    /// The order.
    pub order: TimeOrder,
    /// Only entries after the one with this key in that order; `None` for the first ones.
    pub after: Option<AttemptKey>,
    /// The most entries to return; zero returns none.
    pub limit: u32,
}

/// An order by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeOrder {
    /// Ascending by key: the oldest first.
    OldestFirst,
    /// Descending by key: the latest first.
    LatestFirst,
}
