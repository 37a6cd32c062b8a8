//! A commit of a user as one text of several statements, assembled from the parts it needs.

use std::sync::OnceLock;

use contest_core::catalogue::OrdinalSet;
use contest_core::id::{ContestId, UserId, Version};
use contest_core::model::Event;
use contest_core::store::{Commit, CommitError, ContestWrite, StoreError};
use contest_core::time::Timestamp;
use contest_core::user::AttemptRecord;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::Prepared;
use super::cells::capped;
use crate::encoding::{Ranks, from_contest, from_score, from_submission, to_json, to_signed};
use crate::parts::{
    ATTEMPTS, CONTEST, EVENTS, FIRST, Fragment, NEW_CONTEST, PRUNES, Parts, RANKED, RELIES, SEEN,
    SOLVED,
};

/// The maximum of entries in one statement.
pub(super) const CHUNK: usize = 1_000;

/// How many commits with the same parts go in one message to the connection's thread. Each message costs
/// two thread switches, which take as long as several commits.
pub(super) const TOGETHER: usize = 8;

pub(super) const IS_REVISION: &str = "SELECT 1 FROM catalogue_state WHERE number = ?1 AND tag = ?2";

/// The fragments of the text, in order.
///
/// The first statement claims the record. It is the only one that returns a row, the user, and only if the
/// record has the expected version and the commit's revision and contest exist. All other statements write
/// only if the record has the new version, the id of this commit.
/// If a commit is sent again, the record already has its version: it writes the same rows once more, which
/// changes nothing, and is a conflict.
///
/// The parameters are the same in all texts: see [`Values`]. They are written `$1`, not `?1`: for a statement
/// that names only the first and the ninth parameter, SQLite reports two parameters with `$` but nine with
/// `?`, and the driver miscounts parameters that a statement does not name.
const FRAGMENTS: &[Fragment] = &[
    (
        FIRST,
        0,
        "INSERT INTO user_records (user_id, version, open_contest, state)
SELECT $1, $2, $3, $4 WHERE true",
    ),
    (
        0,
        FIRST,
        "UPDATE user_records SET version = $2, open_contest = $3, state = $4
WHERE user_id = $1 AND version = $5",
    ),
    (
        RELIES,
        0,
        "
    AND EXISTS (SELECT 1 FROM catalogue_state WHERE number = $6 AND tag = $7)",
    ),
    (
        CONTEST,
        0,
        "
    AND EXISTS (SELECT 1 FROM contests WHERE user_id = $1 AND contest_id = $10)",
    ),
    (FIRST, 0, " ON CONFLICT (user_id) DO NOTHING"),
    (0, 0, " RETURNING user_id"),
    (
        SOLVED,
        0,
        ";
INSERT INTO user_sets (user_id, name, ordinals)
SELECT user_id, 'solved', $8 FROM user_records WHERE user_id = $1 AND version = $2
ON CONFLICT (user_id, name) DO UPDATE SET ordinals = excluded.ordinals",
    ),
    (
        SEEN,
        0,
        ";
INSERT INTO user_sets (user_id, name, ordinals)
SELECT user_id, 'seen', $9 FROM user_records WHERE user_id = $1 AND version = $2
ON CONFLICT (user_id, name) DO UPDATE SET ordinals = excluded.ordinals",
    ),
    (
        NEW_CONTEST,
        RANKED,
        ";
INSERT INTO contests (user_id, contest_id, key, value)
SELECT user_id, $10, $12, $11",
    ),
    (
        NEW_CONTEST | RANKED,
        0,
        ";
INSERT INTO contests (user_id, contest_id, key, value, round, host_rank, host_row, public_rank, public_row)
SELECT user_id, $10, $12, $11, $18, $19, $20, $21, $22",
    ),
    (
        NEW_CONTEST,
        0,
        " FROM user_records WHERE user_id = $1 AND version = $2;
INSERT INTO contest_requests (user_id, contest_id, value)
SELECT user_id, $10, $13 FROM user_records WHERE user_id = $1 AND version = $2",
    ),
    (
        CONTEST,
        0,
        ";
UPDATE contests SET value = $11",
    ),
    (
        CONTEST | RANKED,
        0,
        ", host_rank = $19, host_row = $20, public_rank = $21, public_row = $22",
    ),
    (
        CONTEST,
        0,
        " WHERE user_id = $1 AND contest_id = $10
    AND EXISTS (SELECT 1 FROM user_records WHERE user_id = $1 AND version = $2)",
    ),
    (
        PRUNES,
        0,
        ";
DELETE FROM contests WHERE user_id = $1 AND contest_id < $17
    AND EXISTS (SELECT 1 FROM user_records WHERE user_id = $1 AND version = $2);
DELETE FROM contest_requests WHERE user_id = $1 AND contest_id < $17
    AND EXISTS (SELECT 1 FROM user_records WHERE user_id = $1 AND version = $2)",
    ),
    (ATTEMPTS, 0, ";"),
    (ATTEMPTS, 0, PUT_ATTEMPTS),
    (EVENTS, 0, ";"),
    (EVENTS, 0, APPEND_EVENTS),
    (EVENTS, 0, ";"),
    (EVENTS, 0, MOVE_LAST),
];

/// If several entries have one key, the last one stays.
const PUT_ATTEMPTS: &str = "
INSERT INTO attempts (user_id, at, problem, contest, submission, verdict, score, epoch, recorded_at, undone_at)
SELECT u.user_id, value ->> 0, unhex(value ->> 1, '-'), unhex(value ->> 2, '-'), value ->> 3, value ->> 4,
    value ->> 5, value ->> 6, value ->> 7, value ->> 8
FROM user_records u CROSS JOIN json_each($14) WHERE u.user_id = $1 AND u.version = $2
ON CONFLICT (user_id, at, problem, contest, submission) DO UPDATE SET
    verdict = excluded.verdict, score = excluded.score, epoch = excluded.epoch,
    recorded_at = excluded.recorded_at, undone_at = excluded.undone_at";

const APPEND_EVENTS: &str = "
INSERT INTO user_events (user_id, number, at, value)
SELECT u.user_id, value ->> 0, value ->> 1, value ->> 2
FROM user_records u CROSS JOIN json_each($15) WHERE u.user_id = $1 AND u.version = $2";

/// A user whose events begin to wait queues behind all waiting users.
const MOVE_LAST: &str = "
INSERT INTO event_deliveries (user_id, last, place)
SELECT user_id, $16, coalesce(
    (SELECT place + 1 FROM event_deliveries WHERE delivered < last ORDER BY place DESC LIMIT 1), 0)
FROM user_records WHERE user_id = $1 AND version = $2
ON CONFLICT (user_id) DO UPDATE SET
    place = iif(delivered < last, place, excluded.place), last = excluded.last";

/// Texts by the index of their parts. A text is the same every time, so that connections find their prepared
/// statement.
type Texts = [OnceLock<String>; Parts::COMBINATIONS];

/// The text of a commit with these parts.
pub(super) fn text(parts: Parts) -> &'static str {
    static TEXTS: Texts = [const { OnceLock::new() }; Parts::COMBINATIONS];
    find(&TEXTS, parts, || make(parts, 0))
}

/// The text of [`TOGETHER`] commits with these parts, one after the other.
pub(super) fn text_of_many(parts: Parts) -> &'static str {
    static TEXTS: Texts = [const { OnceLock::new() }; Parts::COMBINATIONS];
    find(&TEXTS, parts, || {
        let copies: Vec<_> = (0..TOGETHER).map(|number| make(parts, number)).collect();
        copies.join(";\n")
    })
}

fn find(texts: &'static Texts, parts: Parts, make: impl FnOnce() -> String) -> &'static str {
    // Every combination has a slot.
    let text = texts.get(parts.index());
    text.map_or("", |text| text.get_or_init(make).as_str())
}

/// The text of the commit with this number in a message.
fn make(parts: Parts, number: usize) -> String {
    // From the highest to the lowest, because `$1` is a prefix of `$17`.
    (1..=VALUES)
        .rev()
        .fold(parts.text(FRAGMENTS), |text, value| {
            let (name, place) = (format!("${value}"), number * VALUES + value);
            text.replace(&name, &format!("\u{0}{place}"))
        })
        .replace('\u{0}', "$")
}

/// The number of parameters of a commit.
const VALUES: usize = 22;

/// The parameters of all texts, in their order. Parameters that a text does not name have no value.
#[derive(Default)]
struct Values {
    user: Uuid,
    version: Uuid,
    open: Option<Uuid>,
    state: Option<String>,
    expected: Option<Uuid>,
    revision: Option<(i64, i64)>,
    solved: Option<Vec<u8>>,
    seen: Option<Vec<u8>>,
    contest: Option<Uuid>,
    contest_value: Option<String>,
    key: Option<String>,
    request: Option<String>,
    attempts: Option<String>,
    events: Option<String>,
    last_event: Option<i64>,
    prune_before: Option<Uuid>,
    ranks: Ranks,
}

impl Values {
    /// All values except those of the log and the events.
    fn of(commit: &Commit, parts: Parts) -> Result<Self, StoreError> {
        let record = &commit.record;
        let open = record.open.as_ref();
        let set = |part, set: &OrdinalSet| parts.has(part).then(|| set.to_bytes());
        let revision = commit.revision;
        let mut values = Self {
            user: commit.user.as_uuid(),
            version: record.version.as_uuid(),
            open: open.map(|open| open.id.as_uuid()),
            state: Some(to_json("a user record", record)?),
            expected: commit.expected.map(Version::as_uuid),
            revision: revision.map(|stored| (capped(stored.number), stored.tag.cast_signed())),
            solved: set(SOLVED, &record.solved),
            seen: set(SEEN, &record.seen),
            prune_before: commit.prune_before.map(ContestId::as_uuid),
            ..Self::default()
        };
        if let Some(write) = &commit.contest {
            values.put_contest(commit.user, write)?;
        }
        Ok(values)
    }

    fn bind(self, query: Prepared<'static>) -> Prepared<'static> {
        let (number, tag) = self.revision.unzip();
        query
            .bind(self.user)
            .bind(self.version)
            .bind(self.open)
            .bind(self.state)
            .bind(self.expected)
            .bind(number)
            .bind(tag)
            .bind(self.solved)
            .bind(self.seen)
            .bind(self.contest)
            .bind(self.contest_value)
            .bind(self.key)
            .bind(self.request)
            .bind(self.attempts)
            .bind(self.events)
            .bind(self.last_event)
            .bind(self.prune_before)
            .bind(self.ranks.round)
            .bind(self.ranks.host.rank)
            .bind(self.ranks.host.row)
            .bind(self.ranks.public.rank)
            .bind(self.ranks.public.row)
    }

    fn put_contest(&mut self, user: UserId, write: &ContestWrite) -> Result<(), StoreError> {
        let contest = write.contest();
        self.contest = Some(contest.id.as_uuid());
        self.contest_value = Some(to_json("a contest", contest)?);
        self.ranks = Ranks::of(user, contest);
        if let ContestWrite::Insert { request, .. } = write {
            let key = contest.idempotency.as_ref();
            self.key = key.map(|idempotency| idempotency.key.as_str().to_owned());
            self.request = Some(to_json("a request", request)?);
        }
        Ok(())
    }
}

/// The messages that write a commit.
pub(super) struct Messages {
    pub(super) parts: Parts,
    values: Values,
    /// The entries that do not fit into the first statement of their kind.
    rest: Vec<Prepared<'static>>,
}

impl Messages {
    pub(super) fn of(commit: &Commit, outbox: bool) -> Result<Self, StoreError> {
        let parts = Parts::of(commit, outbox);
        let mut values = Values::of(commit, parts)?;
        let (mut rest, (user, version)) = (Vec::new(), (values.user, values.version));
        let mut further = |text, values: Values| {
            let values = Values {
                user,
                version,
                ..values
            };
            rest.push(values.bind(sqlx::query(text)));
        };
        let mut chunks = commit.attempts.chunks(CHUNK).map(attempts);
        values.attempts = chunks.next().transpose()?;
        for chunk in chunks {
            let attempts = Some(chunk?);
            further(
                PUT_ATTEMPTS,
                Values {
                    attempts,
                    ..Values::default()
                },
            );
        }
        if parts.has(EVENTS) {
            let mut chunks = commit.events.chunks(CHUNK).map(events);
            values.events = chunks.next().transpose()?;
            for chunk in chunks {
                let events = Some(chunk?);
                further(
                    APPEND_EVENTS,
                    Values {
                        events,
                        ..Values::default()
                    },
                );
            }
            let number = |last: &Event| to_signed("the number of an event", last.number.0);
            values.last_event = commit.events.last().map(number).transpose()?;
        }
        Ok(Self {
            parts,
            values,
            rest,
        })
    }

    /// Sends one commit. A failure may leave a part of it in the transaction.
    pub(super) async fn send(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<Claim, sqlx::Error> {
        let (user, relies_on) = (self.values.user, self.values.revision);
        let query = self.values.bind(sqlx::query(text(self.parts)));
        // Reads all rows, because only then all statements run.
        let rows = query.fetch_all(&mut *connection).await?;
        if !is_claimed(&rows, user)? {
            return lost(connection, relies_on).await;
        }
        for message in self.rest {
            message.execute(&mut *connection).await?;
        }
        Ok(Claim::Kept)
    }

    /// Whether it can be sent with others of the same parts.
    pub(super) fn is_single(&self) -> bool {
        self.rest.is_empty()
    }

    /// Sends [`TOGETHER`] single commits of the same parts as one message.
    pub(super) async fn send_many(
        many: Vec<Self>,
        parts: Parts,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<Claim>, sqlx::Error> {
        let mut query = sqlx::query(text_of_many(parts));
        let mut sent = Vec::with_capacity(many.len());
        for one in many {
            sent.push((one.values.user, one.values.revision));
            query = one.values.bind(query);
        }
        let rows = query.fetch_all(&mut *connection).await?;
        let mut claims = Vec::with_capacity(sent.len());
        for (user, relies_on) in sent {
            claims.push(if is_claimed(&rows, user)? {
                Claim::Kept
            } else {
                lost(connection, relies_on).await?
            });
        }
        Ok(claims)
    }
}

fn is_claimed(rows: &[SqliteRow], user: Uuid) -> Result<bool, sqlx::Error> {
    for row in rows {
        if row.try_get::<Uuid, _>(0)? == user {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why a commit was not claimed.
async fn lost(
    connection: &mut SqliteConnection,
    relies_on: Option<(i64, i64)>,
) -> Result<Claim, sqlx::Error> {
    let Some((number, tag)) = relies_on else {
        return Ok(Claim::Conflict);
    };
    let query = sqlx::query(IS_REVISION).bind(number).bind(tag);
    let found = query.fetch_optional(connection).await?;
    Ok(found.map_or(Claim::Outdated, |_| Claim::Conflict))
}

fn attempts(attempts: &[AttemptRecord]) -> Result<String, StoreError> {
    let mut entries = Vec::with_capacity(attempts.len());
    for attempt in attempts {
        entries.push((
            attempt.at.as_micros(),
            attempt.problem,
            from_contest(attempt.contest),
            from_submission(attempt.submission.as_ref()),
            attempt.verdict.as_str(),
            from_score(attempt.score.as_ref())?,
            attempt.epoch,
            attempt.recorded_at.as_micros(),
            attempt.undone_at.map(Timestamp::as_micros),
        ));
    }
    to_json("attempts", &entries)
}

fn events(events: &[Event]) -> Result<String, StoreError> {
    let entry = |event: &Event| {
        let at = event.at.as_micros();
        Ok((event.number, at, to_json("an event", event)?))
    };
    let entries: Result<Vec<_>, StoreError> = events.iter().map(entry).collect();
    to_json("events", &entries?)
}

/// The outcome of a commit inside its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Kept,
    Conflict,
    Outdated,
}

impl Claim {
    pub(super) fn kept(self) -> Result<(), CommitError> {
        match self {
            Self::Kept => Ok(()),
            Self::Conflict => Err(CommitError::Conflict),
            Self::Outdated => Err(CommitError::Outdated),
        }
    }
}
