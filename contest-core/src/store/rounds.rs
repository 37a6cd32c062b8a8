//! The trait for rounds.

use async_trait::async_trait;

use crate::id::{ParticipantId, RoundId, UserId, Version};
use crate::progress::RankedRow;
use crate::scoring::RankKey;
use crate::standings::{Round, View};
use crate::store::{CommitError, StoreError};
use crate::user::ContestRecord;

/// Stores rounds, who may take part in them, and lists their contests by rank. Optional: only [rounds]
/// need it.
///
/// A contest of a round is part of its user's data, and is written by
/// [`commit_user`](crate::store::UserRepository::commit_user). The store keeps
/// [`ContestRecord::standing`] beside it, in columns of its own: the keys to find a page of the board, the rows
/// to show it.
///
/// [rounds]: crate::engine::Rounds
#[async_trait]
pub trait RoundRepository: Send + Sync {
    /// A round, and as which participant the user is listed in it, as of one instant.
    ///
    /// # Errors
    /// If the store fails.
    async fn load_round(
        &self,
        round: RoundId,
        user: Option<UserId>,
    ) -> Result<Option<ListedRound>, StoreError>;

    /// Rounds by descending id, after `before`, each with the participant that the user is listed as; at most
    /// `limit`.
    ///
    /// # Errors
    /// If the store fails.
    async fn list_rounds(
        &self,
        user: Option<UserId>,
        before: Option<RoundId>,
        limit: u32,
    ) -> Result<Vec<ListedRound>, StoreError>;

    /// Stores a round if it is still at the expected version; inserts it only if none is expected.
    ///
    /// # Errors
    /// [`CommitError`]; never [`CommitError::Outdated`].
    async fn commit_round(
        &self,
        expected: Option<Version>,
        round: &StoredRound,
    ) -> Result<(), CommitError>;

    /// Lists these users in the round, each given once: all or none. A user who is listed already is listed as
    /// the new participant.
    ///
    /// # Errors
    /// If the store fails.
    async fn put_members(&self, round: RoundId, members: &[Member]) -> Result<(), StoreError>;

    /// Removes these users, each given once, from the list: all or none. Contests that have begun stay.
    ///
    /// # Errors
    /// If the store fails.
    async fn remove_members(&self, round: RoundId, users: &[UserId]) -> Result<(), StoreError>;

    /// The users listed in a round, by ascending id, after `after`; at most `limit`.
    ///
    /// # Errors
    /// If the store fails.
    async fn list_members(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError>;

    /// A round, as [`load_round`](Self::load_round), with a page of the rows of its board, as of one instant.
    ///
    /// # Contract
    /// - The cost grows with the page, not with the participants.
    ///
    /// # Errors
    /// If the store fails.
    async fn load_board(
        &self,
        round: RoundId,
        user: Option<UserId>,
        page: BoardPart,
    ) -> Result<Option<RankedRound>, StoreError>;

    /// All contests of a round, virtual ones included, by ascending user, after `after`; at most `limit`.
    ///
    /// # Errors
    /// If the store fails.
    async fn list_round_contests(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<RoundContest>, StoreError>;

    /// How many rows of the round's board rank before this key.
    ///
    /// # Errors
    /// If the store fails.
    async fn count_ranked(
        &self,
        round: RoundId,
        view: View,
        before: RankKey,
    ) -> Result<u64, StoreError>;
}

/// A round with its id and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRound {
    /// The id.
    pub id: RoundId,
    /// The id of the commit that wrote it.
    pub version: Version,
    /// The round.
    pub round: Round,
}

/// A round, as a user sees the list of its participants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRound {
    /// The round.
    pub round: StoredRound,
    /// The participant that the user is listed as, if the user is listed.
    pub listed: Option<ParticipantId>,
}

/// A user listed in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    /// The user.
    #[cfg_attr(feature = "serde", serde(rename = "user_id"))]
    pub user: UserId,
    /// The participant: the user alone, or the user's team.
    #[cfg_attr(feature = "serde", serde(rename = "participant_id"))]
    pub participant: ParticipantId,
}

impl Member {
    /// A user who takes part alone.
    pub fn alone(user: UserId) -> Self {
        let participant = ParticipantId::from(user);
        Self { user, participant }
    }
}

/// A page of the rows of a board: by ascending key of a view, then by ascending user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardPart {
    /// The view.
    pub view: View,
    /// Only rows after this key and user.
    pub after: Option<(RankKey, UserId)>,
    /// The most rows to return.
    pub limit: u32,
}

/// A round with a page of the rows of its board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedRound {
    /// The round.
    pub round: ListedRound,
    /// The rows.
    pub rows: Vec<RankedRow>,
}

/// A contest of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundContest {
    /// The user.
    pub user: UserId,
    /// The contest.
    pub contest: ContestRecord,
}
