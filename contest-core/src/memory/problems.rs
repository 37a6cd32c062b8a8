//! Problems in memory.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;

use crate::catalogue::Catalogue;
use crate::memory::MemoryStore;
use crate::memory::shard::{read, write};
use crate::store::{ProblemRepository, PublishError, StoreError};

#[async_trait]
impl ProblemRepository for MemoryStore {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        let catalogue = Arc::clone(&read(&self.inner.catalogue));
        Ok(Catalogue::clone(&catalogue))
    }

    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        // Merging takes a while for a large catalogue. It happens outside the lock, and again if
        // somebody else published meanwhile.
        loop {
            let stored = Arc::clone(&read(&self.inner.catalogue));
            let Some(merged) = merge(&stored, catalogue)? else {
                return Ok(stored.revision());
            };
            let mut current = write(&self.inner.catalogue);
            if Arc::ptr_eq(&current, &stored) {
                let revision = merged.revision();
                *current = Arc::new(merged);
                return Ok(revision);
            }
        }
    }
}

/// The stored catalogue after a publication, or `None` if it stays as it is.
fn merge(stored: &Catalogue, new: &Catalogue) -> Result<Option<Catalogue>, PublishError> {
    let mut problems: Vec<_> = new.problems().iter().map(|p| p.as_ref().clone()).collect();
    let ids: HashSet<_> = problems.iter().map(|problem| problem.id).collect();
    for problem in stored
        .problems()
        .iter()
        .filter(|problem| !ids.contains(&problem.id))
    {
        let (slug, stored) = (problem.slug.clone(), problem.id);
        if new.by_slug(&slug).is_some() {
            return Err(PublishError::SlugTaken { slug, stored });
        }
        problems.push(problem.as_ref().clone().with_retired(true));
    }
    let merged = Catalogue::new(problems).map_err(|error| {
        StoreError::inconsistent("two stored problems share an id or a slug").with_source(error)
    })?;
    let unchanged = merged.problems() == stored.problems();
    Ok((!unchanged).then(|| merged.with_revision(stored.revision() + 1)))
}
