//! Solves: membership, recording outside a contest, history.

use std::collections::HashSet;

use async_trait::async_trait;
use contest_core::id::{ProblemId, UserId};
use contest_core::model::{NewSolve, SolveEvent};
use contest_core::store::{
    RecordSolvesError, RecordedSolves, SolveEventPage, SolveRepository, StoreError,
};
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgPool, Row as _};
use uuid::Uuid;

use super::error::{from_sqlx, unfit};
use super::retry::again;
use super::rows::EventRow;
use super::time::PgTime;
use super::{PgStore, sql};

/// One look into the primary key for each candidate, whatever the planner believes: it would rather
/// read all solves of the user and throw most away, if most users have few or there are no fresh
/// statistics. The offset keeps it from doing so. One row for all of them is less to send and to read
/// than a row for each.
pub(super) const SOLVED_AMONG: &str = "
SELECT array_agg(s.problem_id)
FROM unnest((SELECT $2::uuid[])) AS c (id),
     LATERAL (SELECT s.problem_id FROM {schema}.solves s
              WHERE s.user_id = $1 AND s.problem_id = c.id OFFSET 0) s";

pub(super) const HISTORY: &str = "
SELECT id, problem_id, kind, at, contest_id FROM {schema}.solve_events
WHERE user_id = $1 ORDER BY at DESC, id DESC LIMIT $2";

pub(super) const HISTORY_AFTER: &str = "
SELECT id, problem_id, kind, at, contest_id FROM {schema}.solve_events
WHERE user_id = $1 AND (at, id) < ($3, $4) ORDER BY at DESC, id DESC LIMIT $2";

/// Without anything fresh, nothing is claimed and nobody waits.
///
/// Scalar subqueries and laterals with a limit are looked up row by row, by primary key; a plain
/// join or `EXISTS` may be turned into a hash of everything. The arrays come through `(SELECT …)` so
/// that the plan does not depend on their length: else the server would plan anew each time.
pub(super) const RECORD_SOLVES: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), given AS (
    SELECT id, at, place
    FROM ROWS FROM (unnest((SELECT $2::uuid[])), unnest((SELECT $3::timestamptz[])))
         WITH ORDINALITY AS g (id, at, place)
), known AS MATERIALIZED (
    SELECT g.id, g.at, g.place, p.id IS NULL AS unknown, p.difficulty, p.topics,
           NOT p.retired AS counts,
           (SELECT true FROM {schema}.solves s
            WHERE s.user_id = $1 AND s.problem_id = g.id) AS solved
    FROM given g LEFT JOIN LATERAL (
        SELECT p.id, p.difficulty, p.topics, p.retired FROM {schema}.problems p
        WHERE p.id = g.id LIMIT 1
    ) p ON true
), unknown AS (
    SELECT id, place FROM known WHERE unknown
), fresh AS MATERIALIZED (
    SELECT id, at, place, difficulty, topics, counts FROM known
    WHERE solved IS NULL AND NOT EXISTS (SELECT FROM unknown)
), claimed AS (
    INSERT INTO {schema}.user_progress AS p (user_id, version, easy, medium, hard)
    SELECT $1, 1, count(*) FILTER (WHERE counts AND difficulty = 1),
           count(*) FILTER (WHERE counts AND difficulty = 2),
           count(*) FILTER (WHERE counts AND difficulty = 3)
    FROM fresh HAVING count(*) > 0
    ON CONFLICT (user_id) DO UPDATE
    SET version = p.version + 1, easy = p.easy + excluded.easy,
        medium = p.medium + excluded.medium, hard = p.hard + excluded.hard
    WHERE p.version = (SELECT version FROM seen)
    RETURNING p.version
), solved AS (
    INSERT INTO {schema}.solves (user_id, problem_id, solved_at)
    SELECT $1, f.id, f.at FROM claimed, fresh f
), logged AS (
    INSERT INTO {schema}.solve_events (user_id, at, id, problem_id, kind)
    SELECT $1, f.at, (lpad(to_hex(version), 16, '0') || lpad(to_hex(f.place), 16, '0'))::uuid,
           f.id, 1
    FROM claimed, fresh f
), topics AS (
    INSERT INTO {schema}.user_topics AS t (user_id, topic, solved)
    SELECT $1, topic, count(DISTINCT f.id) FROM claimed, fresh f, unnest(f.topics) AS topic
    WHERE f.counts GROUP BY topic
    ON CONFLICT (user_id, topic) DO UPDATE SET solved = t.solved + excluded.solved
){outbox}
SELECT (SELECT array_agg(id ORDER BY place) FROM unknown) AS unknown,
       (SELECT count(*) FROM fresh) AS fresh,
       EXISTS (SELECT FROM claimed) AS claimed";

pub(super) const RECORD_SOLVES_EVENTS: &str = "
    SELECT row_number() OVER (ORDER BY f.place), f.at, 5, NULL, f.id, NULL, NULL, NULL
    FROM claimed, fresh f";

#[async_trait]
impl SolveRepository for PgStore {
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError> {
        if candidates.is_empty() {
            return Ok(HashSet::new());
        }
        let ids: Vec<_> = candidates.iter().map(|id| id.as_uuid()).collect();
        let query = || {
            let query = self.sql().solved_among.query().bind(user.as_uuid());
            query.bind(ids.as_slice()).fetch_one(self.writer())
        };
        let row = again(query).await.map_err(from_sqlx)?;
        let solved: Option<Vec<Uuid>> = row.try_get(0).map_err(from_sqlx)?;
        let solved = solved.unwrap_or_default().into_iter();
        Ok(solved.map(ProblemId::from_uuid).collect())
    }

    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        if solves.is_empty() {
            return Ok(RecordedSolves::default());
        }
        let ids: Vec<_> = solves.iter().map(|solve| solve.problem.as_uuid()).collect();
        let times: Vec<_> = solves
            .iter()
            .map(|solve| PgTime::stored(solve.solved_at))
            .collect::<Result<_, _>>()
            .map_err(|error| unfit("the solves", error))?;
        let step = || again(|| self.try_record(user, &ids, &times));
        self.lanes().claim(user, step).await?
    }

    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError> {
        let rows = again(|| history(self.reader(), self.sql(), user, page));
        let rows = rows.await.map_err(from_sqlx)?;
        let event = |row| EventRow::from_row(row).map_err(from_sqlx)?.read();
        rows.iter().map(event).collect()
    }
}

impl PgStore {
    /// `None` when another step of this user came between.
    async fn try_record(
        &self,
        user: UserId,
        ids: &[Uuid],
        times: &[PgTime],
    ) -> Result<Option<Result<RecordedSolves, RecordSolvesError>>, sqlx::Error> {
        let query = self.sql().record_solves.query().bind(user.as_uuid());
        let query = query.bind(ids).bind(times);
        let row = query.fetch_one(self.writer()).await?;
        if let Some(unknown) = row.try_get::<Option<Vec<Uuid>>, _>("unknown")? {
            let problems = unknown.into_iter().map(ProblemId::from_uuid).collect();
            return Ok(Some(Err(RecordSolvesError::UnknownProblems { problems })));
        }
        let fresh: i64 = row.try_get("fresh")?;
        if fresh > 0 && !row.try_get::<bool, _>("claimed")? {
            return Ok(None);
        }
        let recorded = fresh.unsigned_abs();
        Ok(Some(Ok(RecordedSolves {
            recorded,
            already_solved: (ids.len() as u64).saturating_sub(recorded),
        })))
    }
}

async fn history(
    pool: &PgPool,
    sql: &sql::Statements,
    user: UserId,
    page: SolveEventPage,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let limit = i64::from(page.limit);
    let Some((at, id)) = page.before else {
        let query = sql.history.query().bind(user.as_uuid());
        return query.bind(limit).fetch_all(pool).await;
    };
    let query = sql.history_after.query().bind(user.as_uuid());
    let query = query.bind(limit).bind(PgTime::nearest(at));
    query.bind(id.as_uuid()).fetch_all(pool).await
}
