//! Marking and unmarking a problem of a contest: one statement each.

use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::lifecycle::{check_accepting, check_marking};
use contest_core::store::{Mark, MarkError, Marked, StoreError};
use contest_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, Row as _};

use super::PgStore;
use super::error::{inconsistent, unfit};
use super::retry::again;
use super::rows::LifeRow;
use super::time::PgTime;

/// What both statements read first: the contest, its problem, and what of it is to be changed.
macro_rules! mark_with {
    ($accepts:literal, $due:literal, $touches:literal, $steps:literal) => {
        concat!(
            "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), contest AS (
    SELECT id, started_at, deadline, ending, ended_at, grace FROM {schema}.contests
    WHERE user_id = $1 AND id = $2
), assigned AS (
    SELECT completed_at FROM {schema}.contest_problems
    WHERE user_id = $1 AND contest_id = $2 AND problem_id = $3
), due AS MATERIALIZED (
    SELECT p.difficulty, p.topics, t.touches, (t.touches AND NOT p.retired) AS counts
    FROM contest c, assigned a, {schema}.problems p, LATERAL (SELECT ",
            $touches,
            " AS touches) t
    WHERE p.id = $3 AND c.started_at <= $4 AND ",
            $accepts,
            " AND ",
            $due,
            "
), ",
            $steps,
            "{outbox}
SELECT c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace,
       EXISTS (SELECT FROM assigned) AS assigned,
       (SELECT completed_at FROM assigned) AS completed_at,
       EXISTS (SELECT FROM claimed) AS changed
FROM contest c"
        )
    };
}

/// From the deadline on, the grace decides, whether the contest was settled or not. Nobody pays for
/// comparing it before.
pub(super) const MARK: &str = mark_with!(
    "CASE WHEN $4 < c.deadline THEN c.ending IS NULL
          ELSE coalesce(c.ending, 3) = 3 AND c.grace > 0
               AND extract(epoch FROM $4 - c.deadline) * 1000000 < c.grace END",
    "a.completed_at IS NULL",
    "NOT EXISTS (SELECT FROM {schema}.solves s WHERE s.user_id = $1 AND s.problem_id = $3)",
    "claimed AS (
    UPDATE {schema}.user_progress p
    SET version = p.version + 1,
        easy = p.easy + (d.counts AND d.difficulty = 1)::int,
        medium = p.medium + (d.counts AND d.difficulty = 2)::int,
        hard = p.hard + (d.counts AND d.difficulty = 3)::int
    FROM due d
    WHERE p.user_id = $1 AND p.version = (SELECT version FROM seen)
    RETURNING p.version, d.topics, d.touches, d.counts
), marked AS (
    UPDATE {schema}.contest_problems SET completed_at = $4 FROM claimed
    WHERE user_id = $1 AND contest_id = $2 AND problem_id = $3
), solved AS (
    INSERT INTO {schema}.solves (user_id, problem_id, solved_at, contest_id)
    SELECT $1, $3, $4, $2 FROM claimed WHERE touches
), logged AS (
    INSERT INTO {schema}.solve_events (user_id, at, id, problem_id, kind, contest_id)
    SELECT $1, $4, rpad(lpad(to_hex(version), 16, '0'), 32, '0')::uuid, $3, 1, $2
    FROM claimed WHERE touches
), topics AS (
    INSERT INTO {schema}.user_topics AS t (user_id, topic, solved)
    SELECT $1, topic, 1 FROM claimed, unnest(topics) AS topic WHERE counts
    ON CONFLICT (user_id, topic) DO UPDATE SET solved = t.solved + 1
)"
);

pub(super) const UNMARK: &str = mark_with!(
    "c.ending IS NULL AND $4 < c.deadline",
    "a.completed_at IS NOT NULL",
    "EXISTS (SELECT FROM {schema}.solves s
             WHERE s.user_id = $1 AND s.problem_id = $3 AND s.contest_id = $2)",
    "claimed AS (
    UPDATE {schema}.user_progress p
    SET version = p.version + 1,
        easy = p.easy - (d.counts AND d.difficulty = 1)::int,
        medium = p.medium - (d.counts AND d.difficulty = 2)::int,
        hard = p.hard - (d.counts AND d.difficulty = 3)::int
    FROM due d
    WHERE p.user_id = $1 AND p.version = (SELECT version FROM seen)
    RETURNING p.version, d.topics, d.touches, d.counts
), marked AS (
    UPDATE {schema}.contest_problems SET completed_at = NULL FROM claimed
    WHERE user_id = $1 AND contest_id = $2 AND problem_id = $3
), unsolved AS (
    DELETE FROM {schema}.solves USING claimed
    WHERE user_id = $1 AND problem_id = $3 AND claimed.touches
), logged AS (
    INSERT INTO {schema}.solve_events (user_id, at, id, problem_id, kind, contest_id)
    SELECT $1, $4, rpad(lpad(to_hex(version), 16, '0'), 32, '0')::uuid, $3, 2, $2
    FROM claimed WHERE touches
), topics AS (
    UPDATE {schema}.user_topics t SET solved = t.solved - 1 FROM claimed
    WHERE t.user_id = $1 AND t.topic = ANY (claimed.topics) AND claimed.counts
)"
);

pub(super) const MARK_EVENTS: &str = "
    SELECT 1, $4, 5, $2, $3, NULL, NULL, NULL FROM claimed";

pub(super) const UNMARK_EVENTS: &str = "
    SELECT 1, $4, 6, $2, $3, NULL, NULL, NULL FROM claimed";

type Outcome = Result<Marked, MarkError>;

impl PgStore {
    pub(super) async fn mark(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Outcome {
        let at = PgTime::stored(now).map_err(|error| unfit("the mark", error))?;
        let statement = match mark {
            Mark::Solved => &self.sql().mark,
            Mark::Unsolved => &self.sql().unmark,
        };
        let send = || {
            let query = statement.query().bind(user.as_uuid());
            let query = query.bind(contest.as_uuid()).bind(problem.as_uuid());
            query.bind(at).fetch_optional(self.writer())
        };
        let step = || async {
            match again(send).await? {
                None => Ok(Some(Err(MarkError::ContestNotFound))),
                Some(row) => decide(&row, contest, mark, now),
            }
        };
        self.lanes().claim(user, step).await?
    }
}

/// In the order of precedence the contract has. Something due that was not done means that another
/// step of this user came between.
fn decide(
    row: &PgRow,
    contest: ContestId,
    mark: Mark,
    now: Timestamp,
) -> Result<Option<Outcome>, sqlx::Error> {
    let life = match LifeRow::from_row(row)?.read() {
        Ok(life) => life,
        Err(error) => return Ok(Some(Err(error.into()))),
    };
    let (started_at, deadline) = (life.started_at, life.deadline);
    let accepting = match mark {
        Mark::Solved => check_marking(life.ending, started_at, deadline, life.late_policy, now),
        Mark::Unsolved => check_accepting(life.ending, started_at, deadline, now),
    };
    if let Err(refusal) = accepting {
        return Ok(Some(Err(MarkError::NotAccepting(refusal))));
    }
    if !row.try_get::<bool, _>("assigned")? {
        return Ok(Some(Err(MarkError::ProblemNotInContest)));
    }
    let stored = match stored_mark(row.try_get("completed_at")?, contest) {
        Ok(stored) => stored,
        Err(error) => return Ok(Some(Err(error.into()))),
    };
    let wanted = matches!(mark, Mark::Solved);
    let (completed_at, changed) = match stored {
        _ if row.try_get("changed")? => (wanted.then_some(now), true),
        stored if stored.is_some() == wanted => (stored, false),
        _ => return Ok(None),
    };
    Ok(Some(Ok(Marked {
        completed_at,
        changed,
    })))
}

fn stored_mark(
    completed_at: Option<PgTime>,
    contest: ContestId,
) -> Result<Option<Timestamp>, StoreError> {
    let time = completed_at.map(Timestamp::try_from).transpose();
    time.map_err(|error| inconsistent("contest_problems", "completed_at", contest, error))
}
