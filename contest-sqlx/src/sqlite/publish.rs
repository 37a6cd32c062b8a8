//! Publishing a catalogue.
//!
//! The new catalogue goes to a temporary table first, in pieces; everything after that is done by
//! the database on whole tables. All of it is one transaction, the temporary tables included: a
//! rollback takes them away.

use std::sync::Arc;

use contest_core::ProblemId;
use contest_core::catalogue::Catalogue;
use contest_core::model::{Problem, Rating, Slug, Topic};
use contest_core::store::{PublishError, StoreError};
use futures::TryStreamExt;
use sqlx::{Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::Cells;

/// How many problems one statement takes.
const CHUNK: usize = 1_000;

const PREPARE: &str = "
CREATE TEMP TABLE incoming (
    id BLOB NOT NULL PRIMARY KEY, slug TEXT NOT NULL, title TEXT NOT NULL,
    difficulty TEXT NOT NULL, topics TEXT NOT NULL, link TEXT, position INTEGER NOT NULL,
    retired INTEGER NOT NULL, rating INTEGER
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE regraded (id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE recounted (user_id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;";

const CLEAN_UP: &str = "
DROP TABLE temp.incoming; DROP TABLE temp.regraded; DROP TABLE temp.recounted;";

const UPLOAD: &str = "
INSERT INTO temp.incoming
    (id, slug, title, difficulty, topics, link, position, retired, rating)
SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value -> 4, value ->> 5,
       value ->> 6, value ->> 7, value ->> 8
FROM json_each(?1)";

const MISSING: &str = "
SELECT p.id, p.slug FROM problems p
WHERE NOT EXISTS (SELECT 1 FROM temp.incoming i WHERE i.id = p.id) ORDER BY p.position, p.slug";

/// Problems whose solves count differently afterwards.
const FIND_REGRADED: &str = "
INSERT INTO temp.regraded (id)
SELECT p.id FROM problems p LEFT JOIN temp.incoming i ON i.id = p.id
WHERE CASE WHEN i.id IS NULL THEN NOT p.retired
      ELSE (p.difficulty, p.topics, p.retired) IS NOT (i.difficulty, i.topics, i.retired) END";

const FIND_RECOUNTED: &str = "
INSERT INTO temp.recounted (user_id)
SELECT DISTINCT s.user_id FROM solves s CROSS JOIN temp.regraded r ON r.id = s.problem_id";

const RETIRE_MISSING: &str = "
UPDATE problems SET retired = 1
WHERE NOT retired AND NOT EXISTS (SELECT 1 FROM temp.incoming i WHERE i.id = problems.id)";

/// Slugs that change give way first, to something that is no slug: two problems may swap theirs, and
/// SQLite checks uniqueness row by row.
const FREE_SLUGS: &str = "
UPDATE problems SET slug = '!' || hex(id)
WHERE id IN (SELECT p.id FROM temp.incoming i CROSS JOIN problems p ON p.id = i.id
             WHERE p.slug <> i.slug)";

const APPLY: &str = "
INSERT INTO problems (id, slug, title, difficulty, topics, link, position, retired, rating)
SELECT i.id, i.slug, i.title, i.difficulty, i.topics, i.link, i.position, i.retired, i.rating
FROM temp.incoming i LEFT JOIN problems p ON p.id = i.id
WHERE p.id IS NULL
   OR (p.slug, p.title, p.difficulty, p.topics, p.link, p.position, p.retired, p.rating)
      IS NOT (i.slug, i.title, i.difficulty, i.topics, i.link, i.position, i.retired, i.rating)
ON CONFLICT (id) DO UPDATE SET
    slug = excluded.slug, title = excluded.title, difficulty = excluded.difficulty,
    topics = excluded.topics, link = excluded.link, position = excluded.position,
    retired = excluded.retired, rating = excluded.rating";

const RECOUNT_DIFFICULTIES: &str = "
UPDATE user_progress SET (easy, medium, hard) = (
    SELECT count(*) FILTER (WHERE p.difficulty = 'Easy'),
           count(*) FILTER (WHERE p.difficulty = 'Medium'),
           count(*) FILTER (WHERE p.difficulty = 'Hard')
    FROM solves s CROSS JOIN problems p ON p.id = s.problem_id
    WHERE s.user_id = user_progress.user_id AND NOT p.retired)
WHERE user_id IN (SELECT user_id FROM temp.recounted)";

const FORGET_TOPICS: &str = "
DELETE FROM user_topics WHERE user_id IN (SELECT user_id FROM temp.recounted)";

const RECOUNT_TOPICS: &str = "
INSERT INTO user_topics (user_id, topic, solved)
SELECT r.user_id, t.value, count(*)
FROM temp.recounted r
CROSS JOIN solves s ON s.user_id = r.user_id
CROSS JOIN problems p ON p.id = s.problem_id
CROSS JOIN json_each(p.topics) t
WHERE NOT p.retired GROUP BY r.user_id, t.value";

const REVISION: &str = "SELECT revision FROM catalogue_state";

const NEXT_REVISION: &str = "
UPDATE catalogue_state SET revision = revision + 1 RETURNING revision";

impl SqliteStore {
    pub(super) async fn publish(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        upload(&mut transaction, catalogue).await?;
        check_slugs(&mut transaction, catalogue).await?;
        find_recounted(&mut transaction).await?;
        if !apply(&mut transaction).await? {
            return Ok(revision(&mut transaction, REVISION).await?);
        }
        recount(&mut transaction).await?;
        let revision = revision(&mut transaction, NEXT_REVISION).await?;
        run_script(&mut transaction, CLEAN_UP).await?;
        commit(transaction).await?;
        Ok(revision)
    }
}

/// Puts the catalogue into the temporary table, in the order of its key.
async fn upload(
    connection: &mut SqliteConnection,
    catalogue: &Catalogue,
) -> Result<(), StoreError> {
    run_script(connection, PREPARE).await?;
    let mut problems: Vec<&Problem> = catalogue.problems().iter().map(Arc::as_ref).collect();
    problems.sort_unstable_by_key(|problem| problem.id);
    for chunk in problems.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|problem| fields(problem)).collect();
        let json = serde_json::to_string(&rows).map_err(|error| {
            StoreError::permanent("writing problems as JSON").with_source(error)
        })?;
        execute(connection, once(UPLOAD).bind(json)).await?;
    }
    Ok(())
}

/// What [`UPLOAD`] takes of a problem.
type Fields<'p> = (
    String,
    &'p str,
    &'p str,
    &'p str,
    &'p [Topic],
    Option<&'p str>,
    u32,
    bool,
    Option<u16>,
);

fn fields(problem: &Problem) -> Fields<'_> {
    (
        problem.id.as_uuid().simple().to_string(),
        problem.slug.as_str(),
        problem.title.as_str(),
        problem.difficulty.as_str(),
        &problem.topics,
        problem.link.as_deref(),
        problem.position,
        problem.retired,
        problem.rating.map(Rating::get),
    )
}

/// Refuses a slug that a stored problem has and the catalogue gives to another one.
async fn check_slugs(
    connection: &mut SqliteConnection,
    catalogue: &Catalogue,
) -> Result<(), PublishError> {
    let mut missing = sqlx::query(MISSING).persistent(false).fetch(connection);
    let failed = during("comparing slugs");
    while let Some(row) = missing.try_next().await.map_err(&failed)? {
        let cells = Cells {
            row: &row,
            table: "problems",
        };
        let slug = Slug::new(cells.get::<&str>("slug")?)
            .map_err(|error| cells.wrong("slug", &error).with_source(error))?;
        if catalogue.by_slug(&slug).is_some() {
            let stored: ProblemId = cells.id("id")?;
            return Err(PublishError::SlugTaken { slug, stored });
        }
    }
    Ok(())
}

/// Collects the users who solved something that counts differently afterwards. Looks through all
/// solves if there is such a problem, and at none if there is none.
async fn find_recounted(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    if execute(connection, once(FIND_REGRADED)).await? > 0 {
        execute(connection, once(FIND_RECOUNTED)).await?;
    }
    Ok(())
}

/// Makes the stored problems equal to the new ones. Says whether they were not.
async fn apply(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let mut changes = 0;
    for statement in [RETIRE_MISSING, FREE_SLUGS, APPLY] {
        changes += execute(connection, once(statement)).await?;
    }
    Ok(changes > 0)
}

/// Counts the solves of the collected users anew.
async fn recount(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for statement in [RECOUNT_DIFFICULTIES, FORGET_TOPICS, RECOUNT_TOPICS] {
        execute(connection, once(statement)).await?;
    }
    Ok(())
}

async fn revision(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<u64, StoreError> {
    let row = once(statement)
        .fetch_one(connection)
        .await
        .map_err(during("reading the revision"))?;
    let cells = Cells {
        row: &row,
        table: "catalogue_state",
    };
    cells.count("revision")
}

/// A statement that is not worth keeping prepared.
fn once(statement: &'static str) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(statement).persistent(false)
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: Query<'_, Sqlite, SqliteArguments>,
) -> Result<u64, StoreError> {
    let done = statement.execute(connection).await;
    let done = done.map_err(during("publishing a catalogue"))?;
    Ok(done.rows_affected())
}

async fn run_script(
    connection: &mut SqliteConnection,
    script: &'static str,
) -> Result<(), StoreError> {
    let done = sqlx::raw_sql(script).execute(connection).await;
    done.map_err(during("preparing a publication"))?;
    Ok(())
}
