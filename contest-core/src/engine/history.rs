//! Use case: look at the history of solves.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error, Page, PageLimit};
use crate::id::{SolveEventId, UserId};
use crate::model::SolveEvent;
use crate::store::SolveEventPage;
use crate::time::Timestamp;

impl Engine {
    /// The user's history of solves recorded and taken back, latest first, beginning after the event
    /// `after` (the `next` of the page before).
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn solve_history(
        &self,
        user: UserId,
        after: Option<(Timestamp, SolveEventId)>,
        limit: PageLimit,
    ) -> Result<Page<SolveEvent, (Timestamp, SolveEventId)>, Error> {
        self.observe(
            operation_span!("contest.solve_history", user = user),
            async {
                let page = SolveEventPage {
                    before: after,
                    limit: limit.get() + 1,
                };
                let events = self.inner.store.solve_history(user, page).await?;
                Ok(Page::new(events, limit, |event| (event.at, event.id)))
            },
        )
        .await
    }
}
