//! Use case: explain a selection.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::select::{Explanation, Picker, SelectionRequest};

impl Engine {
    /// Selects problems for the user as [`select`](Self::select) does, says how that came about, and
    /// keeps nothing. A request that cannot be met is explained too. The cost grows with the
    /// catalogue: this is for people who wonder, not for every contest.
    ///
    /// ```
    /// use contest_core::prelude::*;
    /// use contest_core::select::Rule;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    /// let engine = Engine::builder(store).build().await?;
    /// let request = SelectionRequest::new(ProblemCount::new(5)?).with_topics([Topic::new("Trees")?]);
    ///
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// let explanation = engine.explain(user, &request).await?;
    /// for pool in &explanation.parts[0].pools {
    ///     let elsewhere = pool.funnel.removed.get(&Rule::Topics).copied().unwrap_or(0);
    ///     println!("{:?}: {elsewhere} of {} are not about trees", pool.difficulty, pool.funnel.pool);
    /// }
    /// assert_eq!(explanation.outcome?.problems.len(), 5);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::LimitExceeded`], [`Error::TimedOut`] or [`Error::Store`]. Why nothing can be selected
    /// is part of the explanation.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn explain(
        &self,
        user: UserId,
        request: &SelectionRequest,
    ) -> Result<Explanation, Error> {
        self.observe(operation_span!("contest.explain", user = user), async {
            self.inner.limits.check_selection(request)?;
            let (catalogue, now) = (self.catalogue(), self.inner.clock.now());
            let basis = self.basis(&catalogue, request, self.seed_for(request), now);
            match Picker::explaining(basis) {
                Ok(mut picker) => {
                    self.drive(&mut picker, user, basis).await?;
                    Ok(picker.explain())
                }
                Err(error) => Ok(Explanation::of_error(basis.seed, error)),
            }
        })
        .await
    }
}
