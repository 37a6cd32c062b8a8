//! Use case: select problems without creating a contest.

use crate::catalogue::Catalogue;
use crate::engine::ask::Asker;
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::select::{Basis, Picker, Seed, Selection, SelectionRequest};
use crate::time::Timestamp;

impl Engine {
    /// Selects problems for the user as [`create_contest`](Self::create_contest) would, and keeps
    /// nothing.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`], [`Error::Selection`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn select(
        &self,
        user: UserId,
        request: &SelectionRequest,
    ) -> Result<Selection, Error> {
        self.observe(operation_span!("contest.select", user = user), async {
            self.inner.limits.check_selection(request)?;
            let (catalogue, now) = (self.catalogue(), self.inner.clock.now());
            let basis = self.basis(&catalogue, request, self.seed_for(request), now);
            self.select_from(user, basis).await
        })
        .await
    }

    pub(super) fn seed_for(&self, request: &SelectionRequest) -> Seed {
        request
            .seed()
            .unwrap_or_else(|| Seed(self.inner.seeds.next_seed()))
    }

    /// Selects at `now`.
    pub(super) async fn select_from(
        &self,
        user: UserId,
        basis: Basis<'_>,
    ) -> Result<Selection, Error> {
        let mut picker = Picker::new(basis)?;
        self.drive(&mut picker, user, basis).await?;
        Ok(picker.finish()?)
    }

    /// Answers what a selection asks until it is decided.
    pub(super) async fn drive(
        &self,
        picker: &mut Picker<'_>,
        user: UserId,
        basis: Basis<'_>,
    ) -> Result<(), Error> {
        let asker = self.asker(user, basis.request);
        loop {
            let questions = picker.questions();
            if questions.is_empty() {
                return Ok(());
            }
            for answer in asker.answer(&questions).await? {
                picker.answer(answer);
            }
        }
    }

    pub(super) fn asker<'e>(&'e self, user: UserId, request: &'e SelectionRequest) -> Asker<'e> {
        Asker {
            store: &*self.inner.store,
            user,
            group: request.eligibility().group(),
            concurrency: self.inner.concurrency,
        }
    }

    /// What a selection starts from, with the host's strategies.
    pub(super) fn basis<'e>(
        &'e self,
        catalogue: &'e Catalogue,
        request: &'e SelectionRequest,
        seed: Seed,
        now: Timestamp,
    ) -> Basis<'e> {
        Basis::new(catalogue, request, seed, now).with_strategies(&self.inner.strategies)
    }
}
