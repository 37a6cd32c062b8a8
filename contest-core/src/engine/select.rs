//! Use case: select problems without creating a contest.

use std::collections::HashSet;

use crate::catalogue::Catalogue;
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::fan_out::fan_out;
use crate::id::{ProblemId, UserId};
use crate::select::{Picker, Seed, Selection, SelectionRequest};

/// The most candidates in one question to the store.
const CHUNK: usize = 1_024;

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
            let seed = self.seed_for(request);
            self.select_from(&self.catalogue(), user, request, seed)
                .await
        })
        .await
    }

    pub(super) fn seed_for(&self, request: &SelectionRequest) -> Seed {
        request
            .seed()
            .unwrap_or_else(|| Seed(self.inner.seeds.next_seed()))
    }

    pub(super) async fn select_from(
        &self,
        catalogue: &Catalogue,
        user: UserId,
        request: &SelectionRequest,
        seed: Seed,
    ) -> Result<Selection, Error> {
        let mut picker = Picker::new(catalogue, request, seed)?;
        while let Some(candidates) = picker.next_candidates() {
            picker.answer(&self.solved_among(user, &candidates).await?);
        }
        Ok(picker.finish()?)
    }

    /// Asks the store in chunks, a bounded number at a time.
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, Error> {
        let store = &self.inner.store;
        // All but users who have solved nearly everything: nothing to fan out.
        if candidates.len() <= CHUNK {
            return Ok(store.solved_among(user, candidates).await?);
        }
        // A loop, so that no closure lives across the await: see `fan_out`.
        let mut chunks = Vec::new();
        for chunk in candidates.chunks(CHUNK) {
            chunks.push(store.solved_among(user, chunk));
        }
        let answers = fan_out(self.inner.concurrency, chunks).await?;
        Ok(answers.into_iter().flatten().collect())
    }
}
