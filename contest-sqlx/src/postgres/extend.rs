//! Moving the deadline of a contest: one statement.

use contest_core::id::{ContestId, UserId};
use contest_core::model::ContestRecord;
use contest_core::store::ExtendError;
use contest_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::PgStore;
use super::contests::read;
use super::error::unfit;
use super::retry::again;
use super::time::PgTime;

pub(super) const EXTEND: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), contest AS (
    SELECT id, started_at, deadline, ending, ended_at, grace, selection FROM {schema}.contests
    WHERE user_id = $1 AND id = $2
), claimed AS (
    UPDATE {schema}.user_progress p SET version = p.version + 1
    FROM contest c
    WHERE p.user_id = $1 AND p.version = (SELECT version FROM seen)
      AND c.ending IS NULL AND c.started_at <= $4 AND $4 < c.deadline AND c.deadline < $3
    RETURNING p.version
), extended AS (
    UPDATE {schema}.contests SET deadline = $3 FROM claimed
    WHERE user_id = $1 AND id = $2
){outbox}
SELECT c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace, c.selection::text AS selection,
       p.problems, p.completed, EXISTS (SELECT FROM claimed) AS extended
FROM contest c
CROSS JOIN LATERAL (
    SELECT array_agg(p.problem_id ORDER BY p.place) AS problems,
           array_agg(p.completed_at ORDER BY p.place) AS completed
    FROM {schema}.contest_problems p WHERE p.user_id = $1 AND p.contest_id = $2
) p";

pub(super) const EXTEND_EVENTS: &str = "
    SELECT 1, $4, 2, $2, NULL, NULL, $3, NULL FROM claimed";

type Outcome = Result<ContestRecord, ExtendError>;

impl PgStore {
    pub(super) async fn extend(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Outcome {
        let until = PgTime::stored(deadline).map_err(|error| unfit("the deadline", error))?;
        let at = PgTime::stored(now).map_err(|error| unfit("the extension", error))?;
        let send = || {
            let query = self.sql().extend.query().bind(user.as_uuid());
            let query = query.bind(contest.as_uuid()).bind(until).bind(at);
            query.fetch_optional(self.writer())
        };
        let step = || async {
            match again(send).await? {
                None => Ok(Some(Err(ExtendError::ContestNotFound))),
                Some(row) => decide(&row, user, deadline, now),
            }
        };
        self.lanes().claim(user, step).await?
    }
}

/// In the order of precedence the contract has. A later deadline that was not stored means that
/// another step of this user came between.
fn decide(
    row: &PgRow,
    user: UserId,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<Option<Outcome>, sqlx::Error> {
    let mut record = match read(user, row) {
        Ok(record) => record,
        Err(error) => return Ok(Some(Err(error.into()))),
    };
    if let Err(refusal) = record.check_accepting(now) {
        return Ok(Some(Err(ExtendError::NotAccepting(refusal))));
    }
    if deadline < record.deadline {
        let deadline = record.deadline;
        return Ok(Some(Err(ExtendError::EarlierDeadline { deadline })));
    }
    if deadline > record.deadline && !row.try_get::<bool, _>("extended")? {
        return Ok(None);
    }
    // The row is the contest as it was before this statement.
    record.deadline = deadline;
    Ok(Some(Ok(record)))
}
