//! Marking and unmarking a problem of a contest.

use contest_core::lifecycle::{check_accepting, check_marking};
use contest_core::model::{EventKind, NewSolve};
use contest_core::store::{Mark, MarkError, Marked, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::counters;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::{self, Cells};

pub(super) const LOOK: &str = "
SELECT c.user_id, c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace,
       p.problem_id IS NOT NULL AS assigned, p.completed_at
FROM contests c
LEFT JOIN contest_problems p
    ON p.user_id = c.user_id AND p.contest_id = c.id AND p.problem_id = ?3
WHERE c.user_id = ?1 AND c.id = ?2";

pub(super) const SET: &str = "
UPDATE contest_problems SET completed_at = ?4
WHERE user_id = ?1 AND contest_id = ?2 AND problem_id = ?3";

/// A problem of a user's contest.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) user: UserId,
    pub(super) contest: ContestId,
    pub(super) problem: ProblemId,
}

impl Place {
    fn event(self, mark: Mark) -> EventKind {
        let Self {
            contest, problem, ..
        } = self;
        match mark {
            Mark::Solved => EventKind::ProblemSolved {
                problem,
                contest: Some(contest),
            },
            Mark::Unsolved => EventKind::ProblemUnsolved { problem, contest },
        }
    }
}

impl SqliteStore {
    pub(super) async fn mark(
        &self,
        place: Place,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let completed_at = look(&mut transaction, place, mark, now).await?;
        let changed = match mark {
            Mark::Solved => completed_at.is_none(),
            Mark::Unsolved => completed_at.is_some(),
        };
        if !changed {
            return Ok(Marked {
                completed_at,
                changed,
            });
        }
        let completed_at = matches!(mark, Mark::Solved).then_some(now);
        set(&mut transaction, place, completed_at).await?;
        match mark {
            Mark::Solved => {
                let solve = NewSolve::new(place.problem, now);
                let contest = Some(place.contest);
                counters::record(&mut transaction, place.user, &[solve], contest).await?;
            }
            Mark::Unsolved => counters::remove(&mut transaction, place, now).await?,
        }
        let event = place.event(mark);
        self.tell(&mut transaction, place.user, now, [event])
            .await?;
        commit(transaction).await?;
        Ok(Marked {
            completed_at,
            changed,
        })
    }
}

/// When the problem was marked, if the contest accepts this and has it.
async fn look(
    connection: &mut SqliteConnection,
    place: Place,
    mark: Mark,
    now: Timestamp,
) -> Result<Option<Timestamp>, MarkError> {
    let row = sqlx::query(LOOK)
        .bind(place.user.as_uuid())
        .bind(place.contest.as_uuid())
        .bind(place.problem.as_uuid())
        .fetch_optional(connection)
        .await
        .map_err(during("reading a problem of a contest"))?
        .ok_or(MarkError::ContestNotFound)?;
    let cells = Cells {
        row: &row,
        table: "contests",
    };
    let (started_at, deadline) = (cells.time("started_at")?, cells.time("deadline")?);
    let (ending, late) = (rows::ending(cells)?, rows::late_policy(cells)?);
    let accepting = match mark {
        Mark::Solved => check_marking(ending, started_at, deadline, late, now),
        Mark::Unsolved => check_accepting(ending, started_at, deadline, now),
    };
    accepting.map_err(MarkError::NotAccepting)?;
    if !cells.get::<bool>("assigned")? {
        return Err(MarkError::ProblemNotInContest);
    }
    let completed_at = cells.get::<Option<i64>>("completed_at")?;
    Ok(completed_at.map(Timestamp::from_micros))
}

async fn set(
    connection: &mut SqliteConnection,
    place: Place,
    completed_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query(SET)
        .bind(place.user.as_uuid())
        .bind(place.contest.as_uuid())
        .bind(place.problem.as_uuid())
        .bind(completed_at.map(Timestamp::as_micros))
        .execute(connection)
        .await
        .map_err(during("marking a problem"))?;
    Ok(())
}
