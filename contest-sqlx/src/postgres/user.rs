//! Users: loading a snapshot, erasing, listing. Commits are in `commit`.

use async_trait::async_trait;
use contest_core::id::UserId;
use contest_core::store::{
    Commit, CommitError, ContestSelector, Snapshot, StoreError, UserRepository,
};
use contest_core::user::{ContestRecord, UserRecord};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PgStore;
use super::cells::{column, only, revision};
use crate::encoding::{from_json, to_record};

/// The revision, the record, and the contest selected by a condition.
macro_rules! load {
    ($contest:literal $(, $condition:literal)?) => {
        concat!(
            "
SELECT s.number, s.tag, u.version, u.state, u.solved, u.seen, ",
            $contest,
            " AS contest
FROM {schema}.catalogue_state s
LEFT JOIN {schema}.user_records u ON u.user_id = $1",
            $("
LEFT JOIN {schema}.contests c ON c.user_id = $1 AND ", $condition)?
        )
    };
}

pub(super) const LOAD: &str = load!("NULL::text");
pub(super) const LOAD_OPEN: &str = load!("c.value", "c.contest_id = u.open_contest");
pub(super) const LOAD_ID: &str = load!("c.value", "c.contest_id = $2");
pub(super) const LOAD_KEY: &str = load!("c.value", "c.key = $2");
pub(super) const LOAD_IN_ROUND: &str = load!("c.value", "c.round = $2");

/// Claims the record at the version it sees. If a commit came first, nothing is claimed, so the other parts,
/// which do not see the rows of that commit, delete nothing. A user without a record may be listed in rounds.
pub(super) const ERASE: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_records WHERE user_id = $1
), claim AS (
    DELETE FROM {schema}.user_records u USING seen
    WHERE u.user_id = $1 AND u.version = seen.version RETURNING u.user_id
), contests AS (
    DELETE FROM {schema}.contests t USING claim WHERE t.user_id = $1 AND t.user_id = claim.user_id
), requests AS (
    DELETE FROM {schema}.contest_requests t USING claim
    WHERE t.user_id = $1 AND t.user_id = claim.user_id
), attempts AS (
    DELETE FROM {schema}.attempts t USING claim WHERE t.user_id = $1 AND t.user_id = claim.user_id
), events AS (
    DELETE FROM {schema}.user_events t USING claim
    WHERE t.user_id = $1 AND t.user_id = claim.user_id
), deliveries AS (
    DELETE FROM {schema}.event_deliveries t USING claim
    WHERE t.user_id = $1 AND t.user_id = claim.user_id
), listed AS (
    DELETE FROM {schema}.round_members t
    WHERE t.user_id = $1 AND (EXISTS (SELECT FROM claim) OR NOT EXISTS (SELECT FROM seen))
    RETURNING t.participant
)
SELECT (SELECT count(*) FROM seen) AS seen, (SELECT count(*) FROM claim) AS claimed,
    (SELECT count(participant) FROM listed) AS listed";

pub(super) const LIST_USERS: &str = "
SELECT user_id FROM {schema}.user_records WHERE user_id >= $1 ORDER BY user_id LIMIT $2";

/// How often erasing starts over because a commit came first.
const ERASURES: usize = 64;

#[async_trait]
impl UserRepository for PgStore {
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        let (sql, id) = (self.sql(), user.as_uuid());
        let rows = self.fetch(|| match contest {
            ContestSelector::None => sql.load.query().bind(id),
            ContestSelector::Open => sql.load_open.query().bind(id),
            ContestSelector::Id(contest) => sql.load_id.query().bind(id).bind(contest.as_uuid()),
            ContestSelector::Key(key) => {
                sql.load_key.query().bind(id).bind(key.as_str().to_owned())
            }
            ContestSelector::Round(round) => {
                sql.load_in_round.query().bind(id).bind(round.as_uuid())
            }
        });
        snapshot(only(&rows.await?)?, user)
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        self.commit(commit).await
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        for _ in 0..ERASURES {
            let rows = self.change(|| self.sql().erase.query().bind(user.as_uuid()));
            let rows = rows.await?;
            let row = only(&rows)?;
            if column::<i64>(row, "claimed")? > 0 {
                return Ok(true);
            }
            if column::<i64>(row, "seen")? == 0 {
                return Ok(column::<i64>(row, "listed")? > 0);
            }
        }
        Err(StoreError::transient(
            "other commits of the user always came first",
        ))
    }

    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let Some(from) = first_after(after) else {
            return Ok(Vec::new());
        };
        let list = &self.sql().list_users;
        let rows = self.fetch(|| {
            let query = list.query().bind(from);
            query.bind(i64::from(limit))
        });
        let read = |row| column::<Uuid>(row, "user_id").map(UserId::from_uuid);
        rows.await?.iter().map(read).collect()
    }
}

/// The smallest user after this one, if there is any.
pub(super) fn first_after(after: Option<UserId>) -> Option<Uuid> {
    let next = |user: UserId| user.as_uuid().as_u128().checked_add(1);
    after.map_or(Some(0), next).map(Uuid::from_u128)
}

fn snapshot(row: &PgRow, user: UserId) -> Result<Snapshot, StoreError> {
    let contest: Option<&str> = column(row, "contest")?;
    Ok(Snapshot {
        record: record(row, user)?,
        contest: contest.map(|value| read_contest(value, user)).transpose()?,
        revision: revision(row)?,
    })
}

pub(super) fn record(row: &PgRow, user: UserId) -> Result<Option<UserRecord>, StoreError> {
    let Some(version) = column(row, "version")? else {
        return Ok(None);
    };
    let [solved, seen] = ["solved", "seen"].map(|set| column(row, set));
    let state = column(row, "state")?;
    to_record("user_records", user, version, state, solved?, seen?).map(Some)
}

pub(super) fn read_contest(value: &str, user: UserId) -> Result<ContestRecord, StoreError> {
    from_json(value, "contests", "value", user)
}
