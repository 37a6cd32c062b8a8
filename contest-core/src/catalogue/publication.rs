//! What a publication makes of the stored catalogue.

use std::collections::HashSet;

use crate::catalogue::Catalogue;
use crate::store::{PublishError, StoreError};

impl Catalogue {
    /// The catalogue a store holds after this one was published over `stored`, under the next
    /// revision; `None` if nothing changes. For stores that do not merge in a language of their own:
    /// this is the rule of
    /// [`publish_catalogue`](crate::store::ProblemRepository::publish_catalogue).
    ///
    /// # Errors
    /// [`PublishError::SlugTaken`].
    pub fn published_over(&self, stored: &Self) -> Result<Option<Self>, PublishError> {
        let mut problems: Vec<_> = self.problems.iter().map(|p| p.as_ref().clone()).collect();
        let ids: HashSet<_> = problems.iter().map(|problem| problem.id).collect();
        for problem in &stored.problems {
            if ids.contains(&problem.id) {
                continue;
            }
            if self.by_slug(&problem.slug).is_some() {
                return Err(PublishError::SlugTaken {
                    slug: problem.slug.clone(),
                    stored: problem.id,
                });
            }
            problems.push(problem.as_ref().clone().with_retired(true));
        }
        let merged = Self::new(problems).map_err(|error| {
            StoreError::inconsistent("two stored problems share an id or a slug").with_source(error)
        })?;
        let unchanged = merged.problems == stored.problems;
        Ok((!unchanged).then(|| merged.with_revision(stored.revision + 1)))
    }
}
