//! The catalogue an engine holds: publishing and following.

use std::sync::{Arc, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use crate::catalogue::{Catalogue, Revision};
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::rules::{Publication, PublishOptions, publish};
use crate::store::{CatalogueChanges, CommitError, Store, StoreError};

/// A reload that callers share. It outlives a cancelled caller: the next caller continues it.
pub(super) type Reload = Shared<BoxFuture<'static, Result<Arc<Catalogue>, StoreError>>>;

impl Engine {
    /// Makes the store's problems equal to those of `catalogue`, and selects from them from now on.
    /// Problems absent from `catalogue` are retired. Other processes load it when they next need the
    /// catalogue. Returns the changes.
    ///
    /// # Errors
    /// [`Refusal::TooManyRetired`](crate::rules::Refusal::TooManyRetired),
    /// [`Refusal::SlugTaken`](crate::rules::Refusal::SlugTaken), [`Error::Contended`] or
    /// [`Error::Store`]. The operation timeout does not apply: a publication may be large.
    ///
    /// # Cancel safety
    /// The catalogue is published whole or not at all.
    pub async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<Publication, Error> {
        self.publish_catalogue_with(catalogue, PublishOptions::default())
            .await
    }

    /// As [`publish_catalogue`](Self::publish_catalogue), with options.
    ///
    /// # Errors
    /// As [`publish_catalogue`](Self::publish_catalogue).
    ///
    /// # Cancel safety
    /// The catalogue is published whole or not at all.
    pub async fn publish_catalogue_with(
        &self,
        catalogue: &Catalogue,
        options: PublishOptions,
    ) -> Result<Publication, Error> {
        const ATTEMPTS: u32 = 8;
        let span = operation_span!("contest.publish_catalogue");
        self.observe_for(None, span, async {
            let tag = self.inner.seeds.next_seed();
            for _ in 0..ATTEMPTS {
                let stored = self.load_catalogue().await?;
                let publication = publish(&stored, catalogue, tag)?;
                options.check(&publication)?;
                let Some(commit) = &publication.commit else {
                    return Ok(publication);
                };
                match self.inner.store.commit_publication(commit).await {
                    Ok(()) => {}
                    Err(CommitError::Conflict | CommitError::Outdated) => continue,
                    Err(CommitError::Failed(error)) => return Err(error.into()),
                    Err(CommitError::Unknown(error)) => {
                        if self.load_after(commit.expected).await?.revision() != commit.revision {
                            return Err(error.into());
                        }
                    }
                }
                self.load_after(commit.expected).await?;
                return Ok(publication);
            }
            Err(Error::Contended { attempts: ATTEMPTS })
        })
        .await
    }

    /// The changes that publishing this catalogue would make, however many problems it would retire,
    /// without making them.
    ///
    /// # Errors
    /// [`Refusal::SlugTaken`](crate::rules::Refusal::SlugTaken), [`Error::TimedOut`] or
    /// [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn plan_publication(&self, catalogue: &Catalogue) -> Result<Publication, Error> {
        let span = operation_span!("contest.plan_publication");
        self.observe_for(None, span, async {
            let stored = self.load_catalogue().await?;
            Ok(publish(&stored, catalogue, self.inner.seeds.next_seed())?)
        })
        .await
    }

    /// Loads the catalogue from the store again, because another process may have published one.
    /// Concurrent calls share a reload.
    ///
    /// # Errors
    /// [`Error::Store`]; the engine then keeps the catalogue it had. The operation timeout does not apply.
    ///
    /// # Cancel safety
    /// Dropping the future keeps the catalogue the engine had.
    pub async fn reload_catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        let span = operation_span!("contest.reload_catalogue");
        self.observe_for(None, span, async { Ok(self.load_catalogue().await?) })
            .await
    }

    /// The stored catalogue. Callers share a load, which may have begun before this call.
    pub(super) async fn load_catalogue(&self) -> Result<Arc<Catalogue>, StoreError> {
        let reload = self.reload();
        let loaded = reload.clone().await;
        let mut shared = self.reload_under_way();
        // The first caller to see the reload end installs its catalogue before another reload can
        // begin.
        if shared.as_ref().is_some_and(|other| other.ptr_eq(&reload)) {
            *shared = None;
            if let Ok(catalogue) = &loaded {
                self.keep(catalogue);
            }
        }
        loaded
    }

    /// The stored catalogue after this revision was replaced. A load under way may have begun before
    /// that.
    async fn load_after(&self, replaced: Revision) -> Result<Arc<Catalogue>, StoreError> {
        let loaded = self.load_catalogue().await?;
        if loaded.revision() == replaced {
            self.load_catalogue().await
        } else {
            Ok(loaded)
        }
    }

    /// The reload under way, or a new one.
    fn reload(&self) -> Reload {
        let begin = || {
            reload(Arc::clone(&self.inner.store), self.catalogue())
                .boxed()
                .shared()
        };
        self.reload_under_way().get_or_insert_with(begin).clone()
    }

    fn reload_under_way(&self) -> MutexGuard<'_, Option<Reload>> {
        let reload = self.inner.reload.lock();
        reload.unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, catalogue: &Arc<Catalogue>) {
        let mut held = self
            .inner
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if held.revision() != catalogue.revision() {
            *held = Arc::clone(catalogue);
        }
    }
}

async fn reload(store: Arc<dyn Store>, held: Arc<Catalogue>) -> Result<Arc<Catalogue>, StoreError> {
    let since = Some(held.revision()).filter(|revision| *revision != Revision::default());
    let changes = store.load_catalogue(since).await?;
    if !changes.whole && changes.problems.is_empty() && changes.revision == held.revision() {
        return Ok(held);
    }
    merge(&held, changes).map(Arc::new)
}

/// The catalogue with the changes applied.
fn merge(held: &Catalogue, changes: CatalogueChanges) -> Result<Catalogue, StoreError> {
    let CatalogueChanges {
        revision,
        whole,
        problems,
    } = changes;
    let replaced: std::collections::HashSet<_> =
        problems.iter().map(|stored| stored.problem.id).collect();
    let kept = held.stored_problems();
    let kept = kept.filter(|stored| !whole && !replaced.contains(&stored.problem.id));
    Catalogue::from_stored(kept.chain(problems), revision).map_err(|error| {
        StoreError::inconsistent("two stored problems have an id, a slug or an ordinal in common")
            .with_source(error)
    })
}
