//! A commit as one statement, assembled from the parts it needs.

use contest_core::catalogue::Revision;
use contest_core::id::UserId;
use contest_core::model::Event;
use contest_core::store::{Commit, CommitError, ContestWrite, StoreError};
use contest_core::time::Timestamp;
use contest_core::user::AttemptRecord;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgRow, PgSeverity};
use uuid::Uuid;

use super::PgStore;
use super::call::Fault;
use super::cells::{column, only, revision};
use super::error::from_sqlx;
use super::sql::Prepared;
use super::time::PgTime;
use crate::encoding::{
    Ranked, Ranks, from_contest, from_score, from_submission, to_json, to_signed, unfit,
};
use crate::parts::{
    ATTEMPTS, CONTEST, EVENTS, FIRST, Fragment, NEW_CONTEST, ONE_ATTEMPT, PRUNES, Parts, RANKED,
    RELIES, SEEN, SOLVED,
};

/// The statement in order. `?` stands for the next parameter after `$1`, the user.
///
/// The claim of a new user that waits for another one finds that row and inserts nothing. Any other claim
/// that waits checks the version again on the new row. All other parts read from the claim, so they write
/// nothing if nothing is claimed. An existing key or id fails the statement. The revision compared is the
/// one at the beginning of the statement: a publication committed while the claim waits counts as later.
const FRAGMENTS: &[Fragment] = &[
    (
        FIRST,
        0,
        "WITH claim AS (
    INSERT INTO {schema}.user_records AS u (user_id, version, open_contest, state, solved, seen)
    SELECT $1, ?, ?, ?, ?, ?",
    ),
    (
        FIRST | RELIES,
        0,
        " FROM {schema}.catalogue_state s WHERE s.number = ? AND s.tag = ?",
    ),
    (FIRST, 0, " ON CONFLICT (user_id) DO NOTHING"),
    (
        0,
        FIRST,
        "WITH claim AS (
    UPDATE {schema}.user_records u SET version = ?, open_contest = ?, state = ?",
    ),
    (SOLVED, FIRST, ", solved = ?"),
    (SEEN, FIRST, ", seen = ?"),
    (RELIES, FIRST, " FROM {schema}.catalogue_state s"),
    (0, FIRST, " WHERE u.user_id = $1 AND u.version = ?"),
    (RELIES, FIRST, " AND s.number = ? AND s.tag = ?"),
    (0, 0, " RETURNING u.user_id\n)"),
    (
        NEW_CONTEST,
        RANKED,
        ", new_contest AS (
    INSERT INTO {schema}.contests (user_id, contest_id, key, value)
    SELECT claim.user_id, ?, ?, ? FROM claim
)",
    ),
    (
        NEW_CONTEST | RANKED,
        0,
        ", new_contest AS (
    INSERT INTO {schema}.contests (user_id, contest_id, key, value, round, host_rank, host_row,
        public_rank, public_row)
    SELECT claim.user_id, ?, ?, ?, ?, ?, ?, ?, ? FROM claim
)",
    ),
    (
        NEW_CONTEST,
        0,
        ", new_request AS (
    INSERT INTO {schema}.contest_requests (user_id, contest_id, value)
    SELECT claim.user_id, ?, ? FROM claim
)",
    ),
    (
        CONTEST,
        0,
        ", contest AS (
    UPDATE {schema}.contests c SET value = ?",
    ),
    (
        CONTEST | RANKED,
        0,
        ", host_rank = ?, host_row = ?, public_rank = ?, public_row = ?",
    ),
    (
        CONTEST,
        0,
        " FROM claim
    WHERE c.user_id = $1 AND c.user_id = claim.user_id AND c.contest_id = ?
)",
    ),
    (
        PRUNES,
        0,
        ", pruned AS (
    DELETE FROM {schema}.contests c USING claim
    WHERE c.user_id = $1 AND c.user_id = claim.user_id AND c.contest_id < ?
), pruned_requests AS (
    DELETE FROM {schema}.contest_requests r USING claim
    WHERE r.user_id = $1 AND r.user_id = claim.user_id AND r.contest_id < ?
)",
    ),
    (
        ATTEMPTS,
        0,
        ", put_attempts AS (
    INSERT INTO {schema}.attempts (user_id, at, problem, contest, submission, verdict, score, epoch,
        recorded_at, undone_at)
    SELECT claim.user_id, ",
    ),
    // A mark writes one entry: plain values cost the server less than arrays.
    (
        ATTEMPTS | ONE_ATTEMPT,
        0,
        "?, ?, ?, ?, ?, ?, ?, ?, ? FROM claim",
    ),
    (
        ATTEMPTS,
        ONE_ATTEMPT,
        "e.* FROM claim, unnest(?::timestamptz[], ?::uuid[], ?::uuid[], ?::text[],
        ?::text[], ?::text[], ?::bigint[], ?::timestamptz[], ?::timestamptz[]) e",
    ),
    (
        ATTEMPTS,
        0,
        "
    ON CONFLICT (user_id, at, problem, contest, submission) DO UPDATE
    SET verdict = excluded.verdict, score = excluded.score, epoch = excluded.epoch,
        recorded_at = excluded.recorded_at, undone_at = excluded.undone_at
)",
    ),
    (
        EVENTS,
        0,
        ", new_events AS (
    INSERT INTO {schema}.user_events (user_id, number, at, value)
    SELECT claim.user_id, e.* FROM claim, unnest(?::bigint[], ?::timestamptz[], ?::text[]) e
), delivery AS (
    INSERT INTO {schema}.event_deliveries (user_id, last, waiting)
    SELECT claim.user_id, ?, true FROM claim
    ON CONFLICT (user_id) DO UPDATE SET last = excluded.last, waiting = true
)",
    ),
    (
        RELIES,
        0,
        "
SELECT (SELECT count(*) FROM claim) AS claimed, s.number, s.tag FROM {schema}.catalogue_state s",
    ),
    (0, RELIES, "\nSELECT count(*) AS claimed FROM claim"),
];

/// The statement of a commit with these parts, without the name of the schema.
pub(super) fn statement(parts: Parts) -> String {
    let text = parts.text(FRAGMENTS);
    let mut pieces = text.split('?');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.zip(2..).fold(first, |text, (piece, number)| {
        format!("{text}${number}{piece}")
    })
}

impl PgStore {
    pub(super) async fn commit_alone(&self, commit: &Commit) -> Result<(), CommitError> {
        let parts = Parts::of(commit, self.inner.kind.outbox);
        let query = self.sql().commit(parts).query();
        let query = bind(query, parts, commit).map_err(CommitError::Failed)?;
        let rows = self.send_commit(query).await?;
        let answer = only(&rows).and_then(|row| answer(row, commit.revision));
        // The statement was committed, even if its answer cannot be read.
        answer.map_err(CommitError::Unknown)?
    }

    /// Sends the statement of a commit, once.
    pub(super) async fn send_commit(&self, query: Prepared) -> Result<Vec<PgRow>, CommitError> {
        match self.source().transaction() {
            None => self.fetch_once(query).await.map_err(commit_error),
            Some(lent) => {
                let mut host = lent.lock().await.map_err(CommitError::Failed)?;
                host.change(query).await.map_err(error_in_transaction)
            }
        }
    }
}

/// Reads the row that a commit returns.
fn answer(row: &PgRow, relied_on: Option<Revision>) -> Result<Result<(), CommitError>, StoreError> {
    if column::<i64>(row, "claimed")? > 0 {
        return Ok(Ok(()));
    }
    not_claimed(row, relied_on).map(Err)
}

/// Why a commit claimed nothing.
pub(super) fn not_claimed(
    row: &PgRow,
    relied_on: Option<Revision>,
) -> Result<CommitError, StoreError> {
    let outdated = match relied_on {
        Some(relied_on) => revision(row)? != relied_on,
        None => false,
    };
    Ok(if outdated {
        CommitError::Outdated
    } else {
        CommitError::Conflict
    })
}

/// Maps a failed commit.
pub(super) fn commit_error(fault: Fault) -> CommitError {
    let error = match fault {
        Fault::Unsent(error) => return CommitError::Failed(from_sqlx(error)),
        Fault::Sent(error) => error,
    };
    let effect = match error.as_database_error() {
        Some(refusal) => effect(refusal.try_downcast_ref()),
        None if matches!(error, sqlx::Error::Encode(_)) => Effect::None,
        None => Effect::Unknown,
    };
    match effect {
        Effect::Conflict => CommitError::Conflict,
        Effect::None => CommitError::Failed(from_sqlx(error)),
        Effect::Unknown => CommitError::Unknown(from_sqlx(error)),
    }
}

/// Maps a failed commit in a transaction of the host, which is not committed yet.
pub(super) fn error_in_transaction(error: sqlx::Error) -> CommitError {
    let refusal = error.as_database_error();
    match refusal.and_then(DatabaseError::code).as_deref() {
        Some("23505") => CommitError::Conflict,
        Some("40001") => {
            let message = "the host's transaction must be READ COMMITTED";
            CommitError::Failed(StoreError::permanent(message).with_source(error))
        }
        _ => CommitError::Failed(from_sqlx(error)),
    }
}

/// The effect of a statement that the server answered with an error.
#[derive(Debug, PartialEq, Eq)]
enum Effect {
    /// None, because of another statement.
    Conflict,
    /// None.
    None,
    /// It may have been committed.
    Unknown,
}

/// An error rolls the statement back, with two exceptions. An error that ends the connection may come after
/// the commit, while the server waits for a replica. A proxy or a coordinator that lost its own connection
/// to a server (class 08, or an error passed on from that server) does not know the outcome.
fn effect(refusal: Option<&PgDatabaseError>) -> Effect {
    let Some(refusal) = refusal else {
        return Effect::Unknown;
    };
    let ends_connection = matches!(refusal.severity(), PgSeverity::Fatal | PgSeverity::Panic);
    match refusal.code() {
        "40003" | "57P01" | "57P02" => Effect::Unknown,
        code if ends_connection || code.starts_with("08") => Effect::Unknown,
        "40001" | "40P01" | "23505" => Effect::Conflict,
        _ => Effect::None,
    }
}

/// Binds the parameters, in the order of the parts.
fn bind(query: Prepared, parts: Parts, commit: &Commit) -> Result<Prepared, StoreError> {
    let record = &commit.record;
    let open = record.open.as_ref().map(|open| open.id.as_uuid());
    let mut query = query
        .bind(commit.user.as_uuid())
        .bind(record.version.as_uuid())
        .bind(open)
        .bind(to_json("the record", record)?);
    if parts.has(FIRST | SOLVED) {
        query = query.bind(record.solved.to_bytes());
    }
    if parts.has(FIRST | SEEN) {
        query = query.bind(record.seen.to_bytes());
    }
    if let Some(expected) = commit.expected {
        query = query.bind(expected.as_uuid());
    }
    if let Some(revision) = commit.revision {
        query = bind_revision(query, revision)?;
    }
    if let Some(contest) = &commit.contest {
        query = bind_contest(query, commit.user, contest)?;
    }
    if let Some(first_kept) = commit.prune_before {
        let first_kept = first_kept.as_uuid();
        query = query.bind(first_kept).bind(first_kept);
    }
    if parts.has(ATTEMPTS) {
        let mut attempts = AttemptColumns::default();
        attempts.add(commit.user, &commit.attempts)?;
        query = if parts.has(ONE_ATTEMPT) {
            attempts.bind_one(query)
        } else {
            attempts.bind(query)
        };
    }
    if parts.has(EVENTS) {
        let mut events = EventColumns::default();
        events.add(commit.user, &commit.events)?;
        let last = events.numbers.last().copied();
        query = events.bind(query).bind(last);
    }
    Ok(query)
}

/// Binds the number and the tag. The tag is random bits, so the sign of the column means nothing.
pub(super) fn bind_revision(query: Prepared, revision: Revision) -> Result<Prepared, StoreError> {
    let number = to_signed("the revision", revision.number)?;
    Ok(query.bind(number).bind(revision.tag.cast_signed()))
}

fn bind_contest(
    query: Prepared,
    user: UserId,
    write: &ContestWrite,
) -> Result<Prepared, StoreError> {
    let contest = write.contest();
    let (id, value) = (contest.id.as_uuid(), to_json("the contest", contest)?);
    let ranks = contest.round.map(|_| Ranks::of(user, contest));
    let ContestWrite::Insert { request, .. } = write else {
        let mut query = query.bind(value);
        if let Some(Ranks { host, public, .. }) = ranks {
            query = bind_ranked(bind_ranked(query, host), public);
        }
        return Ok(query.bind(id));
    };
    let key = contest.idempotency.as_ref();
    let key = key.map(|idempotency| idempotency.key.as_str().to_owned());
    let mut query = query.bind(id).bind(key).bind(value);
    if let Some(ranks) = ranks {
        query = bind_ranked(query.bind(ranks.round), ranks.host);
        query = bind_ranked(query, ranks.public);
    }
    Ok(query.bind(id).bind(to_json("the request", request)?))
}

fn bind_ranked(query: Prepared, ranked: Ranked) -> Prepared {
    query.bind(ranked.rank).bind(ranked.row)
}

/// Entries of the log, column by column.
#[derive(Default)]
pub(super) struct AttemptColumns {
    pub(super) users: Vec<Uuid>,
    at: Vec<PgTime>,
    problems: Vec<Uuid>,
    contests: Vec<Uuid>,
    submissions: Vec<String>,
    verdicts: Vec<&'static str>,
    scores: Vec<Option<String>>,
    epochs: Vec<i64>,
    recorded_at: Vec<PgTime>,
    undone_at: Vec<Option<PgTime>>,
}

impl AttemptColumns {
    pub(super) fn add(
        &mut self,
        user: UserId,
        attempts: &[AttemptRecord],
    ) -> Result<(), StoreError> {
        let time = |at| stored("an attempt", at);
        for entry in attempts {
            let submission = from_submission(entry.submission.as_ref());
            self.users.push(user.as_uuid());
            self.at.push(time(entry.at)?);
            self.problems.push(entry.problem.as_uuid());
            self.contests.push(from_contest(entry.contest));
            self.submissions.push(submission.to_owned());
            self.verdicts.push(entry.verdict.as_str());
            self.scores.push(from_score(entry.score.as_ref())?);
            self.epochs.push(to_signed("an epoch", entry.epoch)?);
            self.recorded_at.push(time(entry.recorded_at)?);
            self.undone_at.push(entry.undone_at.map(time).transpose()?);
        }
        Ok(())
    }

    /// Binds all but the users.
    pub(super) fn bind(self, query: Prepared) -> Prepared {
        query
            .bind(self.at)
            .bind(self.problems)
            .bind(self.contests)
            .bind(self.submissions)
            .bind(self.verdicts)
            .bind(self.scores)
            .bind(self.epochs)
            .bind(self.recorded_at)
            .bind(self.undone_at)
    }

    /// Binds the values of the only entry.
    fn bind_one(mut self, query: Prepared) -> Prepared {
        query
            .bind(self.at.pop())
            .bind(self.problems.pop())
            .bind(self.contests.pop())
            .bind(self.submissions.pop())
            .bind(self.verdicts.pop())
            .bind(self.scores.pop().flatten())
            .bind(self.epochs.pop())
            .bind(self.recorded_at.pop())
            .bind(self.undone_at.pop().flatten())
    }
}

/// Events, column by column.
#[derive(Default)]
pub(super) struct EventColumns {
    pub(super) users: Vec<Uuid>,
    pub(super) numbers: Vec<i64>,
    at: Vec<PgTime>,
    values: Vec<String>,
}

impl EventColumns {
    pub(super) fn add(&mut self, user: UserId, events: &[Event]) -> Result<(), StoreError> {
        for event in events {
            self.users.push(user.as_uuid());
            self.numbers.push(to_signed("an event", event.number.0)?);
            self.at.push(stored("an event", event.at)?);
            self.values.push(to_json("an event", event)?);
        }
        Ok(())
    }

    /// Binds all but the users.
    pub(super) fn bind(self, query: Prepared) -> Prepared {
        query.bind(self.numbers).bind(self.at).bind(self.values)
    }
}

/// A time to be stored.
pub(super) fn stored(what: &str, at: Timestamp) -> Result<PgTime, StoreError> {
    PgTime::stored(at).map_err(|error| unfit(what, error))
}
