//! Rounds, their lists of users, and their contests by rank.

use async_trait::async_trait;
use contest_core::id::{ParticipantId, RoundId, UserId, Version};
use contest_core::scoring::RankKey;
use contest_core::standings::View;
use contest_core::store::{
    BoardPart, CommitError, ListedRound, Member, RankedRound, RoundContest, RoundRepository,
    StoreError, StoredRound,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PgStore;
use super::cells::column;
use super::user::{first_after, read_contest};
use crate::encoding::{from_json, from_signed, rank, to_json, to_row};

pub(super) const ROUND: &str = "
SELECT round_id, version, value, NULL::uuid AS participant FROM {schema}.rounds WHERE round_id = $1";

pub(super) const ROUND_OF_USER: &str = "
SELECT r.round_id, r.version, r.value, m.participant
FROM {schema}.rounds r
LEFT JOIN {schema}.round_members m ON m.user_id = $1 AND m.round_id = r.round_id
WHERE r.round_id = $2";

pub(super) const LIST: &str = "
SELECT round_id, version, value, NULL::uuid AS participant FROM {schema}.rounds
WHERE round_id <= $1 ORDER BY round_id DESC LIMIT $2";

pub(super) const LIST_OF_USER: &str = "
SELECT r.round_id, r.version, r.value, m.participant
FROM (
    SELECT round_id, version, value FROM {schema}.rounds
    WHERE round_id <= $2 ORDER BY round_id DESC LIMIT $3
) r LEFT JOIN {schema}.round_members m ON m.user_id = $1 AND m.round_id = r.round_id
ORDER BY r.round_id DESC";

pub(super) const INSERT: &str = "
INSERT INTO {schema}.rounds (round_id, version, value) VALUES ($1, $2, $3)
ON CONFLICT (round_id) DO NOTHING RETURNING round_id";

pub(super) const UPDATE: &str = "
UPDATE {schema}.rounds SET version = $2, value = $3 WHERE round_id = $1 AND version = $4
RETURNING round_id";

/// Lists users, and takes those without a participant from the list. Locks the rows in the order of their users, so
/// that such statements do not deadlock with each other. A `DELETE` would lock them in any order, and would miss a
/// row that is being added.
pub(super) const PUT_MEMBERS: &str = "
INSERT INTO {schema}.round_members (user_id, round_id, participant)
SELECT m.user_id, $1, m.participant FROM unnest($2::uuid[], $3::uuid[]) m (user_id, participant)
ORDER BY m.user_id
ON CONFLICT (user_id, round_id) DO UPDATE SET participant = excluded.participant";

pub(super) const LIST_MEMBERS: &str = "
SELECT user_id, participant FROM {schema}.round_members
WHERE round_id = $1 AND user_id >= $2 AND participant IS NOT NULL ORDER BY user_id LIMIT $3";

pub(super) const CONTESTS_BY_USER: &str = "
SELECT user_id, value FROM {schema}.contests
WHERE round = $1 AND user_id >= $2 ORDER BY user_id LIMIT $3";

/// The condition on the rank that repeats that of the index lets the planner use it. The sub-select hides the
/// limit from the planner: if it saw it, it would plan each call anew, which takes longer than the call.
macro_rules! board {
    ($rank:literal, $row:literal) => {
        concat!(
            "
SELECT r.round_id, r.version, r.value, m.participant, c.board
FROM {schema}.rounds r
LEFT JOIN {schema}.round_members m ON m.user_id = $1 AND m.round_id = r.round_id
CROSS JOIN (
    SELECT array_agg(p.board_row ORDER BY p.board_rank, p.user_id) AS board
    FROM (
        SELECT user_id, ",
            $rank,
            " AS board_rank, ",
            $row,
            " AS board_row FROM {schema}.contests
        WHERE round = $2 AND ",
            $rank,
            " IS NOT NULL AND (",
            $rank,
            ", user_id) > ($3, $4) ORDER BY ",
            $rank,
            ", user_id LIMIT (SELECT $5::bigint)
    ) p
) c
WHERE r.round_id = $2"
        )
    };
}

pub(super) const HOST_BOARD: &str = board!("host_rank", "host_row");
pub(super) const PUBLIC_BOARD: &str = board!("public_rank", "public_row");

macro_rules! count {
    ($rank:literal) => {
        concat!(
            "
SELECT count(*) AS ranked FROM {schema}.contests WHERE round = $1 AND ",
            $rank,
            " < $2"
        )
    };
}

pub(super) const COUNT_BY_HOST_RANK: &str = count!("host_rank");
pub(super) const COUNT_BY_PUBLIC_RANK: &str = count!("public_rank");

#[async_trait]
impl RoundRepository for PgStore {
    async fn load_round(
        &self,
        round: RoundId,
        user: Option<UserId>,
    ) -> Result<Option<ListedRound>, StoreError> {
        let (sql, round) = (self.sql(), round.as_uuid());
        let rows = self.fetch(|| match user {
            None => sql.round.query().bind(round),
            Some(user) => sql.round_of_user.query().bind(user.as_uuid()).bind(round),
        });
        rows.await?.first().map(read_round).transpose()
    }

    async fn list_rounds(
        &self,
        user: Option<UserId>,
        before: Option<RoundId>,
        limit: u32,
    ) -> Result<Vec<ListedRound>, StoreError> {
        let id = |before: RoundId| before.as_uuid().as_u128().checked_sub(1);
        let Some(last) = before.map_or(Some(u128::MAX), id) else {
            return Ok(Vec::new());
        };
        let (sql, last) = (self.sql(), Uuid::from_u128(last));
        let rows = self.fetch(|| {
            let query = match user {
                None => sql.list_rounds.query(),
                Some(user) => sql.list_rounds_of_user.query().bind(user.as_uuid()),
            };
            query.bind(last).bind(i64::from(limit))
        });
        rows.await?.iter().map(read_round).collect()
    }

    async fn commit_round(
        &self,
        expected: Option<Version>,
        round: &StoredRound,
    ) -> Result<(), CommitError> {
        let value = to_json("a round", &round.round).map_err(CommitError::Failed)?;
        let statement = match expected {
            None => &self.sql().insert_round,
            Some(_) => &self.sql().update_round,
        };
        let query = statement.query().bind(round.id.as_uuid());
        let query = query.bind(round.version.as_uuid()).bind(value);
        let query = match expected {
            None => query,
            Some(expected) => query.bind(expected.as_uuid()),
        };
        let written = self.send_commit(query).await?;
        written.first().map(drop).ok_or(CommitError::Conflict)
    }

    async fn put_members(&self, round: RoundId, members: &[Member]) -> Result<(), StoreError> {
        let entry = |member: &Member| (member.user, Some(member.participant));
        self.write_members(round, members.iter().map(entry)).await
    }

    async fn remove_members(&self, round: RoundId, users: &[UserId]) -> Result<(), StoreError> {
        let entries = users.iter().map(|user| (*user, None));
        self.write_members(round, entries).await
    }

    async fn list_members(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError> {
        let Some(from) = first_after(after) else {
            return Ok(Vec::new());
        };
        let list = &self.sql().list_members;
        let rows = self.fetch(|| {
            let query = list.query().bind(round.as_uuid()).bind(from);
            query.bind(i64::from(limit))
        });
        let read = |row| {
            Ok(Member {
                user: column::<Uuid>(row, "user_id")?.into(),
                participant: column::<Uuid>(row, "participant")?.into(),
            })
        };
        rows.await?.iter().map(read).collect()
    }

    async fn load_board(
        &self,
        round: RoundId,
        user: Option<UserId>,
        page: BoardPart,
    ) -> Result<Option<RankedRound>, StoreError> {
        let board = match page.view {
            View::Host => &self.sql().host_board,
            View::Public => &self.sql().public_board,
        };
        let after = page.after.map(|(key, user)| (rank(key), user.as_uuid()));
        let (key, last) = after.unwrap_or_default();
        let rows = self.fetch(|| {
            let query = board.query().bind(user.map(UserId::as_uuid));
            let query = query.bind(round.as_uuid()).bind(key.clone()).bind(last);
            query.bind(i64::from(page.limit))
        });
        let rows = rows.await?;
        let read = |row: &PgRow| {
            let board: Option<Vec<Vec<u8>>> = column(row, "board")?;
            let board = board.unwrap_or_default();
            Ok(RankedRound {
                round: read_round(row)?,
                rows: board
                    .iter()
                    .map(|row| to_row(row, round))
                    .collect::<Result<_, _>>()?,
            })
        };
        rows.first().map(read).transpose()
    }

    async fn list_round_contests(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<RoundContest>, StoreError> {
        let Some(from) = first_after(after) else {
            return Ok(Vec::new());
        };
        let list = &self.sql().contests_by_user;
        let rows = self.fetch(|| {
            let query = list.query().bind(round.as_uuid()).bind(from);
            query.bind(i64::from(limit))
        });
        rows.await?.iter().map(read_round_contest).collect()
    }

    async fn count_ranked(
        &self,
        round: RoundId,
        view: View,
        before: RankKey,
    ) -> Result<u64, StoreError> {
        let count = match view {
            View::Host => &self.sql().count_by_host_rank,
            View::Public => &self.sql().count_by_public_rank,
        };
        let rows = self.fetch(|| count.query().bind(round.as_uuid()).bind(rank(before)));
        let rows = rows.await?;
        let count = rows.first().map(|row| column::<i64>(row, "ranked"));
        from_signed(
            count.transpose()?.unwrap_or_default(),
            "contests",
            "round",
            round,
        )
    }
}

impl PgStore {
    /// Lists users in a round, and takes those without a participant from its list.
    async fn write_members(
        &self,
        round: RoundId,
        entries: impl Iterator<Item = (UserId, Option<ParticipantId>)>,
    ) -> Result<(), StoreError> {
        let entry = |(user, participant): (UserId, Option<ParticipantId>)| {
            (user.as_uuid(), participant.map(ParticipantId::as_uuid))
        };
        let (users, participants): (Vec<_>, Vec<_>) = entries.map(entry).unzip();
        let put = &self.sql().put_members;
        let done = self.change(|| {
            let query = put.query().bind(round.as_uuid());
            query.bind(users.clone()).bind(participants.clone())
        });
        done.await.map(drop)
    }
}

fn read_round(row: &PgRow) -> Result<ListedRound, StoreError> {
    let id = RoundId::from_uuid(column(row, "round_id")?);
    let listed: Option<Uuid> = column(row, "participant")?;
    Ok(ListedRound {
        round: StoredRound {
            id,
            version: Version::from_uuid(column(row, "version")?),
            round: from_json(column(row, "value")?, "rounds", "value", id)?,
        },
        listed: listed.map(Into::into),
    })
}

fn read_round_contest(row: &PgRow) -> Result<RoundContest, StoreError> {
    let user = UserId::from_uuid(column(row, "user_id")?);
    let contest = read_contest(column(row, "value")?, user)?;
    Ok(RoundContest { user, contest })
}
