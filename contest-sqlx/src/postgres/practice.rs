//! What a user has done with single problems.

use std::collections::HashMap;

use async_trait::async_trait;
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::model::{Encounter, Practice, Solve};
use contest_core::store::{PracticeRepository, SolvePage, StoreError};
use contest_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PgStore;
use super::error::{from_sqlx, inconsistent};
use super::retry::again;
use super::time::PgTime;

/// For each candidate one look for its solve, one for the contests that had it, and one for each of
/// those. As in [`SOLVED_AMONG`](super::solves::SOLVED_AMONG), the offsets keep the planner to that.
pub(super) const PRACTICE_AMONG: &str = "
SELECT c.id, s.solved_at, e.contests, e.starts, e.marks
FROM unnest((SELECT $2::uuid[])) AS c (id)
LEFT JOIN LATERAL (
    SELECT s.solved_at FROM {schema}.solves s
    WHERE s.user_id = $1 AND s.problem_id = c.id OFFSET 0
) s ON true
CROSS JOIN LATERAL (
    SELECT array_agg(k.id ORDER BY k.started_at, k.id) AS contests,
           array_agg(k.started_at ORDER BY k.started_at, k.id) AS starts,
           array_agg(p.completed_at ORDER BY k.started_at, k.id) AS marks
    FROM {schema}.contest_problems p,
         LATERAL (SELECT k.id, k.started_at FROM {schema}.contests k
                  WHERE k.user_id = $1 AND k.id = p.contest_id OFFSET 0) k
    WHERE p.user_id = $1 AND p.problem_id = c.id
      AND k.started_at >= coalesce(
          (SELECT u.epoch_began_at FROM {schema}.user_progress u WHERE u.user_id = $1),
          k.started_at)
) e
WHERE s.solved_at IS NOT NULL OR e.contests IS NOT NULL";

pub(super) const LIST_SOLVES: &str = "
SELECT problem_id, solved_at, contest_id FROM {schema}.solves
WHERE user_id = $1 ORDER BY solved_at, problem_id LIMIT $2";

pub(super) const LIST_SOLVES_AFTER: &str = "
SELECT problem_id, solved_at, contest_id FROM {schema}.solves
WHERE user_id = $1 AND (solved_at, problem_id) > ($3, $4)
ORDER BY solved_at, problem_id LIMIT $2";

#[async_trait]
impl PracticeRepository for PgStore {
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        if candidates.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = candidates.iter().map(|id| id.as_uuid()).collect();
        let query = || {
            let query = self.sql().practice_among.query().bind(user.as_uuid());
            query.bind(ids.as_slice()).fetch_all(self.writer())
        };
        let rows = again(query).await.map_err(from_sqlx)?;
        rows.iter().map(practice).collect()
    }

    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError> {
        let limit = i64::from(page.limit);
        let query = || match page.after {
            None => {
                let query = self.sql().list_solves.query().bind(user.as_uuid());
                query.bind(limit).fetch_all(self.writer())
            }
            Some((at, problem)) => {
                let query = self.sql().list_solves_after.query().bind(user.as_uuid());
                let query = query.bind(limit).bind(PgTime::nearest(at));
                query.bind(problem.as_uuid()).fetch_all(self.writer())
            }
        };
        let rows = again(query).await.map_err(from_sqlx)?;
        rows.iter().map(|row| solve(row, user)).collect()
    }
}

/// The columns of [`PRACTICE_AMONG`]; the arrays are of one length, or all missing.
fn practice(row: &PgRow) -> Result<(ProblemId, Practice), StoreError> {
    let problem: Uuid = row.try_get("id").map_err(from_sqlx)?;
    let solved_at: Option<PgTime> = row.try_get("solved_at").map_err(from_sqlx)?;
    let contests: Option<Vec<Uuid>> = row.try_get("contests").map_err(from_sqlx)?;
    let starts: Option<Vec<PgTime>> = row.try_get("starts").map_err(from_sqlx)?;
    let marks: Option<Vec<Option<PgTime>>> = row.try_get("marks").map_err(from_sqlx)?;
    let times = starts.unwrap_or_default().into_iter();
    let times = times.zip(marks.unwrap_or_default());
    let encounters = contests.unwrap_or_default().into_iter().zip(times);
    let encounter = |(contest, (at, mark)): (Uuid, (PgTime, Option<PgTime>))| {
        Ok(Encounter {
            contest: ContestId::from_uuid(contest),
            at: time(at, "contests", "started_at", contest)?,
            completed_at: mark
                .map(|at| time(at, "contest_problems", "completed_at", contest))
                .transpose()?,
        })
    };
    let practice = Practice {
        solved_at: solved_at
            .map(|at| time(at, "solves", "solved_at", problem))
            .transpose()?,
        encounters: encounters
            .map(encounter)
            .collect::<Result<_, StoreError>>()?,
    };
    Ok((problem.into(), practice))
}

fn solve(row: &PgRow, user: UserId) -> Result<Solve, StoreError> {
    let problem: Uuid = row.try_get("problem_id").map_err(from_sqlx)?;
    let contest: Option<Uuid> = row.try_get("contest_id").map_err(from_sqlx)?;
    let at = row.try_get("solved_at").map_err(from_sqlx)?;
    Ok(Solve {
        problem: problem.into(),
        solved_at: time(at, "solves", "solved_at", user.as_uuid())?,
        contest: contest.map(ContestId::from_uuid),
    })
}

fn time(
    stored: PgTime,
    table: &'static str,
    column: &'static str,
    row: Uuid,
) -> Result<Timestamp, StoreError> {
    stored
        .try_into()
        .map_err(|error| inconsistent(table, column, row, error))
}
