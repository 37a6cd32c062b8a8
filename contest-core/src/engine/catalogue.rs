//! Use cases: publish a catalogue, reload it.

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::model::{Contest, ContestProblem, ContestRecord};
use crate::store::{PublishError, StoreError};
use crate::time::Timestamp;

impl Engine {
    /// Makes the store's problems equal to those of `catalogue`, and selects from them from now on.
    /// Problems that are stored and not in it are retired. Other processes see them once they
    /// [reload](Self::reload_catalogue).
    ///
    /// # Errors
    /// [`Error::SlugTaken`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The catalogue is published whole or not at all. When it was published and the future is
    /// dropped before it completes, this engine keeps the old snapshot until it reloads.
    pub async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<Arc<Catalogue>, Error> {
        self.observe(operation_span!("contest.publish_catalogue"), async {
            self.inner
                .store
                .publish_catalogue(catalogue)
                .await
                .map_err(|error| match error {
                    PublishError::SlugTaken { slug, stored } => Error::SlugTaken { slug, stored },
                    PublishError::Store(error) => error.into(),
                })?;
            self.load_catalogue().await
        })
        .await
    }

    /// Takes the catalogue from the store again, because another process may have published one.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`]; the old snapshot is kept then.
    ///
    /// # Cancel safety
    /// Dropping the future keeps the old snapshot.
    pub async fn reload_catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        self.observe(
            operation_span!("contest.reload_catalogue"),
            self.load_catalogue(),
        )
        .await
    }

    pub(super) async fn load_catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        let catalogue = Arc::new(self.inner.store.load_catalogue().await?);
        self.set_catalogue(Arc::clone(&catalogue));
        Ok(catalogue)
    }

    /// A contest as it stands at `now`, with its problems' details. A contest that another process
    /// created from a newer catalogue makes this engine reload.
    pub(super) async fn view(
        &self,
        record: ContestRecord,
        now: Timestamp,
    ) -> Result<Contest, Error> {
        let known = resolve(&self.catalogue(), &record);
        let problems = match known {
            Some(problems) => problems,
            None => resolve(&*self.load_catalogue().await?, &record).ok_or_else(|| {
                let message = format!("contest {} has a problem that is not stored", record.id);
                StoreError::inconsistent(message)
            })?,
        };
        let ending = record.ending_at(now);
        Ok(Contest {
            id: record.id,
            user: record.user,
            started_at: record.started_at,
            deadline: record.deadline,
            status: record.status(now),
            ended_at: ending.map(|ending| ending.at),
            problems,
            selection: record.selection,
            late_policy: record.late_policy,
            as_of: now,
        })
    }
}

fn resolve(catalogue: &Catalogue, record: &ContestRecord) -> Option<Vec<ContestProblem>> {
    let assigned = record.problems.iter().zip(1..);
    let mut points = record.selection.points();
    assigned
        .map(|(assigned, order)| {
            let problem = Arc::clone(catalogue.get(assigned.problem)?);
            Some(ContestProblem {
                order,
                problem,
                completed_at: assigned.completed_at,
                points: points.next().flatten(),
            })
        })
        .collect()
}
