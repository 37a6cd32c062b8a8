//! The catalogue: loading it in pages, publishing in a transaction.

use std::sync::Arc;

use async_trait::async_trait;
use contest_core::catalogue::{Revision, StoredProblem};
use contest_core::store::{
    CatalogueChanges, CatalogueRepository, CommitError, PublicationCommit, StoreError,
};
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::{Connection as _, Transaction};

use super::PgStore;
use super::call::Fault;
use super::cells::{column, only, revision};
use super::commit::{bind_revision, commit_error, error_in_transaction};
use crate::encoding::{from_json, inconsistent, to_json, to_signed};

/// Problems on a page. A page is one statement, so a large catalogue does not hit the statement timeout.
const PAGE: usize = 20_000;
/// How often loading starts over because another revision was published between two pages.
const ATTEMPTS: usize = 16;
/// Problems that one statement of a publication writes.
const CHUNK: usize = 5_000;

/// The problems after a place in the order of their last changes, the stored revision, and whether the
/// given revision was ever stored: it is the present one, or it was the last to change some problem. If
/// later revisions changed all its problems again, it is not found; then all problems are loaded, which is
/// always correct.
pub(super) const LOAD_CHANGED: &str = "
SELECT s.number, s.tag, p.number AS changed_by, p.tag AS changed_tag, p.ordinal, p.value,
    (s.number = $1 AND s.tag = $2)
    OR EXISTS (SELECT FROM {schema}.problems k WHERE k.number = $1 AND k.tag = $2) AS known
FROM {schema}.catalogue_state s LEFT JOIN (
    SELECT number, tag, ordinal, value FROM {schema}.problems
    WHERE (number, tag, ordinal) > ($3, $4, $5) ORDER BY number, tag, ordinal LIMIT $6
) p ON true
ORDER BY p.number, p.tag, p.ordinal";

/// When publications race, the second one waits here and then finds another revision.
pub(super) const CLAIM: &str = "
UPDATE {schema}.catalogue_state SET number = $3, tag = $4
WHERE only_row AND number = $1 AND tag = $2 RETURNING number";

pub(super) const PUT_PROBLEMS: &str = "
INSERT INTO {schema}.problems (number, tag, id, ordinal, value)
SELECT $1, $2, p.* FROM unnest($3::uuid[], $4::bigint[], $5::text[]) p
ON CONFLICT (id) DO UPDATE SET ordinal = excluded.ordinal, number = excluded.number,
    tag = excluded.tag, value = excluded.value";

/// Timeouts of a publication, which replace those of requests until the end of the transaction. A server
/// of version 14 or newer checks every second whether the client is connected, and stops if it is not.
const BOUNDS: &str = "
SET LOCAL statement_timeout = '30min';
SET LOCAL lock_timeout = '30s';
SET LOCAL idle_in_transaction_session_timeout = '60s';
SELECT set_config('client_connection_check_interval', '1s', true)
WHERE current_setting('client_connection_check_interval', true) IS NOT NULL";

#[async_trait]
impl CatalogueRepository for PgStore {
    async fn load_catalogue(
        &self,
        since: Option<Revision>,
    ) -> Result<CatalogueChanges, StoreError> {
        let mut since = since;
        for _ in 0..ATTEMPTS {
            match self.load_changes(since).await? {
                Loaded::Changes(changes) => return Ok(changes),
                Loaded::SinceIsUnknown => since = None,
                Loaded::RevisionChanged => {}
            }
        }
        Err(StoreError::transient(
            "catalogues were published faster than one could be loaded",
        ))
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        if let Some(lent) = self.source().transaction() {
            let mut host = lent.lock().await.map_err(CommitError::Failed)?;
            let connection = host.begin().await.map_err(error_in_transaction)?;
            put(self, connection, publication, error_in_transaction).await?;
            return host.keep().await.map_err(error_in_transaction);
        }
        let unsent = |error| commit_error(Fault::Unsent(error));
        let mut link = self.dedicated().await.map_err(unsent)?;
        let connection = link.connection().map_err(unsent)?;
        let mut transaction = begin(connection).await.map_err(before_commit)?;
        put(self, &mut transaction, publication, before_commit).await?;
        let committed = transaction.commit().await;
        committed.map_err(|error| commit_error(Fault::Sent(error)))
    }
}

/// The outcome of loading all pages.
enum Loaded {
    Changes(CatalogueChanges),
    SinceIsUnknown,
    RevisionChanged,
}

/// A place in the order of last changes: number, tag, ordinal.
type Place = (i64, i64, i64);

impl PgStore {
    /// Loads the problems that changed since a revision, or all of them. All pages must have one revision.
    async fn load_changes(&self, since: Option<Revision>) -> Result<Loaded, StoreError> {
        let known = since.unwrap_or_default();
        let mut place = match since {
            Some(since) => (to_signed("the revision", since.number)?, i64::MAX, i64::MAX),
            None => (-1, 0, 0),
        };
        let mut problems = Vec::new();
        let mut first = None;
        loop {
            let rows = self.load_page(known, place).await?;
            let row = only(&rows)?;
            let revision = revision(row)?;
            if since.is_some() && !column::<bool>(row, "known")? {
                return Ok(Loaded::SinceIsUnknown);
            }
            if *first.get_or_insert(revision) != revision {
                return Ok(Loaded::RevisionChanged);
            }
            let before = problems.len();
            for row in &rows {
                if let Some((problem, its_place)) = problem(row)? {
                    problems.push(problem);
                    place = its_place;
                }
            }
            if problems.len() < before + PAGE {
                return Ok(Loaded::Changes(CatalogueChanges {
                    revision,
                    whole: since.is_none(),
                    problems,
                }));
            }
        }
    }

    async fn load_page(&self, known: Revision, after: Place) -> Result<Vec<PgRow>, StoreError> {
        let number = to_signed("the revision", known.number)?;
        let limit = to_signed("the limit", PAGE as u64)?;
        self.fetch(|| {
            let query = self.sql().load_changed.query().bind(number);
            let query = query.bind(known.tag.cast_signed());
            let query = query.bind(after.0).bind(after.1).bind(after.2);
            query.bind(limit)
        })
        .await
    }
}

/// The problem in a row, if it has one.
fn problem(row: &PgRow) -> Result<Option<(StoredProblem, Place)>, StoreError> {
    let Some(number) = column(row, "changed_by")? else {
        return Ok(None);
    };
    let tag = column(row, "changed_tag")?;
    let ordinal: i64 = column(row, "ordinal")?;
    let value: &str = column(row, "value")?;
    let stored = StoredProblem {
        ordinal: u32::try_from(ordinal)
            .map_err(|error| inconsistent("problems", "ordinal", ordinal, error))?,
        problem: Arc::new(from_json(value, "problems", "value", ordinal)?),
    };
    Ok(Some((stored, (number, tag, ordinal))))
}

/// Writes a publication in a transaction. Every failure before `COMMIT` leaves nothing, because the
/// connection is closed afterwards.
async fn put(
    store: &PgStore,
    connection: &mut PgConnection,
    publication: &PublicationCommit,
    failed: fn(sqlx::Error) -> CommitError,
) -> Result<(), CommitError> {
    let query = bind_revision(store.sql().claim_catalogue.query(), publication.expected);
    let query = query.and_then(|query| bind_revision(query, publication.revision));
    let query = query.map_err(CommitError::Failed)?;
    let claimed = query.fetch_all(&mut *connection).await;
    if claimed.map_err(failed)?.is_empty() {
        return Err(CommitError::Conflict);
    }
    for problems in publication.problems.chunks(CHUNK) {
        let (mut ids, mut ordinals, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for stored in problems {
            ids.push(stored.problem.id.as_uuid());
            ordinals.push(i64::from(stored.ordinal));
            values.push(to_json("a problem", &*stored.problem).map_err(CommitError::Failed)?);
        }
        let query = bind_revision(store.sql().put_problems.query(), publication.revision);
        let query = query.map_err(CommitError::Failed)?;
        let query = query.bind(ids).bind(ordinals).bind(values);
        query.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

async fn begin(connection: &mut PgConnection) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(BOUNDS).execute(&mut *transaction).await?;
    Ok(transaction)
}

/// A failure before `COMMIT` was sent: never unknown.
fn before_commit(error: sqlx::Error) -> CommitError {
    match commit_error(Fault::Sent(error)) {
        CommitError::Unknown(error) => CommitError::Failed(error),
        other => other,
    }
}
