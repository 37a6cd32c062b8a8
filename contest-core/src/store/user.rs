//! The port for a user's present.

use async_trait::async_trait;

use crate::catalogue::Revision;
use crate::id::{ContestId, UserId, Version};
use crate::model::{Event, IdempotencyKey};
use crate::select::SelectionRequest;
use crate::store::StoreError;
use crate::user::{ContestRecord, Solve, UserRecord};

/// Keeps what users are now, and changes it by compare-and-set.
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// The user's record, one contest if it is there, and the revision of the catalogue.
    ///
    /// # Contract
    /// - All three are of one instant.
    ///
    /// # Errors
    /// When the store fails.
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError>;

    /// Keeps a commit, if the user is still at the version it expects.
    ///
    /// # Contract
    /// - The version is compared and the commit applied in one step: of commits that race on one
    ///   version, one is done and the others are conflicts. A record is inserted only if none is
    ///   expected, and replaced only if one is.
    /// - A commit that relies on a revision which is not the stored one is outdated; one that is
    ///   outdated and a conflict may be answered either way. A publication that races with the commit
    ///   may count as later.
    /// - Solves are put: inserted, or written over the entry of the same key.
    /// - A key or id that is there already, and a failure to serialise, are conflicts.
    ///
    /// # Errors
    /// [`CommitError`]. Nothing is kept then, but for [`CommitError::Unknown`].
    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError>;

    /// Erases everything that is kept of a user. Says whether there was anything.
    ///
    /// # Contract
    /// - Nothing of the user is left, events included. A commit that expects an erased record is a
    ///   conflict.
    ///
    /// # Errors
    /// When the store fails.
    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError>;

    /// The users with a record, by ascending id, after `after`; at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError>;
}

/// Which contest a snapshot has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ContestSelector {
    /// None.
    None,
    /// The open one, as the record tells.
    Open,
    /// The user's contest of this id.
    Id(ContestId),
    /// The contest the user created under this key.
    Key(IdempotencyKey),
}

/// What is stored of a user, as of one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The record; none for a user who has done nothing.
    pub record: Option<UserRecord>,
    /// The contest that was asked for, if it is there.
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

/// A change of a user's data, to be kept whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Whose.
    pub user: UserId,
    /// The version that must be stored; none if there must be no record.
    pub expected: Option<Version>,
    /// The revision of the catalogue that must be stored, if it relies on one.
    pub revision: Option<Revision>,
    /// The new record. Its version is the id of this commit.
    pub record: UserRecord,
    /// Whether the solved set differs from that of the expected version.
    pub solved_changed: bool,
    /// Whether the seen set does.
    pub seen_changed: bool,
    /// The contest to insert or to write over.
    pub contest: Option<ContestWrite>,
    /// Entries of the log to put.
    pub solves: Vec<Solve>,
    /// Events to append, numbered. A store without a log of events drops them.
    pub events: Vec<Event>,
}

impl Commit {
    /// A commit of this record and nothing else. Its sets are those of the expected version.
    pub fn of_record(user: UserId, expected: Option<Version>, record: UserRecord) -> Self {
        Self {
            user,
            expected,
            revision: None,
            record,
            solved_changed: false,
            seen_changed: false,
            contest: None,
            solves: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// What happens to a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContestWrite {
    /// It is new.
    Insert {
        /// The contest.
        contest: ContestRecord,
        /// What was asked for, which only a replay reads.
        request: Box<SelectionRequest>,
    },
    /// It is there and takes this value.
    Update(ContestRecord),
}

impl ContestWrite {
    /// The contest.
    pub const fn contest(&self) -> &ContestRecord {
        match self {
            Self::Insert { contest, .. } | Self::Update(contest) => contest,
        }
    }

    /// The contest, taken out.
    pub(crate) fn into_contest(self) -> ContestRecord {
        match self {
            Self::Insert { contest, .. } | Self::Update(contest) => contest,
        }
    }
}

/// Why a commit was not kept, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The stored version is another one: load and decide again.
    #[error("the stored version is not the expected one")]
    Conflict,
    /// The stored catalogue is of another revision: reload it and decide again.
    #[error("the stored catalogue is of another revision")]
    Outdated,
    /// The store failed, and nothing was kept.
    #[error("nothing was kept")]
    Failed(#[source] StoreError),
    /// The store failed, and the commit may have been kept.
    #[error("the commit may have been kept")]
    Unknown(#[source] StoreError),
}
