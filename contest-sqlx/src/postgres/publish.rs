//! Publishing a catalogue: one transaction.
//!
//! What takes long with a million problems, sending them over and comparing them, happens first and
//! is in nobody's way. Only then, and only if a stored problem changes, are the counters locked, so
//! that every step that counts a solve lies before the change or after it and the counts follow the
//! revision. Reads go on all the while, and see the change whole when it is committed.

use std::sync::Arc;

use contest_core::catalogue::Catalogue;
use contest_core::id::ProblemId;
use contest_core::model::{Problem, Slug, Topic};
use contest_core::store::{PublishError, StoreError};
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::PgStore;
use super::error::{from_sqlx, inconsistent};
use super::rows::{difficulty_code, rating_code};
use super::sql::Statements;
use super::transaction::begin;

/// Problems sent in one statement.
const CHUNK: usize = 10_000;
/// What joins the topics of a problem on their way: topics have no control characters.
const SEPARATOR: &str = "\u{1f}";

/// One publication at a time.
pub(super) const LOCK_CATALOGUE: &str = "
SELECT revision FROM {schema}.catalogue_state FOR UPDATE";

const CREATE_INCOMING: &str = "
CREATE TEMPORARY TABLE contest_incoming (
    id uuid PRIMARY KEY, slug text NOT NULL, title text NOT NULL, difficulty smallint NOT NULL,
    topics text[] NOT NULL, link text, position bigint NOT NULL, retired boolean NOT NULL,
    rating smallint
) ON COMMIT DROP";

const SEND_CHUNK: &str = "
INSERT INTO pg_temp.contest_incoming
SELECT id, slug, title, difficulty, string_to_array(topics, E'\\x1f'), link, position, retired,
       rating
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[],
            $7::bigint[], $8::boolean[], $9::smallint[])
     AS i (id, slug, title, difficulty, topics, link, position, retired, rating)";

const ANALYZE_INCOMING: &str = "ANALYZE pg_temp.contest_incoming";

pub(super) const FIND_TAKEN_SLUG: &str = "
SELECT p.slug, p.id
FROM pg_temp.contest_incoming i JOIN {schema}.problems p ON p.slug = i.slug
WHERE NOT EXISTS (SELECT FROM pg_temp.contest_incoming j WHERE j.id = p.id)
ORDER BY p.position, p.slug COLLATE \"C\" LIMIT 1";

/// The stored problems that change: what they become, and what counted so far.
pub(super) const FIND_CHANGES: &str = "
CREATE TEMPORARY TABLE contest_changes ON COMMIT DROP AS
SELECT p.id, i.slug, i.title, i.difficulty, i.topics, i.link, i.position, i.retired, i.rating,
       p.difficulty AS old_difficulty, p.topics AS old_topics, p.retired AS old_retired
FROM {schema}.problems p JOIN pg_temp.contest_incoming i ON i.id = p.id
WHERE (i.slug, i.title, i.difficulty, i.topics, i.link, i.position, i.retired, i.rating)
      IS DISTINCT FROM
      (p.slug, p.title, p.difficulty, p.topics, p.link, p.position, p.retired, p.rating)
UNION ALL
SELECT p.id, p.slug, p.title, p.difficulty, p.topics, p.link, p.position, true, p.rating,
       p.difficulty, p.topics, false
FROM {schema}.problems p
WHERE NOT p.retired AND NOT EXISTS (SELECT FROM pg_temp.contest_incoming i WHERE i.id = p.id)";

/// Those whose slug is free. The others come when the slugs that change have been parked.
pub(super) const INSERT_NEW: &str = "
INSERT INTO {schema}.problems
    (id, slug, title, difficulty, topics, link, position, retired, rating)
SELECT i.id, i.slug, i.title, i.difficulty, i.topics, i.link, i.position, i.retired, i.rating
FROM pg_temp.contest_incoming i
WHERE NOT EXISTS (SELECT FROM {schema}.problems p WHERE p.id = i.id)
  AND NOT EXISTS (SELECT FROM {schema}.problems p WHERE p.slug = i.slug)";

/// Waits for the steps that are counting, and holds back those that want to; reads pass.
pub(super) const LOCK_COUNTERS: &str = "
LOCK TABLE {schema}.user_progress IN SHARE ROW EXCLUSIVE MODE";

/// Out of the way of each other: problems may swap slugs. No slug has a slash.
pub(super) const PARK_SLUGS: &str = "
UPDATE {schema}.problems p SET slug = '/' || p.id
FROM pg_temp.contest_changes c WHERE p.id = c.id AND p.slug <> c.slug";

pub(super) const UPDATE_CHANGED: &str = "
UPDATE {schema}.problems p
SET slug = c.slug, title = c.title, difficulty = c.difficulty, topics = c.topics, link = c.link,
    position = c.position, retired = c.retired, rating = c.rating
FROM pg_temp.contest_changes c WHERE p.id = c.id";

pub(super) const SHIFT_DIFFICULTIES: &str = "
WITH shifts AS (
    SELECT s.user_id,
        sum((NOT c.retired AND c.difficulty = 1)::int
            - (NOT c.old_retired AND c.old_difficulty = 1)::int) AS easy,
        sum((NOT c.retired AND c.difficulty = 2)::int
            - (NOT c.old_retired AND c.old_difficulty = 2)::int) AS medium,
        sum((NOT c.retired AND c.difficulty = 3)::int
            - (NOT c.old_retired AND c.old_difficulty = 3)::int) AS hard
    FROM pg_temp.contest_changes c JOIN {schema}.solves s
         ON uuid_send(s.problem_id) = uuid_send(c.id)
    WHERE (c.difficulty, c.topics, c.retired) <> (c.old_difficulty, c.old_topics, c.old_retired)
    GROUP BY s.user_id
)
UPDATE {schema}.user_progress p
SET version = p.version + 1, easy = p.easy + s.easy, medium = p.medium + s.medium,
    hard = p.hard + s.hard
FROM shifts s WHERE p.user_id = s.user_id";

pub(super) const SHIFT_TOPICS: &str = "
WITH by_problem AS (
    SELECT id, topic, sum(shift) AS shift
    FROM (
        SELECT DISTINCT id, unnest(topics) AS topic, 1 AS shift
        FROM pg_temp.contest_changes WHERE NOT retired
        UNION ALL
        SELECT DISTINCT id, unnest(old_topics), -1
        FROM pg_temp.contest_changes WHERE NOT old_retired
    ) AS each
    GROUP BY id, topic HAVING sum(shift) <> 0
), shifts AS (
    SELECT s.user_id, b.topic, sum(b.shift) AS shift
    FROM by_problem b JOIN {schema}.solves s
         ON uuid_send(s.problem_id) = uuid_send(b.id)
    GROUP BY s.user_id, b.topic HAVING sum(b.shift) <> 0
), shifted AS (
    UPDATE {schema}.user_topics t SET solved = t.solved + s.shift
    FROM shifts s WHERE t.user_id = s.user_id AND t.topic = s.topic
)
INSERT INTO {schema}.user_topics (user_id, topic, solved)
SELECT s.user_id, s.topic, s.shift FROM shifts s
WHERE NOT EXISTS (
    SELECT FROM {schema}.user_topics t WHERE t.user_id = s.user_id AND t.topic = s.topic)";

pub(super) const NEXT_REVISION: &str = "
UPDATE {schema}.catalogue_state SET revision = revision + 1 RETURNING revision";

impl PgStore {
    pub(super) async fn publish(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        let mut connection = self.dedicated().await.map_err(from_sqlx)?;
        let mut transaction = begin(&mut connection).await.map_err(from_sqlx)?;
        let revision = publish_in(&mut transaction, self.sql(), catalogue).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        u64::try_from(revision).map_err(|error| {
            inconsistent("catalogue_state", "revision", "of the catalogue", error).into()
        })
    }
}

async fn publish_in(
    connection: &mut PgConnection,
    sql: &Statements,
    catalogue: &Catalogue,
) -> Result<i64, PublishError> {
    let lock = sql.lock_catalogue.query().fetch_one(&mut *connection).await;
    let stored: i64 = lock.and_then(|row| row.try_get(0)).map_err(from_sqlx)?;
    send(connection, catalogue).await.map_err(from_sqlx)?;
    if let Some((slug, stored)) = find_taken_slug(connection, sql).await? {
        return Err(PublishError::SlugTaken { slug, stored });
    }
    let changed = store(connection, sql).await.map_err(from_sqlx)?;
    if !changed {
        return Ok(stored);
    }
    let next = sql.next_revision.query().fetch_one(&mut *connection).await;
    Ok(next.and_then(|row| row.try_get(0)).map_err(from_sqlx)?)
}

/// Sends all problems into a table of the transaction.
async fn send(connection: &mut PgConnection, catalogue: &Catalogue) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(CREATE_INCOMING)
        .execute(&mut *connection)
        .await?;
    for chunk in catalogue.problems().chunks(CHUNK) {
        send_chunk(connection, chunk).await?;
    }
    sqlx::raw_sql(ANALYZE_INCOMING)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn send_chunk(
    connection: &mut PgConnection,
    problems: &[Arc<Problem>],
) -> Result<(), sqlx::Error> {
    let topics = |problem: &Arc<Problem>| {
        let topics: Vec<_> = problem.topics.iter().map(Topic::as_str).collect();
        topics.join(SEPARATOR)
    };
    sqlx::query(SEND_CHUNK)
        .bind(column(problems, |p| p.id.as_uuid()))
        .bind(column(problems, |p| p.slug.as_str()))
        .bind(column(problems, |p| p.title.as_str()))
        .bind(column(problems, |p| difficulty_code(p.difficulty)))
        .bind(column(problems, topics))
        .bind(column(problems, |p| p.link.as_deref()))
        .bind(column(problems, |p| i64::from(p.position)))
        .bind(column(problems, |p| p.retired))
        .bind(column(problems, |p| p.rating.map(rating_code)))
        .execute(connection)
        .await?;
    Ok(())
}

fn column<'p, T>(problems: &'p [Arc<Problem>], value: impl Fn(&'p Arc<Problem>) -> T) -> Vec<T> {
    problems.iter().map(value).collect()
}

async fn find_taken_slug(
    connection: &mut PgConnection,
    sql: &Statements,
) -> Result<Option<(Slug, ProblemId)>, StoreError> {
    let query = sql.find_taken_slug.query().fetch_optional(connection);
    let Some(row) = query.await.map_err(from_sqlx)? else {
        return Ok(None);
    };
    let slug: String = row.try_get("slug").map_err(from_sqlx)?;
    let id = row.try_get("id").map_err(from_sqlx)?;
    let slug = Slug::new(slug).map_err(|error| inconsistent("problems", "slug", id, error))?;
    Ok(Some((slug, ProblemId::from_uuid(id))))
}

/// Stores what was sent, with what it does to the counters. Says whether anything changed.
async fn store(connection: &mut PgConnection, sql: &Statements) -> Result<bool, sqlx::Error> {
    let mut run = async |statement: &super::sql::Sql| {
        let result = statement.query().execute(&mut *connection).await?;
        Ok::<_, sqlx::Error>(result.rows_affected() > 0)
    };
    let changes = run(&sql.find_changes).await?;
    let inserted = run(&sql.insert_new).await?;
    if changes {
        run(&sql.lock_counters).await?;
        run(&sql.park_slugs).await?;
        run(&sql.update_changed).await?;
        run(&sql.insert_new).await?;
        run(&sql.shift_difficulties).await?;
        run(&sql.shift_topics).await?;
    }
    Ok(changes || inserted)
}
