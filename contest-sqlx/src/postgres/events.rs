//! Domain events: reading them, and who delivers them. `outbox` writes them.

use async_trait::async_trait;
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use contest_core::time::Timestamp;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::PgStore;
use super::error::{from_sqlx, inconsistent, unfit};
use super::retry::again;
use super::rows::ending_kind;
use super::time::PgTime;

pub(super) const EVENTS_AFTER: &str = "
SELECT user_id, number, at, kind, contest_id, problem_id, ending, deadline, epoch
FROM {schema}.user_events WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT $3";

/// Passes over users whose row another call or a step has in hand, and waits for nobody.
///
/// The user's row is read as it is when it is locked, the events as they were when the statement began.
/// If somebody delivered all of those in between and more were added, the lease is taken and no event
/// is seen.
pub(super) const LEASE_EVENTS: &str = "
WITH next AS (
    SELECT user_id FROM {schema}.event_delivery
    WHERE waiting AND (leased_until IS NULL OR leased_until <= $2)
    ORDER BY leased_at NULLS FIRST, user_id LIMIT 1
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE {schema}.event_delivery SET holder = $1, leased_until = $3, leased_at = $2
    WHERE user_id = (SELECT user_id FROM next)
    RETURNING user_id, delivered
)
SELECT l.user_id, l.delivered, e.number, e.at, e.kind, e.contest_id, e.problem_id, e.ending,
       e.deadline, e.epoch
FROM leased l
LEFT JOIN LATERAL (
    SELECT number, at, kind, contest_id, problem_id, ending, deadline, epoch
    FROM {schema}.user_events e WHERE e.user_id = l.user_id AND e.number > l.delivered
    ORDER BY number LIMIT $4
) e ON true
ORDER BY e.number";

pub(super) const ACKNOWLEDGE_EVENTS: &str = "
UPDATE {schema}.event_delivery
SET delivered = greatest(delivered, least($3, head)),
    waiting = greatest(delivered, least($3, head)) < head,
    holder = NULL, leased_until = NULL
WHERE user_id = $1 AND holder = $2";

/// Passes over what another call has in hand. What is locked is found again by where it is: by its key
/// the planner would rather read all events, since it does not know the limit when it plans.
pub(super) const FORGET_EVENTS: &str = "
WITH old AS (
    SELECT e.ctid AS place FROM {schema}.user_events e
    WHERE e.at < $1 AND e.number <= (
        SELECT d.delivered FROM {schema}.event_delivery d WHERE d.user_id = e.user_id)
    ORDER BY e.at LIMIT $2
    FOR UPDATE OF e SKIP LOCKED
)
DELETE FROM {schema}.user_events WHERE ctid = ANY (ARRAY(SELECT place FROM old))";

#[async_trait]
impl EventLog for PgStore {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let query = || {
            let query = self.sql().events_after.query().bind(user.as_uuid());
            let query = query.bind(place(after)).bind(i64::from(limit));
            query.fetch_all(self.writer())
        };
        let rows = again(query).await.map_err(from_sqlx)?;
        rows.iter().map(read).collect()
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        let limit = limit.max(1);
        let rows = self.take(lease, limit).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let user: UserId = column::<Uuid>(first, "user_id")?.into();
        let events = if column::<Option<i64>>(first, "number")?.is_some() {
            rows.iter().map(read).collect::<Result<_, _>>()?
        } else {
            let delivered: i64 = column(first, "delivered")?;
            let after = EventNumber(delivered.unsigned_abs());
            self.events_after(user, after, limit).await?
        };
        if events.is_empty() {
            return Err(inconsistent(
                "event_delivery",
                "waiting",
                user,
                "there are no events",
            ));
        }
        Ok(Some(EventBatch { user, events }))
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        let query = self.sql().acknowledge_events.query().bind(user.as_uuid());
        let query = query.bind(holder.0).bind(place(through));
        let done = query.execute(self.writer()).await.map_err(from_sqlx)?;
        Ok(done.rows_affected() > 0)
    }

    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let query = self.sql().forget_events.query();
        let query = query.bind(PgTime::nearest(before)).bind(i64::from(limit));
        let done = query.execute(self.writer()).await.map_err(from_sqlx)?;
        Ok(done.rows_affected())
    }
}

impl PgStore {
    /// Takes a lease. A row for each event; one row without an event if none was to be seen yet.
    async fn take(&self, lease: Lease, limit: u32) -> Result<Vec<PgRow>, StoreError> {
        let stored = |at| PgTime::stored(at).map_err(|error| unfit("the lease", error));
        let query = self.sql().lease_events.query().bind(lease.holder.0);
        let query = query.bind(stored(lease.now)?).bind(stored(lease.until)?);
        let query = query.bind(i64::from(limit));
        query.fetch_all(self.writer()).await.map_err(from_sqlx)
    }
}

/// A number as the tables have it; beyond their last one there is nothing.
fn place(number: EventNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(name).map_err(from_sqlx)
}

fn read(row: &PgRow) -> Result<Event, StoreError> {
    LoggedRow::from_row(row).map_err(from_sqlx)?.read()
}

/// An event as it is stored.
struct LoggedRow {
    user: Uuid,
    number: i64,
    at: PgTime,
    kind: i16,
    contest: Option<Uuid>,
    problem: Option<Uuid>,
    ending: Option<i16>,
    deadline: Option<PgTime>,
    epoch: Option<i64>,
}

impl<'r> FromRow<'r, PgRow> for LoggedRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            user: row.try_get("user_id")?,
            number: row.try_get("number")?,
            at: row.try_get("at")?,
            kind: row.try_get("kind")?,
            contest: row.try_get("contest_id")?,
            problem: row.try_get("problem_id")?,
            ending: row.try_get("ending")?,
            deadline: row.try_get("deadline")?,
            epoch: row.try_get("epoch")?,
        })
    }
}

impl LoggedRow {
    fn read(self) -> Result<Event, StoreError> {
        let wrong = |column| {
            let row = format!("{}, {}", self.user, self.number);
            move |error: BoxDynError| inconsistent("user_events", column, row, error)
        };
        let number = u64::try_from(self.number).map_err(|error| wrong("number")(error.into()))?;
        Ok(Event {
            user: self.user.into(),
            number: EventNumber(number),
            at: self.at.try_into().map_err(wrong("at"))?,
            kind: self.kind().map_err(wrong("kind"))?,
        })
    }

    fn kind(&self) -> Result<EventKind, BoxDynError> {
        Ok(match self.kind {
            1 => EventKind::ContestCreated {
                contest: self.contest()?,
            },
            2 => EventKind::ContestExtended {
                contest: self.contest()?,
                deadline: self.deadline.ok_or("there is no deadline")?.try_into()?,
            },
            3 => EventKind::ContestResumed {
                contest: self.contest()?,
            },
            4 => EventKind::ContestFinished {
                contest: self.contest()?,
                ending: ending_kind(self.ending.ok_or("there is no ending")?)?,
            },
            5 => EventKind::ProblemSolved {
                problem: self.problem()?,
                contest: self.contest.map(ContestId::from_uuid),
            },
            6 => EventKind::ProblemUnsolved {
                problem: self.problem()?,
                contest: self.contest()?,
            },
            7 => EventKind::ProgressReset {
                epoch: self.epoch.ok_or("there is no epoch")?.try_into()?,
            },
            code => return Err(format!("{code} is not a kind").into()),
        })
    }

    fn contest(&self) -> Result<ContestId, BoxDynError> {
        let contest = self.contest.ok_or("there is no contest")?;
        Ok(contest.into())
    }

    fn problem(&self) -> Result<ProblemId, BoxDynError> {
        let problem = self.problem.ok_or("there is no problem")?;
        Ok(problem.into())
    }
}
