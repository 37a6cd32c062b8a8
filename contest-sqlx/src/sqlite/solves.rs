//! Solves in SQLite.

use std::collections::HashSet;

use async_trait::async_trait;
use contest_core::model::{NewSolve, SolveEvent, SolveEventKind};
use contest_core::store::{
    RecordSolvesError, RecordedSolves, SolveEventPage, SolveRepository, StoreError,
};
use contest_core::{ProblemId, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::sqlite::SqliteStore;
use crate::sqlite::counters::record;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::{Cells, ids_json, picked};

/// How many solves one statement takes.
const CHUNK: usize = 5_000;

pub(super) const SOLVED_AMONG: &str = "
SELECT s.problem_id
FROM json_each(?2) j CROSS JOIN solves s ON s.user_id = ?1 AND s.problem_id = unhex(j.value)";

pub(super) const UNKNOWN: &str = "
SELECT j.key FROM json_each(?1) j LEFT JOIN problems p ON p.id = unhex(j.value)
WHERE p.id IS NULL ORDER BY j.key";

pub(super) const HISTORY: &str = "
SELECT user_id, id, problem_id, kind, at, contest_id FROM solve_events
WHERE user_id = ?1 AND (at, id) < (?2, ?3) ORDER BY at DESC, id DESC LIMIT ?4";

/// Greater than every id: one byte longer, and none is less.
pub(super) const AFTER_EVERY_ID: [u8; 17] = [0xff; 17];

#[async_trait]
impl SolveRepository for SqliteStore {
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError> {
        if candidates.is_empty() {
            return Ok(HashSet::new());
        }
        let mut connection = acquire(&self.reader).await?;
        sqlx::query(SOLVED_AMONG)
            .bind(user.as_uuid())
            .bind(ids_json(candidates.iter().copied()))
            .fetch_all(&mut *connection)
            .await
            .and_then(|rows| {
                let id = |row: &SqliteRow| row.try_get::<Uuid, _>(0).map(ProblemId::from);
                rows.iter().map(id).collect()
            })
            .map_err(during("asking which problems are solved"))
    }

    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        if solves.is_empty() {
            return Ok(RecordedSolves::default());
        }
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let unknown = unknown_among(&mut transaction, solves).await?;
        if !unknown.is_empty() {
            return Err(RecordSolvesError::UnknownProblems { problems: unknown });
        }
        let mut recorded = 0;
        for chunk in solves.chunks(CHUNK) {
            let fresh = record(&mut transaction, user, chunk, None).await?;
            self.tell_solves(&mut transaction, user, &fresh).await?;
            recorded += fresh.len();
        }
        commit(transaction).await?;
        Ok(RecordedSolves {
            recorded: recorded as u64,
            already_solved: solves.len().saturating_sub(recorded) as u64,
        })
    }

    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError> {
        let (at, id) = match page.before {
            None => (i64::MAX, AFTER_EVERY_ID.to_vec()),
            Some((at, id)) => (at.as_micros(), id.as_uuid().as_bytes().to_vec()),
        };
        let mut connection = acquire(&self.reader).await?;
        let rows = sqlx::query(HISTORY)
            .bind(user.as_uuid())
            .bind(at)
            .bind(id)
            .bind(page.limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(during("reading the history"))?;
        rows.iter().map(event).collect()
    }
}

/// The problems that are not stored, in the order they were given.
async fn unknown_among(
    connection: &mut SqliteConnection,
    solves: &[NewSolve],
) -> Result<Vec<ProblemId>, StoreError> {
    let mut unknown = Vec::new();
    for chunk in solves.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().map(|solve| solve.problem).collect();
        let rows = sqlx::query(UNKNOWN)
            .bind(ids_json(ids.iter().copied()))
            .fetch_all(&mut *connection)
            .await
            .map_err(during("asking which problems are known"))?;
        unknown.extend(picked(&rows, &ids)?);
    }
    Ok(unknown)
}

fn event(row: &SqliteRow) -> Result<SolveEvent, StoreError> {
    let cells = Cells {
        row,
        table: "solve_events",
    };
    let kind = match cells.get("kind")? {
        "recorded" => SolveEventKind::Recorded,
        "removed" => SolveEventKind::Removed,
        other => return Err(cells.wrong("kind", &format!("`{other}` is no kind of event"))),
    };
    Ok(SolveEvent {
        id: cells.id("id")?,
        problem: cells.id("problem_id")?,
        kind,
        at: cells.time("at")?,
        contest: cells.get::<Option<Uuid>>("contest_id")?.map(Into::into),
    })
}
