//! Solves, and what is kept with them in the same transaction: the counters and the history.

use std::collections::HashSet;

use contest_core::model::NewSolve;
use contest_core::store::StoreError;
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::sqlite::error::during;
use crate::sqlite::marks::Place;
use crate::sqlite::rows::solves_json;

pub(super) const INSERT_SOLVES: &str = "
INSERT INTO solves (user_id, problem_id, solved_at, contest_id)
SELECT ?1, unhex(j.value ->> 0), j.value ->> 1, ?3 FROM json_each(?2) j WHERE true
ON CONFLICT DO NOTHING
RETURNING problem_id";

pub(super) const DELETE_SOLVE: &str = "
DELETE FROM solves WHERE user_id = ?1 AND problem_id = ?2 AND contest_id = ?3";

/// Each problem in use adds one to its difficulty, and every change of a solve one to the events.
pub(super) const ADD_TO_PROGRESS: &str = "
INSERT INTO user_progress (user_id, easy, medium, hard, events)
SELECT ?1,
       count(*) FILTER (WHERE p.difficulty = 'Easy' AND NOT p.retired),
       count(*) FILTER (WHERE p.difficulty = 'Medium' AND NOT p.retired),
       count(*) FILTER (WHERE p.difficulty = 'Hard' AND NOT p.retired),
       count(*)
FROM json_each(?2) j CROSS JOIN problems p ON p.id = unhex(j.value ->> 0) WHERE true
ON CONFLICT (user_id) DO UPDATE SET
    easy = easy + excluded.easy,
    medium = medium + excluded.medium,
    hard = hard + excluded.hard,
    events = events + excluded.events
RETURNING events";

pub(super) const ADD_TO_TOPICS: &str = "
INSERT INTO user_topics (user_id, topic, solved)
SELECT ?1, t.value, count(*)
FROM json_each(?2) j
CROSS JOIN problems p ON p.id = unhex(j.value ->> 0)
CROSS JOIN json_each(p.topics) t
WHERE NOT p.retired GROUP BY t.value
ON CONFLICT (user_id, topic) DO UPDATE SET solved = solved + excluded.solved";

pub(super) const TAKE_FROM_PROGRESS: &str = "
UPDATE user_progress SET
    easy = easy - (p.difficulty = 'Easy' AND NOT p.retired),
    medium = medium - (p.difficulty = 'Medium' AND NOT p.retired),
    hard = hard - (p.difficulty = 'Hard' AND NOT p.retired),
    events = events + 1
FROM (SELECT difficulty, retired FROM problems WHERE id = ?2) p
WHERE user_id = ?1
RETURNING events";

pub(super) const TAKE_FROM_TOPICS: &str = "
UPDATE user_topics SET solved = solved - 1
WHERE user_id = ?1 AND topic IN (
    SELECT t.value FROM problems p CROSS JOIN json_each(p.topics) t
    WHERE p.id = ?2 AND NOT p.retired)";

/// The ids count the user's events, so that of two at the same time the later one is greater.
pub(super) const APPEND_EVENTS: &str = "
INSERT INTO solve_events (user_id, at, id, problem_id, kind, contest_id)
SELECT ?1, j.value ->> 1, unhex(format('%032x', ?3 + j.key)), unhex(j.value ->> 0), ?4, ?5
FROM json_each(?2) j";

/// Makes problems solved, except those that are. Returns what became so, in the order given.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    user: UserId,
    solves: &[NewSolve],
    contest: Option<ContestId>,
) -> Result<Vec<NewSolve>, StoreError> {
    let inserted = sqlx::query(INSERT_SOLVES)
        .bind(user.as_uuid())
        .bind(solves_json(solves))
        .bind(contest.map(ContestId::as_uuid))
        .fetch_all(&mut *connection)
        .await
        .and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
        .map_err(during("recording solves"))?;
    let recorded = in_given_order(solves, inserted);
    if recorded.is_empty() {
        return Ok(recorded);
    }
    let json = solves_json(&recorded);
    let events = Events {
        total: count_up(connection, user, &json).await?,
        json,
        number: recorded.len(),
        kind: "recorded",
        contest,
    };
    append(connection, user, events).await?;
    Ok(recorded)
}

/// Takes a solve back, if this contest recorded it.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    place: Place,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Place {
        user,
        contest,
        problem,
    } = place;
    let deleted = sqlx::query(DELETE_SOLVE)
        .bind(user.as_uuid())
        .bind(problem.as_uuid())
        .bind(contest.as_uuid())
        .execute(&mut *connection)
        .await
        .map_err(during("removing a solve"))?;
    if deleted.rows_affected() == 0 {
        return Ok(());
    }
    let events = Events {
        total: count_down(connection, user, problem).await?,
        json: solves_json(&[NewSolve::new(problem, now)]),
        number: 1,
        kind: "removed",
        contest: Some(contest),
    };
    append(connection, user, events).await
}

/// What became solved, in the order it was given.
fn in_given_order(solves: &[NewSolve], inserted: Vec<Uuid>) -> Vec<NewSolve> {
    let mut inserted: HashSet<_> = inserted.into_iter().map(ProblemId::from).collect();
    let became_solved = |solve: &&NewSolve| inserted.remove(&solve.problem);
    solves.iter().filter(became_solved).copied().collect()
}

/// Adds solves to the counters. Returns the length of the history with them.
async fn count_up(
    connection: &mut SqliteConnection,
    user: UserId,
    solves: &str,
) -> Result<i64, StoreError> {
    let failed = during("counting solves");
    let events = sqlx::query_scalar(ADD_TO_PROGRESS)
        .bind(user.as_uuid())
        .bind(solves)
        .fetch_one(&mut *connection)
        .await
        .map_err(&failed)?;
    sqlx::query(ADD_TO_TOPICS)
        .bind(user.as_uuid())
        .bind(solves)
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(events)
}

/// Takes a solve from the counters. Returns the length of the history with its removal.
async fn count_down(
    connection: &mut SqliteConnection,
    user: UserId,
    problem: ProblemId,
) -> Result<i64, StoreError> {
    let failed = during("counting solves");
    let events = sqlx::query_scalar(TAKE_FROM_PROGRESS)
        .bind(user.as_uuid())
        .bind(problem.as_uuid())
        .fetch_optional(&mut *connection)
        .await
        .map_err(&failed)?
        .ok_or_else(|| {
            StoreError::inconsistent(format!("user_progress has no row for user {user}"))
        })?;
    sqlx::query(TAKE_FROM_TOPICS)
        .bind(user.as_uuid())
        .bind(problem.as_uuid())
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(events)
}

/// Events to append, already counted.
struct Events {
    json: String,
    number: usize,
    /// The length of the history with them.
    total: i64,
    kind: &'static str,
    contest: Option<ContestId>,
}

async fn append(
    connection: &mut SqliteConnection,
    user: UserId,
    events: Events,
) -> Result<(), StoreError> {
    let number = i64::try_from(events.number).unwrap_or(i64::MAX);
    sqlx::query(APPEND_EVENTS)
        .bind(user.as_uuid())
        .bind(events.json)
        .bind(events.total.saturating_sub(number))
        .bind(events.kind)
        .bind(events.contest.map(ContestId::as_uuid))
        .execute(connection)
        .await
        .map_err(during("appending to the history"))?;
    Ok(())
}
