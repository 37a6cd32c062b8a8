//! Use case: look at what came of contests.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error, Page, PageLimit};
use crate::id::{ContestId, UserId};
use crate::model::ContestResult;
use crate::store::ContestPage;

impl Engine {
    /// What came of the user's contests, latest first, beginning after the contest `after` (the `next`
    /// of the page before): problems and points, the state each ended in, and how long it and its
    /// problems took. A reset of progress changes none of it.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contest_results(
        &self,
        user: UserId,
        after: Option<ContestId>,
        limit: PageLimit,
    ) -> Result<Page<ContestResult, ContestId>, Error> {
        self.observe(operation_span!("contest.results", user = user), async {
            let now = self.inner.clock.now();
            let page = ContestPage {
                before: after,
                limit: limit.get() + 1,
            };
            let records = self.inner.store.list_contests(user, page).await?;
            let results = records.iter().map(|record| record.result(now)).collect();
            Ok(Page::new(results, limit, |result: &ContestResult| {
                result.contest
            }))
        })
        .await
    }
}
