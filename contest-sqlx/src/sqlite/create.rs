//! Creating a contest.

use contest_core::model::{ContestRecord, EventKind};
use contest_core::store::{CreateContestError, Creation, NewContest, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::sqlite::SqliteStore;
use crate::sqlite::contests::find_by_key;
use crate::sqlite::error::during;
use crate::sqlite::outbox;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::{grace, ids_json, picked};

pub(super) const OPEN: &str = "
SELECT id, deadline FROM contests WHERE user_id = ?1 AND ending IS NULL";

/// Places of those that are unknown, retired, or solved and not to be repeated.
pub(super) const UNAVAILABLE: &str = "
SELECT j.key FROM json_each(?2) j
LEFT JOIN problems p ON p.id = unhex(j.value)
LEFT JOIN solves s ON s.user_id = ?1 AND s.problem_id = unhex(j.value)
WHERE p.id IS NULL OR p.retired
   OR (s.problem_id IS NOT NULL AND j.value NOT IN (SELECT r.value FROM json_each(?3) r))
ORDER BY j.key";

pub(super) const SETTLE: &str = "
UPDATE contests SET ending = 'expired', ended_at = deadline
WHERE user_id = ?1 AND id = ?2 AND ending IS NULL";

pub(super) const COUNT_EXPIRED: &str = "
INSERT INTO user_progress (user_id, expired) VALUES (?1, 1)
ON CONFLICT (user_id) DO UPDATE SET expired = expired + 1";

pub(super) const INSERT: &str = "
INSERT INTO contests
    (user_id, id, started_at, deadline, idempotency_key, request_digest, selection, grace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(super) const INSERT_PROBLEMS: &str = "
INSERT INTO contest_problems (user_id, contest_id, problem_id, place)
SELECT ?1, ?2, unhex(j.value), j.key + 1 FROM json_each(?3) j";

impl SqliteStore {
    pub(super) async fn create(
        &self,
        user: UserId,
        new: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        if let Some(earlier) = repeated(&mut transaction, user, new).await? {
            return Ok(Creation::Repeated(earlier));
        }
        let open = open_contest(&mut transaction, user).await?;
        if let Some((contest, deadline)) = open
            && new.started_at < deadline
        {
            return Err(CreateContestError::ActiveContestExists { contest });
        }
        check_available(&mut transaction, user, new).await?;
        if let Some((expired, _)) = open {
            settle(&mut transaction, user, expired).await?;
        }
        insert(&mut transaction, user, new).await?;
        let settled = open.map(|(expired, _)| outbox::settled(expired));
        let created = EventKind::ContestCreated { contest: new.id };
        let events = settled.into_iter().chain([created]);
        self.tell(&mut transaction, user, new.started_at, events)
            .await?;
        commit(transaction).await?;
        Ok(Creation::Created {
            contest: new.to_record(user),
            settled: open.map(|(expired, _)| expired),
        })
    }
}

/// The contest of the same key and request, if there is one.
async fn repeated(
    connection: &mut SqliteConnection,
    user: UserId,
    new: &NewContest,
) -> Result<Option<ContestRecord>, CreateContestError> {
    let Some(idempotency) = &new.idempotency else {
        return Ok(None);
    };
    match find_by_key(connection, user, &idempotency.key).await? {
        Some((earlier, request)) if request != idempotency.request => {
            let contest = earlier.id;
            Err(CreateContestError::KeyReused { contest })
        }
        earlier => Ok(earlier.map(|(earlier, _)| earlier)),
    }
}

/// The contest stored without an ending, with its deadline.
pub(super) async fn open_contest(
    connection: &mut SqliteConnection,
    user: UserId,
) -> Result<Option<(ContestId, Timestamp)>, StoreError> {
    let open: Option<(Uuid, i64)> = sqlx::query_as(OPEN)
        .bind(user.as_uuid())
        .fetch_optional(connection)
        .await
        .map_err(during("looking for an active contest"))?;
    Ok(open.map(|(id, deadline)| (id.into(), Timestamp::from_micros(deadline))))
}

async fn check_available(
    connection: &mut SqliteConnection,
    user: UserId,
    new: &NewContest,
) -> Result<(), CreateContestError> {
    let rows = sqlx::query(UNAVAILABLE)
        .bind(user.as_uuid())
        .bind(ids_json(new.problems.iter().copied()))
        .bind(ids_json(new.repeats.iter().copied()))
        .fetch_all(connection)
        .await
        .map_err(during("checking the problems of a contest"))?;
    let problems = picked(&rows, &new.problems)?;
    if problems.is_empty() {
        Ok(())
    } else {
        Err(CreateContestError::ProblemsUnavailable { problems })
    }
}

/// Stores that a contest expired at its deadline.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    user: UserId,
    expired: ContestId,
) -> Result<(), StoreError> {
    let failed = during("settling an expired contest");
    sqlx::query(SETTLE)
        .bind(user.as_uuid())
        .bind(expired.as_uuid())
        .execute(&mut *connection)
        .await
        .map_err(&failed)?;
    sqlx::query(COUNT_EXPIRED)
        .bind(user.as_uuid())
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    user: UserId,
    new: &NewContest,
) -> Result<(), StoreError> {
    let selection = serde_json::to_string(&new.selection).map_err(|error| {
        StoreError::permanent("writing a selection record as JSON").with_source(error)
    })?;
    let idempotency = new.idempotency.as_ref();
    sqlx::query(INSERT)
        .bind(user.as_uuid())
        .bind(new.id.as_uuid())
        .bind(new.started_at.as_micros())
        .bind(new.deadline.as_micros())
        .bind(idempotency.map(|idempotency| idempotency.key.as_str()))
        .bind(idempotency.map(|idempotency| idempotency.request.as_slice()))
        .bind(selection)
        .bind(grace(new.late_policy)?)
        .execute(&mut *connection)
        .await
        .map_err(during("storing a contest"))?;
    sqlx::query(INSERT_PROBLEMS)
        .bind(user.as_uuid())
        .bind(new.id.as_uuid())
        .bind(ids_json(new.problems.iter().copied()))
        .execute(connection)
        .await
        .map_err(during("storing the problems of a contest"))?;
    Ok(())
}
