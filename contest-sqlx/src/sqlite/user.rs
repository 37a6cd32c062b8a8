//! Users: loading a snapshot, erasing, listing.

use async_trait::async_trait;
use contest_core::id::UserId;
use contest_core::store::{
    Commit, CommitError, ContestSelector, Snapshot, StoreError, UserRepository,
};
use contest_core::user::UserRecord;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::SqliteStore;
use super::cells::Cells;
use super::error::during;
use super::pool::{begin, commit};
use crate::encoding::to_record;

/// The record, the revision, and the contest selected by a condition.
macro_rules! load {
    ($contest:literal) => {
        concat!(
            "SELECT k.number, k.tag, u.user_id, u.version, u.state, c.contest_id, c.value,
                    (SELECT ordinals FROM user_sets WHERE user_id = ?1 AND name = 'solved') AS solved,
                    (SELECT ordinals FROM user_sets WHERE user_id = ?1 AND name = 'seen') AS seen
             FROM catalogue_state k
             LEFT JOIN user_records u ON u.user_id = ?1
             LEFT JOIN contests c ON c.user_id = ?1 AND ",
            $contest
        )
    };
}

pub(super) const LOAD_WITH_OPEN: &str = load!("c.contest_id = u.open_contest");
/// A null id selects no contest.
pub(super) const LOAD_WITH_ID: &str = load!("c.contest_id = ?2");
pub(super) const LOAD_WITH_KEY: &str = load!("c.key = ?2");
pub(super) const LOAD_WITH_ROUND: &str = load!("c.round = ?2");

pub(super) const LIST: &str = "
SELECT user_id FROM user_records WHERE user_id > ?1 ORDER BY user_id LIMIT ?2";

pub(super) const ERASE: [&str; 8] = [
    "DELETE FROM user_records WHERE user_id = ?1",
    "DELETE FROM user_sets WHERE user_id = ?1",
    "DELETE FROM contests WHERE user_id = ?1",
    "DELETE FROM contest_requests WHERE user_id = ?1",
    "DELETE FROM attempts WHERE user_id = ?1",
    "DELETE FROM user_events WHERE user_id = ?1",
    "DELETE FROM event_deliveries WHERE user_id = ?1",
    "DELETE FROM round_members WHERE user_id = ?1",
];

#[async_trait]
impl UserRepository for SqliteStore {
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        let user = user.as_uuid();
        let query = match contest {
            ContestSelector::None => sqlx::query(LOAD_WITH_ID).bind(user).bind(None::<Uuid>),
            ContestSelector::Open => sqlx::query(LOAD_WITH_OPEN).bind(user),
            ContestSelector::Id(id) => sqlx::query(LOAD_WITH_ID).bind(user).bind(id.as_uuid()),
            ContestSelector::Key(key) => sqlx::query(LOAD_WITH_KEY).bind(user).bind(key.as_str()),
            ContestSelector::Round(id) => {
                sqlx::query(LOAD_WITH_ROUND).bind(user).bind(id.as_uuid())
            }
        };
        let mut connection = self.read().await?;
        let row = query.fetch_one(&mut *connection).await;
        snapshot(&row.map_err(during("loading a user"))?)
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        self.keep(commit).await
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        let mut erased = 0;
        for statement in ERASE {
            let query = sqlx::query(statement).bind(user.as_uuid());
            let done = query.execute(&mut *transaction).await;
            erased += done.map_err(during("erasing a user"))?.rows_affected();
        }
        commit(transaction).await?;
        Ok(erased > 0)
    }

    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        // The empty blob is less than every id.
        let after = after.map_or(vec![], |user| user.as_uuid().as_bytes().to_vec());
        let mut connection = self.read().await?;
        let users: Vec<Uuid> = sqlx::query_scalar(LIST)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(during("listing users"))?;
        Ok(users.into_iter().map(UserId::from).collect())
    }
}

fn snapshot(row: &SqliteRow) -> Result<Snapshot, StoreError> {
    let [catalogue, users, contests] =
        ["catalogue_state", "user_records", "contests"].map(|table| Cells::of(row, table));
    let record = users.get::<Option<Uuid>>("user_id")?;
    let contest = contests.get::<Option<Uuid>>("contest_id")?;
    Ok(Snapshot {
        record: record.map(|_| record_of(users, "state")).transpose()?,
        contest: contest.map(|_| contests.json("value")).transpose()?,
        revision: catalogue.revision()?,
    })
}

pub(super) fn record_of(cells: Cells<'_>, state: &'static str) -> Result<UserRecord, StoreError> {
    let (version, state) = (cells.get("version")?, cells.get(state)?);
    // A set without a row is empty.
    let set = |column| {
        cells
            .get::<Option<&[u8]>>(column)
            .map(Option::unwrap_or_default)
    };
    let (solved, seen) = (set("solved")?, set("seen")?);
    let user = cells.id("user_id")?;
    to_record(cells.table, user, version, state, solved, seen)
}
