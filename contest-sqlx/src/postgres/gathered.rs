//! Commits of several users as one statement.
//!
//! Each commit is claimed, or not, by itself. The statement first locks the users in the order of their ids,
//! so statements cannot deadlock. It skips users that another statement has locked; their commits go alone.
//! It never waits for a lock.
//!
//! The statement is about several users, so it cannot go to one shard: see
//! [`PgStore::with_gathering`].

use std::collections::BTreeMap;

use contest_core::store::{Commit, CommitError, ContestWrite, StoreError};
use contest_core::user::ContestRecord;
use futures::FutureExt as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PgStore;
use super::call::Fault;
use super::cells::column;
use super::commit::{AttemptColumns, EventColumns, commit_error, not_claimed};
use super::error::from_sqlx;
use super::sql::Prepared;
use crate::encoding::{Ranked, Ranks, to_json, to_signed};
use crate::gather::{Gatherer, Outcome};

/// How many commits or batches run at once. With more places, batches are smaller, and a small batch costs
/// more than separate commits.
const PLACES: usize = 1;

/// The parts are those of [`super::commit`], each over the rows of all users. A user who is not claimed
/// gets no rows.
///
/// The arrays come from sub-selects, which hide their length from the planner. Otherwise the server would
/// plan the statement again for each number of users, which takes longer than running it.
pub(super) const COMMIT_TOGETHER: &str = "
WITH batch AS (
    SELECT * FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::uuid[]),
        (SELECT $4::uuid[]), (SELECT $5::text[]), (SELECT $6::bytea[]), (SELECT $7::bytea[]),
        (SELECT $8::bigint[]), (SELECT $9::bigint[]))
        b (user_id, expected, version, open_contest, state, solved, seen, number, tag)
), locked AS (
    SELECT u.user_id FROM {schema}.user_records u WHERE u.user_id = ANY ((SELECT $1::uuid[])::uuid[])
    ORDER BY u.user_id FOR UPDATE SKIP LOCKED
), claim AS (
    UPDATE {schema}.user_records u SET version = b.version, open_contest = b.open_contest,
        state = b.state, solved = coalesce(b.solved, u.solved), seen = coalesce(b.seen, u.seen)
    FROM batch b JOIN locked l ON l.user_id = b.user_id, {schema}.catalogue_state s
    WHERE u.user_id = b.user_id AND u.version = b.expected
        AND (b.number IS NULL OR b.number = s.number AND b.tag = s.tag)
    RETURNING u.user_id
), new_contests AS (
    INSERT INTO {schema}.contests (user_id, contest_id, key, value, round, host_rank, host_row,
        public_rank, public_row)
    SELECT c.user_id, c.contest_id, c.key, c.value, c.round, c.host_rank, c.host_row, c.public_rank,
        c.public_row
    FROM unnest((SELECT $10::uuid[]), (SELECT $11::uuid[]), (SELECT $12::text[]),
        (SELECT $13::uuid[]), (SELECT $14::bytea[]), (SELECT $15::bytea[]), (SELECT $16::bytea[]),
        (SELECT $17::bytea[]), (SELECT $18::text[]))
        c (user_id, contest_id, value, round, host_rank, host_row, public_rank, public_row, key)
    JOIN claim ON claim.user_id = c.user_id
), new_requests AS (
    INSERT INTO {schema}.contest_requests (user_id, contest_id, value)
    SELECT c.user_id, c.contest_id, c.request
    FROM unnest((SELECT $10::uuid[]), (SELECT $11::uuid[]), (SELECT $19::text[]))
        c (user_id, contest_id, request)
    JOIN claim ON claim.user_id = c.user_id
), contests AS (
    UPDATE {schema}.contests t SET value = c.value, host_rank = c.host_rank, host_row = c.host_row,
        public_rank = c.public_rank, public_row = c.public_row
    FROM unnest((SELECT $20::uuid[]), (SELECT $21::uuid[]), (SELECT $22::text[]),
        (SELECT $23::bytea[]), (SELECT $24::bytea[]), (SELECT $25::bytea[]), (SELECT $26::bytea[]))
        c (user_id, contest_id, value, host_rank, host_row, public_rank, public_row)
    JOIN claim ON claim.user_id = c.user_id
    WHERE t.user_id = c.user_id AND t.contest_id = c.contest_id
), put_attempts AS (
    INSERT INTO {schema}.attempts (user_id, at, problem, contest, submission, verdict, score, epoch,
        recorded_at, undone_at)
    SELECT e.* FROM unnest((SELECT $27::uuid[]), (SELECT $28::timestamptz[]), (SELECT $29::uuid[]),
        (SELECT $30::uuid[]), (SELECT $31::text[]), (SELECT $32::text[]), (SELECT $33::text[]),
        (SELECT $34::bigint[]), (SELECT $35::timestamptz[]), (SELECT $36::timestamptz[]))
        e (user_id, at, problem, contest, submission, verdict, score, epoch, recorded_at, undone_at)
    JOIN claim ON claim.user_id = e.user_id
    ON CONFLICT (user_id, at, problem, contest, submission) DO UPDATE
    SET verdict = excluded.verdict, score = excluded.score, epoch = excluded.epoch,
        recorded_at = excluded.recorded_at, undone_at = excluded.undone_at
), new_events AS (
    INSERT INTO {schema}.user_events (user_id, number, at, value)
    SELECT e.* FROM unnest((SELECT $37::uuid[]), (SELECT $38::bigint[]),
        (SELECT $39::timestamptz[]), (SELECT $40::text[]))
        e (user_id, number, at, value) JOIN claim ON claim.user_id = e.user_id
), deliveries AS (
    INSERT INTO {schema}.event_deliveries (user_id, last, waiting)
    SELECT e.user_id, e.last, true FROM unnest((SELECT $41::uuid[]), (SELECT $42::bigint[])) e (user_id, last)
    JOIN claim ON claim.user_id = e.user_id
    ON CONFLICT (user_id) DO UPDATE SET last = excluded.last, waiting = true
)
SELECT l.user_id, claim.user_id IS NOT NULL AS claimed, s.number, s.tag
FROM locked l LEFT JOIN claim ON claim.user_id = l.user_id, {schema}.catalogue_state s";

impl PgStore {
    /// Makes a commit, together with others if gathering is on.
    pub(super) async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let alone = self.commit_alone(commit);
        match &self.inner.gatherer {
            // A user without a record has no row to lock; and deleting contests is rare.
            Some(gatherer) if commit.expected.is_some() && commit.prune_before.is_none() => {
                let store = self.clone();
                let together = move |commits: Vec<Commit>| {
                    let made = async move { store.commit_together(&commits).await };
                    made.boxed()
                };
                gatherer.commit(commit, alone, together).await
            }
            _ => alone.await,
        }
    }

    pub(super) fn gatherer() -> Gatherer {
        Gatherer::new(PLACES)
    }

    /// The outcomes, in the order of the commits.
    async fn commit_together(&self, commits: &[Commit]) -> Vec<Outcome> {
        if let [commit] = commits {
            return vec![Outcome::Ended(self.commit_alone(commit).await)];
        }
        let all = |outcome: &dyn Fn() -> Outcome| commits.iter().map(|_| outcome()).collect();
        let query = self.sql().commit_together.query();
        let Ok(query) = bind(query, commits, self.inner.kind.outbox) else {
            // One has a value that cannot be stored.
            return all(&|| Outcome::Alone);
        };
        let rows = match self.fetch_once(query).await {
            Ok(rows) => rows,
            Err(Fault::Unsent(error)) => {
                let error = from_sqlx(error);
                return all(&|| Outcome::Ended(Err(CommitError::Failed(error.clone()))));
            }
            Err(fault) => {
                return match commit_error(fault) {
                    CommitError::Unknown(error) => {
                        all(&|| Outcome::Ended(Err(CommitError::Unknown(error.clone()))))
                    }
                    // Nothing was written, because of one of them.
                    _ => all(&|| Outcome::Alone),
                };
            }
        };
        match outcomes(&rows, commits) {
            Ok(outcomes) => outcomes,
            // The statement was committed, even if its answer cannot be read.
            Err(error) => all(&|| Outcome::Ended(Err(CommitError::Unknown(error.clone())))),
        }
    }
}

fn outcomes(rows: &[PgRow], commits: &[Commit]) -> Result<Vec<Outcome>, StoreError> {
    let mut by_user = BTreeMap::new();
    for row in rows {
        by_user.insert(column::<Uuid>(row, "user_id")?, row);
    }
    let outcome = |commit: &Commit| {
        let Some(row) = by_user.get(&commit.user.as_uuid()) else {
            return Ok(Outcome::Alone);
        };
        let outcome = if column(row, "claimed")? {
            Ok(())
        } else {
            Err(not_claimed(row, commit.revision)?)
        };
        Ok(Outcome::Ended(outcome))
    };
    commits.iter().map(outcome).collect()
}

/// Binds the parameters: users, new contests, changed contests, attempts, events.
fn bind(query: Prepared, commits: &[Commit], outbox: bool) -> Result<Prepared, StoreError> {
    let (mut attempts, mut events) = (AttemptColumns::default(), EventColumns::default());
    let (mut last_of, mut last) = (Vec::new(), Vec::new());
    for commit in commits {
        attempts.add(commit.user, &commit.attempts)?;
        if outbox && !commit.events.is_empty() {
            events.add(commit.user, &commit.events)?;
            last_of.push(commit.user.as_uuid());
            last.extend(events.numbers.last().copied());
        }
    }
    let query = bind_users(query, commits)?;
    let query = bind_contests(query, commits)?;
    let query = query.bind(std::mem::take(&mut attempts.users));
    let query = attempts.bind(query).bind(std::mem::take(&mut events.users));
    Ok(events.bind(query).bind(last_of).bind(last))
}

fn bind_users(query: Prepared, commits: &[Commit]) -> Result<Prepared, StoreError> {
    let of = |value: fn(&Commit) -> Uuid| commits.iter().map(value).collect::<Vec<_>>();
    let expected = commits
        .iter()
        .map(|commit| Some(commit.expected?.as_uuid()));
    let open = commits
        .iter()
        .map(|commit| Some(commit.record.open.as_ref()?.id.as_uuid()));
    let states = commits
        .iter()
        .map(|commit| to_json("the record", &commit.record));
    let solved = commits
        .iter()
        .map(|of| of.solved_changed.then(|| of.record.solved.to_bytes()));
    let seen = commits
        .iter()
        .map(|of| of.seen_changed.then(|| of.record.seen.to_bytes()));
    let numbers = commits.iter().map(|commit| {
        let number = commit
            .revision
            .map(|of| to_signed("the revision", of.number));
        number.transpose()
    });
    let tags = commits
        .iter()
        .map(|commit| Some(commit.revision?.tag.cast_signed()));
    Ok(query
        .bind(of(|commit| commit.user.as_uuid()))
        .bind(expected.collect::<Vec<_>>())
        .bind(of(|commit| commit.record.version.as_uuid()))
        .bind(open.collect::<Vec<_>>())
        .bind(states.collect::<Result<Vec<_>, _>>()?)
        .bind(solved.collect::<Vec<_>>())
        .bind(seen.collect::<Vec<_>>())
        .bind(numbers.collect::<Result<Vec<_>, _>>()?)
        .bind(tags.collect::<Vec<_>>()))
}

/// Contests, column by column.
#[derive(Default)]
struct ContestColumns {
    users: Vec<Uuid>,
    ids: Vec<Uuid>,
    values: Vec<String>,
    rounds: Vec<Option<Uuid>>,
    host: RankedColumns,
    public: RankedColumns,
}

/// The rows of a view, column by column.
#[derive(Default)]
struct RankedColumns {
    ranks: Vec<Option<Vec<u8>>>,
    rows: Vec<Option<Vec<u8>>>,
}

impl RankedColumns {
    fn add(&mut self, ranked: Ranked) {
        self.ranks.push(ranked.rank);
        self.rows.push(ranked.row);
    }

    fn bind(self, query: Prepared) -> Prepared {
        query.bind(self.ranks).bind(self.rows)
    }
}

impl ContestColumns {
    fn add(&mut self, commit: &Commit, contest: &ContestRecord) -> Result<(), StoreError> {
        let ranks = Ranks::of(commit.user, contest);
        self.users.push(commit.user.as_uuid());
        self.ids.push(contest.id.as_uuid());
        self.values.push(to_json("the contest", contest)?);
        self.rounds.push(ranks.round);
        self.host.add(ranks.host);
        self.public.add(ranks.public);
        Ok(())
    }
}

fn bind_contests(query: Prepared, commits: &[Commit]) -> Result<Prepared, StoreError> {
    let [mut new, mut changed] = [(); 2].map(|()| ContestColumns::default());
    let (mut keys, mut requests) = (Vec::new(), Vec::new());
    for commit in commits {
        match &commit.contest {
            Some(ContestWrite::Insert { contest, request }) => {
                new.add(commit, contest)?;
                let key = contest.idempotency.as_ref();
                keys.push(key.map(|idempotency| idempotency.key.as_str().to_owned()));
                requests.push(to_json("the request", request)?);
            }
            Some(ContestWrite::Update(contest)) => changed.add(commit, contest)?,
            None => {}
        }
    }
    let query = query.bind(new.users).bind(new.ids).bind(new.values);
    let query = new.host.bind(query.bind(new.rounds));
    let query = new.public.bind(query).bind(keys).bind(requests);
    let query = query.bind(changed.users).bind(changed.ids);
    let query = changed.host.bind(query.bind(changed.values));
    Ok(changed.public.bind(query))
}
