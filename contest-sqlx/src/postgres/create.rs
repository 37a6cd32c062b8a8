//! Creating a contest: one statement.

use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::model::ContestRecord;
use contest_core::store::{
    ContestRepository as _, CreateContestError, Creation, NewContest, StoreError,
};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::PgStore;
use super::error::{inconsistent, unfit};
use super::retry::again;
use super::rows::grace;
use super::time::PgTime;

/// Decides from one snapshot, without a lock, whether the call is refused; a refusal costs nobody a
/// wait. Otherwise it claims the user's row: see [`super`] for why what follows is safe.
///
/// `settled` is read by `created`, which forces the old contest to end before the new one is
/// stored; else the new one could meet the old one in `contests_open`. The array comes through
/// `(SELECT …)` so that the plan does not depend on its length: else the server would plan anew each
/// time, which takes longer than the rest.
pub(super) const CREATE: &str = "
WITH seen AS (
    SELECT version FROM {schema}.user_progress WHERE user_id = $1
), keyed AS (
    SELECT id, request_digest FROM {schema}.contests
    WHERE user_id = $1 AND idempotency_key = $5
), open AS (
    SELECT id, deadline FROM {schema}.contests WHERE user_id = $1 AND ending IS NULL
), wanted AS (
    SELECT id, place FROM unnest((SELECT $8::uuid[])) WITH ORDINALITY AS w (id, place)
), offered AS MATERIALIZED (
    SELECT id FROM {schema}.problems WHERE id = ANY ((SELECT $8::uuid[])::uuid[]) AND NOT retired
), unavailable AS (
    SELECT w.id, w.place FROM wanted w
    WHERE w.id NOT IN (SELECT id FROM offered)
       OR (SELECT true FROM {schema}.solves s WHERE s.user_id = $1 AND s.problem_id = w.id)
          AND w.id <> ALL ((SELECT $10::uuid[])::uuid[])
), accepted AS (
    SELECT WHERE NOT EXISTS (SELECT FROM keyed)
             AND NOT EXISTS (SELECT FROM open WHERE deadline > $3)
             AND NOT EXISTS (SELECT FROM unavailable)
), claimed AS (
    INSERT INTO {schema}.user_progress AS p (user_id, version)
    SELECT $1, 1 FROM accepted
    ON CONFLICT (user_id) DO UPDATE
    SET version = p.version + 1, expired = p.expired + (SELECT count(*) FROM open)
    WHERE p.version = (SELECT version FROM seen)
    RETURNING p.version
), settled AS (
    UPDATE {schema}.contests c SET ending = 3, ended_at = c.deadline
    FROM claimed WHERE c.user_id = $1 AND c.ending IS NULL
    RETURNING c.id
), created AS (
    INSERT INTO {schema}.contests
        (user_id, id, started_at, deadline, idempotency_key, request_digest, selection, grace)
    SELECT $1, $2, $3, $4, $5, $6, $7::text::jsonb, $9 FROM claimed
    WHERE (SELECT count(*) FROM settled) >= 0
    RETURNING id
), assigned AS (
    INSERT INTO {schema}.contest_problems (user_id, contest_id, problem_id, place)
    SELECT $1, c.id, w.id, w.place FROM created c, wanted w
){outbox}
SELECT (SELECT id FROM created) AS created,
       (SELECT id FROM settled) AS settled,
       (SELECT id FROM keyed) AS keyed,
       (SELECT request_digest FROM keyed) AS request,
       (SELECT id FROM open WHERE deadline > $3) AS active,
       (SELECT array_agg(id ORDER BY place) FROM unavailable) AS unavailable";

pub(super) const CREATE_EVENTS: &str = "
    SELECT 1, $3, 4, s.id, NULL, 3, NULL, NULL FROM settled s
    UNION ALL
    SELECT 1 + (SELECT count(*) FROM settled), $3, 1, c.id, NULL, NULL, NULL, NULL FROM created c";

/// What the statement found and did.
struct CreateRow {
    created: Option<Uuid>,
    settled: Option<Uuid>,
    keyed: Option<Uuid>,
    request: Option<Vec<u8>>,
    active: Option<Uuid>,
    unavailable: Option<Vec<Uuid>>,
}

impl<'r> FromRow<'r, PgRow> for CreateRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            created: row.try_get("created")?,
            settled: row.try_get("settled")?,
            keyed: row.try_get("keyed")?,
            request: row.try_get("request")?,
            active: row.try_get("active")?,
            unavailable: row.try_get("unavailable")?,
        })
    }
}

/// What came of it.
enum Outcome {
    Created { settled: Option<ContestId> },
    Repeated(ContestId),
    Refused(CreateContestError),
}

/// The arguments, ready to be bound any number of times.
struct Arguments {
    started_at: PgTime,
    deadline: PgTime,
    problems: Vec<Uuid>,
    repeats: Vec<Uuid>,
    selection: String,
    grace: Option<i64>,
}

impl Arguments {
    fn new(contest: &NewContest) -> Result<Self, StoreError> {
        let time = |at| PgTime::stored(at).map_err(|error| unfit("the contest", error));
        Ok(Self {
            started_at: time(contest.started_at)?,
            deadline: time(contest.deadline)?,
            problems: contest.problems.iter().map(|id| id.as_uuid()).collect(),
            repeats: contest.repeats.iter().map(|id| id.as_uuid()).collect(),
            selection: serde_json::to_string(&contest.selection)
                .map_err(|error| unfit("the selection", error))?,
            grace: grace(contest.late_policy).map_err(|error| unfit("the late policy", error))?,
        })
    }
}

impl PgStore {
    pub(super) async fn create(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let arguments = Arguments::new(contest)?;
        let step = || self.try_create(user, contest, &arguments);
        let outcome = match &contest.idempotency {
            // Under a key, a repetition finds what the first attempt did.
            Some(_) => self.lanes().claim(user, || again(step)).await?,
            None => self.lanes().claim(user, step).await?,
        };
        match outcome {
            Outcome::Created { settled } => Ok(Creation::Created {
                contest: contest.to_record(user),
                settled,
            }),
            Outcome::Repeated(id) => Ok(Creation::Repeated(self.created_earlier(user, id).await?)),
            Outcome::Refused(refusal) => Err(refusal),
        }
    }

    async fn try_create(
        &self,
        user: UserId,
        contest: &NewContest,
        arguments: &Arguments,
    ) -> Result<Option<Outcome>, sqlx::Error> {
        let idempotency = contest.idempotency.as_ref();
        let row = self
            .sql()
            .create
            .query()
            .bind(user.as_uuid())
            .bind(contest.id.as_uuid())
            .bind(arguments.started_at)
            .bind(arguments.deadline)
            .bind(idempotency.map(|i| i.key.as_str()))
            .bind(idempotency.map(|i| i.request.as_slice()))
            .bind(arguments.selection.as_str())
            .bind(arguments.problems.as_slice())
            .bind(arguments.grace)
            .bind(arguments.repeats.as_slice())
            .fetch_one(self.writer())
            .await?;
        Ok(decide(&CreateRow::from_row(&row)?, contest))
    }

    async fn created_earlier(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<ContestRecord, StoreError> {
        let found = self.find_contest(user, contest).await?;
        found.ok_or_else(|| inconsistent("contests", "id", contest, "the contest has gone"))
    }
}

/// In the order of precedence the contract has. Nothing found and nothing done means that another
/// step of this user came between.
fn decide(row: &CreateRow, contest: &NewContest) -> Option<Outcome> {
    if row.created.is_some() {
        let settled = row.settled.map(ContestId::from_uuid);
        return Some(Outcome::Created { settled });
    }
    if let Some(keyed) = row.keyed.map(ContestId::from_uuid) {
        let idempotency = contest.idempotency.as_ref();
        let asked = idempotency.map(|idempotency| idempotency.request.as_slice());
        return Some(if row.request.as_deref() == asked {
            Outcome::Repeated(keyed)
        } else {
            Outcome::Refused(CreateContestError::KeyReused { contest: keyed })
        });
    }
    if let Some(active) = row.active {
        let contest = active.into();
        return Some(Outcome::Refused(CreateContestError::ActiveContestExists {
            contest,
        }));
    }
    let problems = row.unavailable.as_ref()?;
    let problems = problems.iter().copied().map(ProblemId::from_uuid).collect();
    let refusal = CreateContestError::ProblemsUnavailable { problems };
    Some(Outcome::Refused(refusal))
}
