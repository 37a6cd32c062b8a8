//! The catalogue in SQLite: reading it. `publish` holds the write.

use async_trait::async_trait;
use contest_core::catalogue::Catalogue;
use contest_core::model::{Difficulty, Problem, Rating};
use contest_core::store::{ProblemRepository, PublishError, StoreError};
use futures::TryStreamExt;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::acquire;
use crate::sqlite::rows::Cells;

/// The revision beside every problem, so that one statement, and so one snapshot, reads both. An
/// empty catalogue is one row without a problem.
pub(super) const LOAD: &str = "
SELECT s.revision, p.id, p.slug, p.title, p.difficulty, p.topics, p.link, p.position, p.retired,
       p.rating
FROM catalogue_state s LEFT JOIN problems p ON true";

#[async_trait]
impl ProblemRepository for SqliteStore {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        let failed = during("reading the catalogue");
        let mut connection = acquire(&self.reader).await?;
        let mut rows = sqlx::query(LOAD).fetch(&mut *connection);
        let mut revision = 0;
        let mut problems = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(&failed)? {
            let cells = Cells {
                row: &row,
                table: "problems",
            };
            revision = cells.count("revision")?;
            problems.extend(problem(cells)?);
        }
        let catalogue = Catalogue::new(problems).map_err(|error| {
            StoreError::inconsistent("two stored problems share an id or a slug").with_source(error)
        })?;
        Ok(catalogue.with_revision(revision))
    }

    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        self.publish(catalogue).await
    }
}

fn problem(cells: Cells<'_>) -> Result<Option<Problem>, StoreError> {
    let Some(slug) = cells.get::<Option<&str>>("slug")? else {
        return Ok(None);
    };
    let difficulty: Difficulty = cells
        .get::<&str>("difficulty")?
        .parse()
        .map_err(|error| cells.wrong("difficulty", &error).with_source(error))?;
    let topics: Vec<_> = serde_json::from_str(cells.get("topics")?)
        .map_err(|error| cells.wrong("topics", &error).with_source(error))?;
    let mut problem = Problem::new(slug, cells.get::<&str>("title")?, difficulty)
        .map_err(|error| cells.wrong("slug", &error).with_source(error))?
        .with_id(cells.id("id")?)
        .with_topics(topics)
        .with_position(cells.get("position")?)
        .with_retired(cells.get("retired")?);
    if let Some(rating) = cells.get::<Option<u16>>("rating")? {
        let rating = Rating::new(rating)
            .map_err(|error| cells.wrong("rating", &error).with_source(error))?;
        problem = problem.with_rating(rating);
    }
    if let Some(link) = cells.get::<Option<&str>>("link")? {
        problem = problem
            .with_link(link)
            .map_err(|error| cells.wrong("link", &error).with_source(error))?;
    }
    Ok(Some(problem))
}
