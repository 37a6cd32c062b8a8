//! Ending a contest: one statement.

use contest_core::id::{ContestId, UserId};
use contest_core::lifecycle::check_accepting;
use contest_core::model::{ContestRecord, Ending, EndingKind};
use contest_core::store::{FinishError, FinishKind};
use contest_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::PgStore;
use super::contests::read;
use super::error::unfit;
use super::rows::ending_code;
use super::time::PgTime;

pub(super) const FINISH: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), contest AS (
    SELECT id, started_at, deadline, ending, ended_at, grace, selection FROM {schema}.contests
    WHERE user_id = $1 AND id = $2
), claimed AS (
    UPDATE {schema}.user_progress p
    SET version = p.version + 1,
        completed = p.completed + ($3 = 1)::int,
        abandoned = p.abandoned + ($3 = 2)::int
    FROM contest c
    WHERE p.user_id = $1 AND p.version = (SELECT version FROM seen)
      AND c.ending IS NULL AND c.started_at <= $4 AND $4 < c.deadline
    RETURNING p.version
), finished AS (
    UPDATE {schema}.contests SET ending = $3, ended_at = $4 FROM claimed
    WHERE user_id = $1 AND id = $2
){outbox}
SELECT c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace, c.selection::text AS selection,
       p.problems, p.completed, EXISTS (SELECT FROM claimed) AS finished
FROM contest c
CROSS JOIN LATERAL (
    SELECT array_agg(p.problem_id ORDER BY p.place) AS problems,
           array_agg(p.completed_at ORDER BY p.place) AS completed
    FROM {schema}.contest_problems p WHERE p.user_id = $1 AND p.contest_id = $2
) p";

pub(super) const FINISH_EVENTS: &str = "
    SELECT 1, $4, 4, $2, NULL, $3, NULL, NULL FROM claimed";

type Outcome = Result<ContestRecord, FinishError>;

impl PgStore {
    pub(super) async fn finish(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Outcome {
        let at = PgTime::stored(now).map_err(|error| unfit("the end", error))?;
        let kind = match kind {
            FinishKind::Complete => EndingKind::Completed,
            FinishKind::Abandon => EndingKind::Abandoned,
        };
        let ending = Ending { kind, at: now };
        let step = || async {
            let query = self.sql().finish.query().bind(user.as_uuid());
            let query = query.bind(contest.as_uuid()).bind(ending_code(kind));
            match query.bind(at).fetch_optional(self.writer()).await? {
                None => Ok(Some(Err(FinishError::ContestNotFound))),
                Some(row) => decide(&row, user, ending),
            }
        };
        self.lanes().claim(user, step).await?
    }
}

/// In the order of precedence the contract has. A contest that accepts work and was not ended means
/// that another step of this user came between.
fn decide(row: &PgRow, user: UserId, ending: Ending) -> Result<Option<Outcome>, sqlx::Error> {
    let mut record = match read(user, row) {
        Ok(record) => record,
        Err(error) => return Ok(Some(Err(error.into()))),
    };
    let accepting = check_accepting(record.ending, record.started_at, record.deadline, ending.at);
    if let Err(refusal) = accepting {
        return Ok(Some(Err(FinishError::NotAccepting(refusal))));
    }
    if !row.try_get::<bool, _>("finished")? {
        return Ok(None);
    }
    // The row is the contest as it was before this statement.
    record.ending = Some(ending);
    Ok(Some(Ok(record)))
}
