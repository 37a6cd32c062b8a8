//! Rounds, their lists of users, and their contests by rank.

use async_trait::async_trait;
use contest_core::id::{ParticipantId, RoundId, UserId, Version};
use contest_core::scoring::RankKey;
use contest_core::standings::View;
use contest_core::store::{
    BoardPart, CommitError, ListedRound, Member, RankedRound, RoundContest, RoundRepository,
    StoreError, StoredRound,
};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::cells::Cells;
use super::commit::CHUNK;
use super::error::during;
use super::history::AFTER_EVERY_ID;
use super::pool::{begin, commit};
use super::{Prepared, SqliteStore, finish, refused};
use crate::encoding::{rank, to_json, to_row};

/// A null user is listed in no round.
pub(super) const ROUND: &str = "
SELECT r.round_id, r.version, r.value, m.participant
FROM rounds r LEFT JOIN round_members m ON m.user_id = ?1 AND m.round_id = r.round_id
WHERE r.round_id = ?2";

pub(super) const LIST: &str = "
SELECT r.round_id, r.version, r.value, m.participant
FROM rounds r LEFT JOIN round_members m ON m.user_id = ?1 AND m.round_id = r.round_id
WHERE r.round_id < ?2 ORDER BY r.round_id DESC LIMIT ?3";

pub(super) const INSERT: &str = "
INSERT INTO rounds (round_id, version, value) VALUES (?1, ?2, ?3) ON CONFLICT (round_id) DO NOTHING";

pub(super) const UPDATE: &str = "
UPDATE rounds SET version = ?2, value = ?3 WHERE round_id = ?1 AND version = ?4";

pub(super) const PUT_MEMBERS: &str = "
INSERT INTO round_members (user_id, round_id, participant)
SELECT unhex(value ->> 0, '-'), ?1, unhex(value ->> 1, '-') FROM json_each(?2) WHERE true
ON CONFLICT (user_id, round_id) DO UPDATE SET participant = excluded.participant";

pub(super) const REMOVE_MEMBERS: &str = "
DELETE FROM round_members
WHERE user_id IN (SELECT unhex(value, '-') FROM json_each(?2)) AND round_id = ?1";

pub(super) const LIST_MEMBERS: &str = "
SELECT user_id, round_id, participant FROM round_members
WHERE round_id = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3";

pub(super) const CONTESTS_BY_USER: &str = "
SELECT user_id, contest_id, value FROM contests
WHERE round = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3";

/// A round without rows has one row, whose columns of the board are null.
macro_rules! board {
    ($rank:literal, $row:literal) => {
        concat!(
            "
SELECT r.round_id, r.version, r.value, m.participant, c.board_row
FROM rounds r LEFT JOIN round_members m ON m.user_id = ?1 AND m.round_id = r.round_id
LEFT JOIN (
    SELECT user_id, ",
            $rank,
            " AS board_rank, ",
            $row,
            " AS board_row FROM contests
    WHERE round = ?2 AND ",
            $rank,
            " IS NOT NULL AND (",
            $rank,
            ", user_id) > (?3, ?4) ORDER BY ",
            $rank,
            ", user_id LIMIT ?5
) c ON true
WHERE r.round_id = ?2 ORDER BY c.board_rank, c.user_id"
        )
    };
}

pub(super) const HOST_BOARD: &str = board!("host_rank", "host_row");
pub(super) const PUBLIC_BOARD: &str = board!("public_rank", "public_row");

macro_rules! count {
    ($rank:literal) => {
        concat!(
            "SELECT count(*) FROM contests WHERE round = ?1 AND ",
            $rank,
            " < ?2"
        )
    };
}

pub(super) const COUNT_BY_HOST_RANK: &str = count!("host_rank");
pub(super) const COUNT_BY_PUBLIC_RANK: &str = count!("public_rank");

#[async_trait]
impl RoundRepository for SqliteStore {
    async fn load_round(
        &self,
        round: RoundId,
        user: Option<UserId>,
    ) -> Result<Option<ListedRound>, StoreError> {
        let query = sqlx::query(ROUND)
            .bind(user.map(UserId::as_uuid))
            .bind(round.as_uuid());
        let mut connection = self.read().await?;
        let row = query.fetch_optional(&mut *connection).await;
        let row = row.map_err(during("loading a round"))?;
        row.as_ref().map(read_round).transpose()
    }

    async fn list_rounds(
        &self,
        user: Option<UserId>,
        before: Option<RoundId>,
        limit: u32,
    ) -> Result<Vec<ListedRound>, StoreError> {
        let before = before.map(|id| id.as_uuid().as_bytes().to_vec());
        let query = sqlx::query(LIST)
            .bind(user.map(UserId::as_uuid))
            .bind(before.unwrap_or(AFTER_EVERY_ID.to_vec()))
            .bind(limit);
        let rows = self.read_all(query, limit).await;
        let rows = rows?.map_err(during("listing rounds"))?;
        rows.iter().map(read_round).collect()
    }

    async fn commit_round(
        &self,
        expected: Option<Version>,
        round: &StoredRound,
    ) -> Result<(), CommitError> {
        let value = to_json("a round", &round.round).map_err(CommitError::Failed)?;
        let query = sqlx::query(expected.map_or(INSERT, |_| UPDATE))
            .bind(round.id.as_uuid())
            .bind(round.version.as_uuid())
            .bind(value);
        let query = match expected {
            None => query,
            Some(expected) => query.bind(expected.as_uuid()),
        };
        let mut connection = self.write().await.map_err(CommitError::Failed)?;
        let begun = begin(&mut connection).await;
        let mut transaction = begun.map_err(CommitError::Failed)?;
        let written = query.execute(&mut *transaction).await;
        let written = written.map_err(refused("writing a round"))?;
        if written.rows_affected() == 0 {
            return Err(CommitError::Conflict);
        }
        finish(transaction).await
    }

    async fn put_members(&self, round: RoundId, members: &[Member]) -> Result<(), StoreError> {
        let entries: Vec<_> = members
            .iter()
            .map(|member| (member.user, member.participant))
            .collect();
        let chunks = entries
            .chunks(CHUNK)
            .map(|chunk| to_json("members", &chunk));
        self.change_members(PUT_MEMBERS, round, chunks).await
    }

    async fn remove_members(&self, round: RoundId, users: &[UserId]) -> Result<(), StoreError> {
        let chunks = users.chunks(CHUNK).map(|chunk| to_json("users", &chunk));
        self.change_members(REMOVE_MEMBERS, round, chunks).await
    }

    async fn list_members(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError> {
        let query = sqlx::query(LIST_MEMBERS).bind(round.as_uuid());
        let query = query.bind(bytes_of(after)).bind(limit);
        let rows = self.read_all(query, limit).await;
        let rows = rows?.map_err(during("listing the users of a round"))?;
        let read = |row| {
            let cells = Cells::of(row, "round_members");
            Ok(Member {
                user: cells.id("user_id")?,
                participant: cells.id("participant")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn load_board(
        &self,
        round: RoundId,
        user: Option<UserId>,
        page: BoardPart,
    ) -> Result<Option<RankedRound>, StoreError> {
        let statement = match page.view {
            View::Host => HOST_BOARD,
            View::Public => PUBLIC_BOARD,
        };
        let (key, last) = page.after.unzip();
        let query = sqlx::query(statement)
            .bind(user.map(UserId::as_uuid))
            .bind(round.as_uuid())
            .bind(key.map(rank).unwrap_or_default())
            .bind(bytes_of(last))
            .bind(page.limit);
        let rows = self.read_all(query, page.limit).await;
        let rows = rows?.map_err(during("reading the board of a round"))?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let board = rows.iter().map(|row| {
            let stored: Option<Vec<u8>> = Cells::of(row, "contests").get("board_row")?;
            stored.map(|stored| to_row(&stored, round)).transpose()
        });
        let board: Vec<_> = board.collect::<Result<_, StoreError>>()?;
        Ok(Some(RankedRound {
            round: read_round(first)?,
            rows: board.into_iter().flatten().collect(),
        }))
    }

    async fn list_round_contests(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<RoundContest>, StoreError> {
        let query = sqlx::query(CONTESTS_BY_USER).bind(round.as_uuid());
        let query = query.bind(bytes_of(after)).bind(limit);
        let rows = self.read_all(query, limit).await;
        let rows = rows?.map_err(during("reading the contests of a round"))?;
        rows.iter().map(read_round_contest).collect()
    }

    async fn count_ranked(
        &self,
        round: RoundId,
        view: View,
        before: RankKey,
    ) -> Result<u64, StoreError> {
        let statement = match view {
            View::Host => COUNT_BY_HOST_RANK,
            View::Public => COUNT_BY_PUBLIC_RANK,
        };
        let count = sqlx::query_scalar(statement)
            .bind(round.as_uuid())
            .bind(rank(before));
        let mut connection = self.read().await?;
        let count: i64 = count
            .fetch_one(&mut *connection)
            .await
            .map_err(during("counting the contests of a round"))?;
        Ok(count.unsigned_abs())
    }
}

impl SqliteStore {
    /// Changes the list of a round, a chunk with each statement, in one transaction.
    async fn change_members(
        &self,
        statement: &'static str,
        round: RoundId,
        chunks: impl Iterator<Item = Result<String, StoreError>> + Send,
    ) -> Result<(), StoreError> {
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        for chunk in chunks {
            let query: Prepared<'_> = sqlx::query(statement).bind(round.as_uuid());
            let done = query.bind(chunk?).execute(&mut *transaction).await;
            done.map_err(during("changing the users of a round"))?;
        }
        commit(transaction).await
    }
}

/// The id as a blob. The empty blob is less than every id.
fn bytes_of(user: Option<UserId>) -> Vec<u8> {
    user.map_or(vec![], |user| user.as_uuid().as_bytes().to_vec())
}

fn read_round(row: &SqliteRow) -> Result<ListedRound, StoreError> {
    let cells = Cells::of(row, "rounds");
    let listed = Cells::of(row, "round_members").get::<Option<Uuid>>("participant")?;
    Ok(ListedRound {
        round: StoredRound {
            id: cells.id("round_id")?,
            version: cells.id("version")?,
            round: cells.json("value")?,
        },
        listed: listed.map(ParticipantId::from),
    })
}

fn read_round_contest(row: &SqliteRow) -> Result<RoundContest, StoreError> {
    let cells = Cells::of(row, "contests");
    Ok(RoundContest {
        user: cells.id("user_id")?,
        contest: cells.json("value")?,
    })
}
