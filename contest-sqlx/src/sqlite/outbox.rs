//! The outbox: a write stores its domain events in its own transaction, so that they are committed with
//! it or not at all. Writers take turns, so the numbers follow the order of the commits.

use contest_core::model::{EndingKind, EventKind, NewSolve};
use contest_core::store::StoreError;
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::rows::ending_text;

/// Takes numbers for some events. Returns the last one before them.
pub(super) const NUMBER: &str = "
INSERT INTO event_delivery (user_id, head) VALUES (?1, ?2)
ON CONFLICT (user_id) DO UPDATE SET head = head + excluded.head
RETURNING head - ?2";

pub(super) const APPEND: &str = "
INSERT INTO user_events
    (user_id, number, at, kind, contest_id, problem_id, ending, deadline, epoch)
SELECT ?1, ?2 + j.key + 1, j.value ->> 0, j.value ->> 1, unhex(j.value ->> 2), unhex(j.value ->> 3),
       j.value ->> 4, j.value ->> 5, j.value ->> 6
FROM json_each(?3) j";

/// That an expired contest was settled.
pub(super) const fn settled(contest: ContestId) -> EventKind {
    EventKind::ContestFinished {
        contest,
        ending: EndingKind::Expired,
    }
}

impl SqliteStore {
    /// Stores the events of a step at `at`, in order. Does nothing without an outbox.
    pub(super) async fn tell(
        &self,
        connection: &mut SqliteConnection,
        user: UserId,
        at: Timestamp,
        events: impl IntoIterator<Item = EventKind>,
    ) -> Result<(), StoreError> {
        if !self.outbox {
            return Ok(());
        }
        let events: Vec<_> = events.into_iter().map(|event| (at, event)).collect();
        append(connection, user, &events).await
    }

    /// Stores that problems were recorded as solved. Does nothing without an outbox.
    pub(super) async fn tell_solves(
        &self,
        connection: &mut SqliteConnection,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<(), StoreError> {
        if !self.outbox {
            return Ok(());
        }
        let told = |solve: &NewSolve| {
            let event = EventKind::ProblemSolved {
                problem: solve.problem,
                contest: None,
            };
            (solve.solved_at, event)
        };
        let events: Vec<_> = solves.iter().map(told).collect();
        append(connection, user, &events).await
    }
}

async fn append(
    connection: &mut SqliteConnection,
    user: UserId,
    events: &[(Timestamp, EventKind)],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let failed = during("storing events");
    let before: i64 = sqlx::query_scalar(NUMBER)
        .bind(user.as_uuid())
        .bind(i64::try_from(events.len()).unwrap_or(i64::MAX))
        .fetch_one(&mut *connection)
        .await
        .map_err(&failed)?;
    let rows = events.iter().map(|(at, event)| row(*at, event));
    let rows = Value::Array(rows.collect::<Result<_, _>>()?);
    sqlx::query(APPEND)
        .bind(user.as_uuid())
        .bind(before)
        .bind(rows.to_string())
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(())
}

/// An event as [`APPEND`] takes it.
fn row(at: Timestamp, event: &EventKind) -> Result<Value, StoreError> {
    let at = at.as_micros();
    let hex = |id: Uuid| id.simple().to_string();
    Ok(match *event {
        EventKind::ContestCreated { contest } => {
            json!([at, "contest_created", hex(contest.as_uuid())])
        }
        EventKind::ContestExtended { contest, deadline } => json!([
            at,
            "contest_extended",
            hex(contest.as_uuid()),
            null,
            null,
            deadline.as_micros()
        ]),
        EventKind::ContestResumed { contest } => {
            json!([at, "contest_resumed", hex(contest.as_uuid())])
        }
        EventKind::ContestFinished { contest, ending } => json!([
            at,
            "contest_finished",
            hex(contest.as_uuid()),
            null,
            ending_text(ending)
        ]),
        EventKind::ProblemSolved { problem, contest } => json!([
            at,
            "problem_solved",
            contest.map(|contest| hex(contest.as_uuid())),
            hex(problem.as_uuid())
        ]),
        EventKind::ProblemUnsolved { problem, contest } => json!([
            at,
            "problem_unsolved",
            hex(contest.as_uuid()),
            hex(problem.as_uuid())
        ]),
        EventKind::ProgressReset { epoch } => {
            json!([at, "progress_reset", null, null, null, null, epoch])
        }
        ref other => {
            let message = format!("this version cannot store the event {other:?}");
            return Err(StoreError::permanent(message));
        }
    })
}
