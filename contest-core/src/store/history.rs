//! The port for a user's past.

use async_trait::async_trait;

use crate::id::{ContestId, UserId, Version};
use crate::select::SelectionRequest;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::user::{ContestRecord, Solve, SolveKey, UserRecord};

/// Pages through what users did.
///
/// # Contract
/// - Every page tells the user's version as of the same instant.
/// - A user without data has no entries and no version, and counts of zero.
/// - Pages do not overlap or leave gaps while entries are added.
/// - The cost grows with the page, not with what lies before it.
#[async_trait]
pub trait HistoryRepository: Send + Sync {
    /// The user's contests, greatest id (latest created) first, with the user's record.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError>;

    /// The user's log of solves by key, which is by time first. Entries that were taken back are in
    /// it.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_solves(
        &self,
        user: UserId,
        page: SolvePage,
    ) -> Result<HistoryPage<Solve>, StoreError>;

    /// How many different problems have an entry that was not taken back in each of the intervals
    /// between neighbouring `bounds`, which ascend strictly: one number fewer than bounds. An entry at
    /// a bound belongs to the interval that begins there.
    ///
    /// # Errors
    /// When the store fails.
    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError>;

    /// What was asked for when a contest of the user was created.
    ///
    /// # Errors
    /// When the store fails.
    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError>;
}

/// Entries of a user's past, and the version they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage<T> {
    /// The version of the user's data at the instant of the page; none without a record.
    pub version: Option<Version>,
    /// The entries, in the order that was asked for.
    pub items: Vec<T>,
}

/// Contests of a user, and the user's record of the same instant, which tells which one is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContestList {
    /// The record; none if the user has none.
    pub record: Option<UserRecord>,
    /// The contests, latest first.
    pub items: Vec<ContestRecord>,
}

impl ContestList {
    /// The version of the user's data; none without a record.
    pub fn version(&self) -> Option<Version> {
        self.record.as_ref().map(|record| record.version)
    }
}

/// Which part of the list of contests is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContestPage {
    /// Only contests with a smaller id; none for the latest.
    pub before: Option<ContestId>,
    /// The most contests to return; zero gives none.
    pub limit: u32,
}

/// Which part of the log is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SolvePage {
    /// Which entries come first.
    pub order: TimeOrder,
    /// Only entries that follow the one with this key in that order; none for the first ones.
    pub after: Option<SolveKey>,
    /// The most entries to return; zero gives none.
    pub limit: u32,
}

/// Which entries come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeOrder {
    /// The smallest key, that is the oldest.
    OldestFirst,
    /// The greatest key, that is the latest.
    LatestFirst,
}
