//! The catalogue: loading and publishing.

use std::sync::Arc;

use async_trait::async_trait;
use contest_core::catalogue::{Revision, StoredProblem};
use contest_core::store::{
    CatalogueChanges, CatalogueRepository, CommitError, PublicationCommit, StoreError,
};
use futures::TryStreamExt;
use serde::Serialize;
use sqlx::SqliteConnection;

use super::cells::{Cells, capped};
use super::commit::CHUNK;
use super::error::during;
use super::pool::begin;
use super::{Prepared, SqliteStore, finish, refused};
use crate::encoding::{inconsistent, to_json, to_signed};

/// The first row has the stored revision, and whether `(?1, ?2)` is that revision or certainly an earlier
/// one, because it was the last to change some problem. The other rows are the problems changed since, or
/// all problems. The query names the index because the planner expects that most problems changed.
pub(super) const LOAD: &str = "
WITH k AS MATERIALIZED (
    SELECT number, tag, (number, tag) = (?1, ?2) IS TRUE
        OR EXISTS (SELECT 1 FROM problems WHERE number = ?1 AND tag = ?2) AS known
    FROM catalogue_state)
SELECT number, tag, NOT known AS whole, NULL AS id, NULL AS ordinal, NULL AS value FROM k
UNION ALL
SELECT NULL, NULL, NULL, p.id, p.ordinal, p.value FROM k CROSS JOIN problems p WHERE NOT k.known
UNION ALL
SELECT NULL, NULL, NULL, p.id, p.ordinal, p.value
FROM k CROSS JOIN problems p INDEXED BY problems_by_revision WHERE k.known AND p.number > ?1";

pub(super) const CLAIM: &str = "
UPDATE catalogue_state SET number = ?3, tag = ?4 WHERE number = ?1 AND tag = ?2";

pub(super) const PUT: &str = "
INSERT INTO problems (id, ordinal, number, tag, value)
SELECT unhex(value ->> 0, '-'), value ->> 1, ?2, ?3, value ->> 2 FROM json_each(?1) WHERE true
ON CONFLICT (id) DO UPDATE SET
    ordinal = excluded.ordinal, number = excluded.number, tag = excluded.tag,
    value = excluded.value";

#[async_trait]
impl CatalogueRepository for SqliteStore {
    async fn load_catalogue(
        &self,
        since: Option<Revision>,
    ) -> Result<CatalogueChanges, StoreError> {
        let mut connection = self.read().await?;
        let mut rows = sqlx::query(LOAD)
            .bind(since.map(|since| capped(since.number)))
            .bind(since.map(|since| since.tag.cast_signed()))
            .fetch(&mut *connection);
        let failed = during("loading the catalogue");
        let mut changes = CatalogueChanges {
            revision: Revision::default(),
            whole: true,
            problems: Vec::new(),
        };
        while let Some(row) = rows.try_next().await.map_err(&failed)? {
            let [catalogue, problems] =
                ["catalogue_state", "problems"].map(|table| Cells::of(&row, table));
            match catalogue.get("whole")? {
                Some(whole) => {
                    changes.whole = whole;
                    changes.revision = catalogue.revision()?;
                }
                None => changes.problems.push(problem(problems)?),
            }
        }
        Ok(changes)
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        let mut connection = self.write().await.map_err(CommitError::Failed)?;
        let begun = begin(&mut connection).await;
        let mut transaction = begun.map_err(CommitError::Failed)?;
        let (expected, revision) = (publication.expected, publication.revision);
        let number = to_signed("the number of a revision", revision.number);
        let number = number.map_err(CommitError::Failed)?;
        let claim = sqlx::query(CLAIM)
            .bind(capped(expected.number))
            .bind(expected.tag.cast_signed())
            .bind(number)
            .bind(revision.tag.cast_signed());
        if execute(&mut transaction, claim, "comparing the revision").await? == 0 {
            return Err(CommitError::Conflict);
        }
        put(&mut transaction, publication, number).await?;
        finish(transaction).await
    }
}

/// Writes the problems in the order of their key, which keeps pages together.
async fn put(
    connection: &mut SqliteConnection,
    publication: &PublicationCommit,
    number: i64,
) -> Result<(), CommitError> {
    let mut problems: Vec<_> = publication.problems.iter().collect();
    problems.sort_unstable_by_key(|stored| stored.problem.id);
    for chunk in problems.chunks(CHUNK) {
        let entry = |stored: &&StoredProblem| {
            let problem = stored.problem.as_ref();
            Ok((problem.id, stored.ordinal, json("a problem", problem)?))
        };
        let entries: Result<Vec<_>, CommitError> = chunk.iter().map(entry).collect();
        let query = sqlx::query(PUT)
            .bind(json("problems", &entries?)?)
            .bind(number)
            .bind(publication.revision.tag.cast_signed());
        execute(connection, query, "publishing problems").await?;
    }
    Ok(())
}

fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, CommitError> {
    to_json(what, value).map_err(CommitError::Failed)
}

async fn execute(
    connection: &mut SqliteConnection,
    query: Prepared<'_>,
    what: &'static str,
) -> Result<u64, CommitError> {
    let done = query.execute(connection).await;
    Ok(done.map_err(refused(what))?.rows_affected())
}

fn problem(cells: Cells<'_>) -> Result<StoredProblem, StoreError> {
    let ordinal = u32::try_from(cells.count("ordinal")?);
    Ok(StoredProblem {
        ordinal: ordinal.map_err(|error| inconsistent(cells.table, "ordinal", cells, error))?,
        problem: Arc::new(cells.json("value")?),
    })
}
