//! Taking the abandonment of a contest back: one statement.

use contest_core::id::{ContestId, UserId};
use contest_core::model::{ContestRecord, EndingKind};
use contest_core::store::ResumeError;
use contest_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PgStore;
use super::contests::read;
use super::error::unfit;
use super::retry::again;
use super::time::PgTime;

/// `settled` is read by `resumed`, which forces the other contest to end before this one is open
/// again; else the two could meet in `contests_open`. Whoever creates a contest claims the same row,
/// and so comes before or after.
pub(super) const RESUME: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), contest AS (
    SELECT id, started_at, deadline, ending, ended_at, grace, selection FROM {schema}.contests
    WHERE user_id = $1 AND id = $2
), open AS (
    SELECT id, deadline FROM {schema}.contests WHERE user_id = $1 AND ending IS NULL
), claimed AS (
    UPDATE {schema}.user_progress p
    SET version = p.version + 1, abandoned = p.abandoned - 1,
        expired = p.expired + (SELECT count(*) FROM open)
    FROM contest c
    WHERE p.user_id = $1 AND p.version = (SELECT version FROM seen)
      AND c.ending = 2 AND $3 < c.deadline
      AND NOT EXISTS (SELECT FROM open WHERE deadline > $3)
    RETURNING p.version
), settled AS (
    UPDATE {schema}.contests c SET ending = 3, ended_at = c.deadline
    FROM claimed WHERE c.user_id = $1 AND c.ending IS NULL
    RETURNING c.id
), resumed AS (
    UPDATE {schema}.contests c SET ending = NULL, ended_at = NULL
    FROM claimed
    WHERE c.user_id = $1 AND c.id = $2 AND (SELECT count(*) FROM settled) >= 0
){outbox}
SELECT c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace, c.selection::text AS selection,
       p.problems, p.completed, EXISTS (SELECT FROM claimed) AS resumed,
       (SELECT id FROM open WHERE deadline > $3) AS active
FROM contest c
CROSS JOIN LATERAL (
    SELECT array_agg(p.problem_id ORDER BY p.place) AS problems,
           array_agg(p.completed_at ORDER BY p.place) AS completed
    FROM {schema}.contest_problems p WHERE p.user_id = $1 AND p.contest_id = $2
) p";

pub(super) const RESUME_EVENTS: &str = "
    SELECT 1, $3, 4, s.id, NULL, 3, NULL, NULL FROM settled s
    UNION ALL
    SELECT 1 + (SELECT count(*) FROM settled), $3, 3, $2, NULL, NULL, NULL, NULL FROM claimed";

type Outcome = Result<ContestRecord, ResumeError>;

impl PgStore {
    pub(super) async fn resume(&self, user: UserId, contest: ContestId, now: Timestamp) -> Outcome {
        let at = PgTime::stored(now).map_err(|error| unfit("the resumption", error))?;
        let send = || {
            let query = self.sql().resume.query().bind(user.as_uuid());
            let query = query.bind(contest.as_uuid()).bind(at);
            query.fetch_optional(self.writer())
        };
        let step = || async {
            match again(send).await? {
                None => Ok(Some(Err(ResumeError::ContestNotFound))),
                Some(row) => decide(&row, user, now),
            }
        };
        self.lanes().claim(user, step).await?
    }
}

/// In the order of precedence the contract has. An abandoned contest that nothing kept from being
/// resumed, and was not, means that another step of this user came between.
fn decide(row: &PgRow, user: UserId, now: Timestamp) -> Result<Option<Outcome>, sqlx::Error> {
    let mut record = match read(user, row) {
        Ok(record) => record,
        Err(error) => return Ok(Some(Err(error.into()))),
    };
    if record.check_accepting(now).is_ok() {
        return Ok(Some(Ok(record)));
    }
    if record.ending.map(|ending| ending.kind) != Some(EndingKind::Abandoned) {
        let status = record.status(now);
        return Ok(Some(Err(ResumeError::NotAbandoned { status })));
    }
    if now >= record.deadline {
        let deadline = record.deadline;
        return Ok(Some(Err(ResumeError::DeadlinePassed { deadline })));
    }
    if let Some(active) = row.try_get::<Option<Uuid>, _>("active")? {
        let contest = active.into();
        return Ok(Some(Err(ResumeError::ActiveContestExists { contest })));
    }
    if !row.try_get::<bool, _>("resumed")? {
        return Ok(None);
    }
    // The row is the contest as it was before this statement.
    record.ending = None;
    Ok(Some(Ok(record)))
}
