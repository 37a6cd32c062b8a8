//! How a commit of a user is kept: it is compared and written under the only write lock of the file.

use contest_core::catalogue::Revision;
use contest_core::id::{UserId, Version};
use contest_core::model::Event;
use contest_core::store::{Commit, CommitError, ContestWrite};
use contest_core::user::{ContestRecord, Solve};
use serde::Serialize;
use sqlx::SqliteConnection;

use super::cells::capped;
use super::pool::begin;
use super::{Prepared, SqliteStore, finish, refused};
use crate::encoding::{from_contest, to_json, to_signed};

/// How many entries one statement takes.
pub(super) const CHUNK: usize = 1_000;

pub(super) const IS_REVISION: &str = "SELECT 1 FROM catalogue_state WHERE number = ?1 AND tag = ?2";

pub(super) const INSERT_USER: &str = "
INSERT INTO user_records (user_id, version, open_contest, state) VALUES (?1, ?2, ?3, ?4)";

pub(super) const UPDATE_USER: &str = "
UPDATE user_records SET version = ?2, open_contest = ?3, state = ?4 WHERE user_id = ?1 AND version = ?5";

pub(super) const PUT_SET: &str = "
INSERT INTO user_sets (user_id, name, ordinals) VALUES (?1, ?2, ?3)
ON CONFLICT (user_id, name) DO UPDATE SET ordinals = excluded.ordinals";

pub(super) const INSERT_CONTEST: &str = "
INSERT INTO contests (user_id, contest_id, key, value) VALUES (?1, ?2, ?3, ?4)";

pub(super) const INSERT_REQUEST: &str = "
INSERT INTO contest_requests (user_id, contest_id, value) VALUES (?1, ?2, ?3)";

pub(super) const UPDATE_CONTEST: &str = "
UPDATE contests SET value = ?3 WHERE user_id = ?1 AND contest_id = ?2";

pub(super) const PUT_SOLVES: &str = "
INSERT INTO solves (user_id, at, problem, contest, epoch, recorded_at, undone_at)
SELECT ?1, value ->> 0, unhex(value ->> 1, '-'), unhex(value ->> 2, '-'), value ->> 3, value ->> 4,
       value ->> 5
FROM json_each(?2) WHERE true
ON CONFLICT (user_id, at, problem, contest) DO UPDATE SET
    epoch = excluded.epoch, recorded_at = excluded.recorded_at, undone_at = excluded.undone_at";

pub(super) const APPEND_EVENTS: &str = "
INSERT INTO user_events (user_id, number, at, value)
SELECT ?1, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2)";

/// A user who begins to wait goes behind all who wait.
pub(super) const MOVE_LAST: &str = "
INSERT INTO event_deliveries (user_id, last, place) VALUES (?1, ?2, coalesce(
    (SELECT place + 1 FROM event_deliveries WHERE delivered < last ORDER BY place DESC LIMIT 1), 0))
ON CONFLICT (user_id) DO UPDATE SET
    place = iif(delivered < last, place, excluded.place), last = excluded.last";

impl SqliteStore {
    pub(super) async fn keep(&self, commit: &Commit) -> Result<(), CommitError> {
        let mut connection = self.write().await.map_err(CommitError::Failed)?;
        let begun = begin(&mut connection).await;
        let mut transaction = begun.map_err(CommitError::Failed)?;
        if let Some(revision) = commit.revision {
            check_revision(&mut transaction, revision).await?;
        }
        put_record(&mut transaction, commit).await?;
        if let Some(contest) = &commit.contest {
            put_contest(&mut transaction, commit.user, contest).await?;
        }
        put_solves(&mut transaction, commit.user, &commit.solves).await?;
        if self.outbox {
            append_events(&mut transaction, commit.user, &commit.events).await?;
        }
        finish(transaction).await
    }
}

async fn check_revision(
    connection: &mut SqliteConnection,
    revision: Revision,
) -> Result<(), CommitError> {
    let query = sqlx::query(IS_REVISION)
        .bind(capped(revision.number))
        .bind(revision.tag.cast_signed());
    let found = query.fetch_optional(connection).await;
    match found.map_err(refused("comparing the revision"))? {
        Some(_) => Ok(()),
        None => Err(CommitError::Outdated),
    }
}

/// Compares the version, and keeps the record if it is the expected one.
async fn put_record(connection: &mut SqliteConnection, commit: &Commit) -> Result<(), CommitError> {
    let (user, record) = (commit.user.as_uuid(), &commit.record);
    let open = record.open.as_ref().map(|open| open.id.as_uuid());
    let statement = match commit.expected {
        None => INSERT_USER,
        Some(_) => UPDATE_USER,
    };
    let query = sqlx::query(statement)
        .bind(user)
        .bind(record.version.as_uuid())
        .bind(open)
        .bind(json("a user record", record)?)
        .bind(commit.expected.map(Version::as_uuid));
    if execute(connection, query, "keeping a user record").await? == 0 {
        return Err(CommitError::Conflict);
    }
    let sets = [
        ("solved", &record.solved, commit.solved_changed),
        ("seen", &record.seen, commit.seen_changed),
    ];
    for (name, set, changed) in sets {
        // A new record may come with sets that are not said to have changed.
        if changed || commit.expected.is_none() && !set.is_empty() {
            let query = sqlx::query(PUT_SET).bind(user).bind(name);
            let query = query.bind(set.to_bytes());
            execute(connection, query, "keeping a set of problems").await?;
        }
    }
    Ok(())
}

async fn put_contest(
    connection: &mut SqliteConnection,
    user: UserId,
    write: &ContestWrite,
) -> Result<(), CommitError> {
    let (user, id) = (user.as_uuid(), write.contest().id.as_uuid());
    match write {
        ContestWrite::Insert { contest, request } => {
            let query = sqlx::query(INSERT_CONTEST).bind(user).bind(id);
            let query = query.bind(key(contest)).bind(json("a contest", contest)?);
            execute(connection, query, "inserting a contest").await?;
            let query = sqlx::query(INSERT_REQUEST).bind(user).bind(id);
            let query = query.bind(json("a request", request)?);
            execute(connection, query, "inserting a request").await?;
        }
        ContestWrite::Update(contest) => {
            let query = sqlx::query(UPDATE_CONTEST).bind(user).bind(id);
            let query = query.bind(json("a contest", contest)?);
            if execute(connection, query, "changing a contest").await? == 0 {
                return Err(CommitError::Conflict);
            }
        }
    }
    Ok(())
}

fn key(contest: &ContestRecord) -> Option<&str> {
    let idempotency = contest.idempotency.as_ref()?;
    Some(idempotency.key.as_str())
}

async fn put_solves(
    connection: &mut SqliteConnection,
    user: UserId,
    solves: &[Solve],
) -> Result<(), CommitError> {
    for chunk in solves.chunks(CHUNK) {
        let entry = |solve: &Solve| {
            let Solve {
                at,
                problem,
                contest,
                epoch,
                recorded_at,
                undone_at,
            } = *solve;
            let contest = from_contest(contest);
            (at, problem, contest, epoch, recorded_at, undone_at)
        };
        let entries: Vec<_> = chunk.iter().map(entry).collect();
        let query = sqlx::query(PUT_SOLVES).bind(user.as_uuid());
        execute(
            connection,
            query.bind(json("solves", &entries)?),
            "keeping solves",
        )
        .await?;
    }
    Ok(())
}

async fn append_events(
    connection: &mut SqliteConnection,
    user: UserId,
    events: &[Event],
) -> Result<(), CommitError> {
    let Some(last) = events.last() else {
        return Ok(());
    };
    for chunk in events.chunks(CHUNK) {
        let entry = |event: &Event| Ok((event.number, event.at, json("an event", event)?));
        let entries: Result<Vec<_>, CommitError> = chunk.iter().map(entry).collect();
        let query = sqlx::query(APPEND_EVENTS).bind(user.as_uuid());
        execute(
            connection,
            query.bind(json("events", &entries?)?),
            "appending events",
        )
        .await?;
    }
    let query = sqlx::query(MOVE_LAST).bind(user.as_uuid());
    let number = to_signed("the number of an event", last.number.0);
    let query = query.bind(number.map_err(CommitError::Failed)?);
    execute(connection, query, "noting events to deliver").await?;
    Ok(())
}

pub(super) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, CommitError> {
    to_json(what, value).map_err(CommitError::Failed)
}

pub(super) async fn execute(
    connection: &mut SqliteConnection,
    query: Prepared<'_>,
    what: &'static str,
) -> Result<u64, CommitError> {
    let done = query.execute(connection).await;
    Ok(done.map_err(refused(what))?.rows_affected())
}
