//! The trait for a user's current state.

use async_trait::async_trait;

use crate::catalogue::Revision;
use crate::id::{ContestId, RoundId, UserId, Version};
use crate::model::{Event, IdempotencyKey};
use crate::select::SelectionRequest;
use crate::store::StoreError;
use crate::user::{AttemptRecord, ContestRecord, UserRecord};

/// Stores the current state of users, and changes it by compare-and-set.
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// The user's record, one contest if it exists, and the revision of the catalogue.
    ///
    /// # Contract
    /// - All three are of one instant.
    ///
    /// # Errors
    /// If the store fails.
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError>;

    /// Stores a commit if the user is still at the expected version.
    ///
    /// # Contract
    /// - Comparing the version and applying the commit are one step: if several commits expect the same
    ///   version, one succeeds and the others are conflicts. A record is inserted only if none is
    ///   expected, and replaced only if one is.
    /// - A commit that relies on a revision other than the stored one is outdated; if it is also a
    ///   conflict, either answer is right. A commit that races with a publication may count as before
    ///   it.
    /// - Attempts are upserted: inserted, or written over the entry with the same key.
    /// - A contest of an id, key or round that the user has a contest of already, and a serialization failure, are conflicts.
    ///
    /// # Errors
    /// [`CommitError`]. Nothing is stored then, except perhaps for [`CommitError::Unknown`].
    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError>;

    /// Erases all data of a user. Returns whether there was any.
    ///
    /// # Contract
    /// - Nothing of the user is left, events included. A commit that expects an erased record is a
    ///   conflict.
    ///
    /// # Errors
    /// If the store fails.
    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError>;

    /// The users with a record, by ascending id, after `after`; at most `limit`.
    ///
    /// # Errors
    /// If the store fails.
    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError>;
}

/// The contest that a snapshot includes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ContestSelector {
    /// No contest.
    None,
    /// The open contest, according to the record.
    Open,
    /// The user's contest with this id.
    Id(ContestId),
    /// The contest the user created with this key.
    Key(IdempotencyKey),
    /// The user's contest in this round.
    Round(RoundId),
}

/// The stored data of a user, as of one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The record; `None` for a user without data.
    pub record: Option<UserRecord>,
    /// The selected contest, if it exists.
    pub contest: Option<ContestRecord>,
    /// The revision of the stored catalogue.
    pub revision: Revision,
}

impl Snapshot {
    /// The version of the user's data.
    pub fn version(&self) -> Option<Version> {
        self.record.as_ref().map(|record| record.version)
    }
}

/// A change of a user's data, stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The user.
    pub user: UserId,
    /// The version that must be stored now; `None` if there must be no record.
    pub expected: Option<Version>,
    /// The revision of the catalogue that must be stored, if the commit relies on one.
    pub revision: Option<Revision>,
    /// The new record. Its version is the id of this commit.
    pub record: UserRecord,
    /// Whether the solved set differs from that of the expected version.
    pub solved_changed: bool,
    /// Whether the seen set does.
    pub seen_changed: bool,
    /// The contest to insert or replace.
    pub contest: Option<ContestWrite>,
    /// Delete the contests with a smaller id, with their requests and keys. A commit that does so writes no
    /// contest.
    pub prune_before: Option<ContestId>,
    /// Entries of the log to upsert, each key once.
    pub attempts: Vec<AttemptRecord>,
    /// Events to append, numbered. A store without an event log drops them.
    pub events: Vec<Event>,
}

impl Commit {
    /// A commit of this record only. Its sets are those of the expected version.
    pub fn of_record(user: UserId, expected: Option<Version>, record: UserRecord) -> Self {
        Self {
            user,
            expected,
            revision: None,
            record,
            solved_changed: false,
            seen_changed: false,
            contest: None,
            prune_before: None,
            attempts: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// A change of a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContestWrite {
    /// A new contest.
    Insert {
        /// The contest.
        contest: ContestRecord,
        /// The request it was created with, which only a replay reads.
        request: Box<SelectionRequest>,
    },
    /// An existing contest, with its new value.
    Update(ContestRecord),
}

impl ContestWrite {
    /// The contest.
    pub const fn contest(&self) -> &ContestRecord {
        match self {
            Self::Insert { contest, .. } | Self::Update(contest) => contest,
        }
    }

    /// The contest, by value.
    pub(crate) fn into_contest(self) -> ContestRecord {
        match self {
            Self::Insert { contest, .. } | Self::Update(contest) => contest,
        }
    }
}

/// Why a commit was not stored, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another version is stored: load and decide again.
    #[error("the stored version is not the expected one")]
    Conflict,
    /// Another revision of the catalogue is stored: reload it and decide again.
    #[error("the stored catalogue is of another revision")]
    Outdated,
    /// The store failed, and nothing was stored.
    #[error("nothing was kept")]
    Failed(#[source] StoreError),
    /// The store failed, and the commit may have been stored.
    #[error("the commit may have been kept")]
    Unknown(#[source] StoreError),
}
