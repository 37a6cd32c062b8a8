//! Problems: loading the catalogue, and the port.

use async_trait::async_trait;
use contest_core::catalogue::Catalogue;
use contest_core::model::Problem;
use contest_core::store::{ProblemRepository, PublishError, StoreError};
use sqlx::{FromRow as _, Row as _};
use uuid::Uuid;

use super::PgStore;
use super::error::{from_sqlx, inconsistent};
use super::retry::again;
use super::rows::ProblemRow;

/// Problems on a page. A page is one statement, so a large catalogue neither runs into the
/// statement timeout nor is in memory twice.
const PAGE: i64 = 20_000;
/// How often loading begins again because another catalogue was published between two pages.
const ATTEMPTS: usize = 16;

/// Every row says which revision it is of.
pub(super) const LOAD_PAGE: &str = "
SELECT s.revision, p.id, p.slug, p.title, p.difficulty, p.topics, p.link, p.position, p.retired,
       p.rating
FROM (
    SELECT * FROM {schema}.problems WHERE id >= $1 ORDER BY id LIMIT $2
) p CROSS JOIN {schema}.catalogue_state s
ORDER BY p.id";

#[async_trait]
impl ProblemRepository for PgStore {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        for _ in 0..ATTEMPTS {
            if let Some((problems, revision)) = self.load_one_revision().await? {
                let catalogue = Catalogue::new(problems).map_err(|error| {
                    inconsistent("problems", "id, slug", "of several problems", error)
                })?;
                return Ok(catalogue.with_revision(revision));
            }
        }
        Err(StoreError::transient(
            "catalogues were published faster than one could be loaded",
        ))
    }

    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        self.publish(catalogue).await
    }
}

impl PgStore {
    /// All problems and their revision, or `None` if that changed between two pages.
    async fn load_one_revision(&self) -> Result<Option<(Vec<Problem>, u64)>, StoreError> {
        let (mut problems, mut revision) = (Vec::new(), None);
        let mut from = Uuid::nil();
        loop {
            let query = || {
                let query = self.sql().load_page.query().bind(from);
                query.bind(PAGE).fetch_all(self.writer())
            };
            let page = again(query).await.map_err(from_sqlx)?;
            let mut last = None;
            for row in &page {
                let row_revision: i64 = row.try_get("revision").map_err(from_sqlx)?;
                if *revision.get_or_insert(row_revision) != row_revision {
                    return Ok(None);
                }
                let row = ProblemRow::from_row(row).map_err(from_sqlx)?;
                last = Some(row.id().as_u128());
                problems.push(row.read()?);
            }
            let full = i64::try_from(page.len()).is_ok_and(|read| read == PAGE);
            match last.and_then(|last| last.checked_add(1)) {
                Some(next) if full => from = Uuid::from_u128(next),
                // Without a problem nothing was ever published.
                _ => return Ok(Some((problems, revision.unwrap_or(0).unsigned_abs()))),
            }
        }
    }
}
