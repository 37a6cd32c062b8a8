//! What a user has done with single problems, in SQLite.

use std::collections::HashMap;

use async_trait::async_trait;
use contest_core::model::{Encounter, Practice, Solve};
use contest_core::store::{PracticeRepository, SolvePage, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ProblemId, UserId};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::acquire;
use crate::sqlite::rows::{Cells, ids_json};

/// A row for each solve, without a contest, and one for each contest that had a problem.
/// Without statistics SQLite would rather read every problem of every contest of the user.
pub(super) const PRACTICE_AMONG: &str = "
SELECT s.problem_id, NULL AS contest_id, s.solved_at AS at, NULL AS completed_at
FROM json_each(?2) j CROSS JOIN solves s ON s.user_id = ?1 AND s.problem_id = unhex(j.value)
UNION ALL
SELECT p.problem_id, p.contest_id, c.started_at, p.completed_at
FROM json_each(?2) j
CROSS JOIN contest_problems p INDEXED BY contest_problems_by_problem
    ON p.user_id = ?1 AND p.problem_id = unhex(j.value)
CROSS JOIN contests c ON c.user_id = ?1 AND c.id = p.contest_id
WHERE c.started_at >= coalesce(
    (SELECT u.epoch_began_at FROM user_progress u WHERE u.user_id = ?1), c.started_at)";

pub(super) const LIST_SOLVES: &str = "
SELECT user_id, problem_id, solved_at, contest_id FROM solves
WHERE user_id = ?1 AND (solved_at, problem_id) > (?2, ?3)
ORDER BY solved_at, problem_id LIMIT ?4";

#[async_trait]
impl PracticeRepository for SqliteStore {
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        if candidates.is_empty() {
            return Ok(HashMap::new());
        }
        let mut connection = acquire(&self.reader).await?;
        let rows = sqlx::query(PRACTICE_AMONG)
            .bind(user.as_uuid())
            .bind(ids_json(candidates.iter().copied()))
            .fetch_all(&mut *connection)
            .await
            .map_err(during("asking what was done with problems"))?;
        let mut practice = HashMap::new();
        for row in &rows {
            add(&mut practice, row)?;
        }
        for done in practice.values_mut() {
            done.encounters.sort_unstable_by_key(|e| (e.at, e.contest));
        }
        Ok(practice)
    }

    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError> {
        let (at, problem) = match page.after {
            // Less than every id: no byte at all.
            None => (i64::MIN, Vec::new()),
            Some((at, problem)) => (at.as_micros(), problem.as_uuid().as_bytes().to_vec()),
        };
        let mut connection = acquire(&self.reader).await?;
        let rows = sqlx::query(LIST_SOLVES)
            .bind(user.as_uuid())
            .bind(at)
            .bind(problem)
            .bind(page.limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(during("listing solves"))?;
        rows.iter().map(solve).collect()
    }
}

/// Takes up a row of [`PRACTICE_AMONG`].
fn add(practice: &mut HashMap<ProblemId, Practice>, row: &SqliteRow) -> Result<(), StoreError> {
    let table = "contest_problems";
    let cells = Cells { row, table };
    let done = practice.entry(cells.id("problem_id")?).or_default();
    let at = cells.time("at")?;
    match cells.get::<Option<Uuid>>("contest_id")? {
        None => done.solved_at = Some(at),
        Some(contest) => done.encounters.push(Encounter {
            contest: contest.into(),
            at,
            completed_at: cells
                .get::<Option<i64>>("completed_at")?
                .map(Timestamp::from_micros),
        }),
    }
    Ok(())
}

fn solve(row: &SqliteRow) -> Result<Solve, StoreError> {
    let table = "solves";
    let cells = Cells { row, table };
    Ok(Solve {
        problem: cells.id("problem_id")?,
        solved_at: cells.time("solved_at")?,
        contest: cells.get::<Option<Uuid>>("contest_id")?.map(Into::into),
    })
}
