//! Beginning a new epoch: one statement.

use contest_core::id::{ContestId, UserId};
use contest_core::model::Epoch;
use contest_core::store::{Reset, ResetError, StoreError};
use contest_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::PgStore;
use super::error::unfit;
use super::rows::count;
use super::time::PgTime;

/// The events of the history take the places of the solves, from the one solved first on.
pub(super) const RESET: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), open AS (
    SELECT id, deadline FROM {schema}.contests WHERE user_id = $1 AND ending IS NULL
), accepted AS (
    SELECT WHERE NOT EXISTS (SELECT FROM open WHERE deadline > $2)
), claimed AS (
    INSERT INTO {schema}.user_progress AS p (user_id, version, epoch, epoch_began_at)
    SELECT $1, 1, 1, $2 FROM accepted
    ON CONFLICT (user_id) DO UPDATE
    SET version = p.version + 1, easy = 0, medium = 0, hard = 0,
        expired = p.expired + (SELECT count(*) FROM open),
        epoch = p.epoch + 1, epoch_began_at = excluded.epoch_began_at
    WHERE p.version = (SELECT version FROM seen)
    RETURNING p.version, p.epoch
), settled AS (
    UPDATE {schema}.contests c SET ending = 3, ended_at = c.deadline
    FROM claimed WHERE c.user_id = $1 AND c.ending IS NULL
    RETURNING c.id
), unsolved AS (
    DELETE FROM {schema}.solves s USING claimed WHERE s.user_id = $1
    RETURNING s.problem_id, s.solved_at
), logged AS (
    INSERT INTO {schema}.solve_events (user_id, at, id, problem_id, kind)
    SELECT $1, $2, (lpad(to_hex(version), 16, '0') || lpad(to_hex(place), 16, '0'))::uuid,
           problem_id, 2
    FROM claimed, (
        SELECT problem_id, row_number() OVER (ORDER BY solved_at, problem_id) AS place FROM unsolved
    ) u
), topics AS (
    UPDATE {schema}.user_topics t SET solved = 0 FROM claimed
    WHERE t.user_id = $1 AND t.solved > 0
){outbox}
SELECT (SELECT epoch FROM claimed) AS epoch,
       (SELECT count(*) FROM unsolved) AS removed,
       (SELECT id FROM settled) AS settled,
       (SELECT id FROM open WHERE deadline > $2) AS active";

pub(super) const RESET_EVENTS: &str = "
    SELECT 1, $2, 4, s.id, NULL, 3, NULL, NULL FROM settled s
    UNION ALL
    SELECT 1 + (SELECT count(*) FROM settled), $2, 7, NULL, NULL, NULL, NULL, epoch FROM claimed";

/// What the statement found and did.
struct ResetRow {
    epoch: Option<i64>,
    removed: i64,
    settled: Option<Uuid>,
    active: Option<Uuid>,
}

impl<'r> FromRow<'r, PgRow> for ResetRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            epoch: row.try_get("epoch")?,
            removed: row.try_get("removed")?,
            settled: row.try_get("settled")?,
            active: row.try_get("active")?,
        })
    }
}

type Outcome = Result<Reset, ResetError>;

impl PgStore {
    pub(super) async fn reset(&self, user: UserId, now: Timestamp) -> Outcome {
        let at = PgTime::stored(now).map_err(|error| unfit("the reset", error))?;
        let step = || async {
            let query = self.sql().reset.query().bind(user.as_uuid()).bind(at);
            let row = query.fetch_one(self.writer()).await?;
            Ok(decide(&ResetRow::from_row(&row)?, user, now))
        };
        self.lanes().claim(user, step).await?
    }
}

/// No epoch, and nothing that kept one from beginning, means that another step of this user came
/// between.
fn decide(row: &ResetRow, user: UserId, now: Timestamp) -> Option<Outcome> {
    if let Some(contest) = row.active.map(ContestId::from_uuid) {
        return Some(Err(ResetError::ActiveContestExists { contest }));
    }
    let reset = |number| -> Result<Reset, StoreError> {
        Ok(Reset {
            epoch: Epoch {
                number: count(number, "epoch", user)?,
                began_at: Some(now),
            },
            removed: row.removed.unsigned_abs(),
            settled: row.settled.map(ContestId::from_uuid),
        })
    };
    Some(reset(row.epoch?).map_err(ResetError::from))
}
