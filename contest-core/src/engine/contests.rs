//! Use cases: look at contests.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error, Page, PageLimit};
use crate::id::{ContestId, UserId};
use crate::model::Contest;
use crate::store::ContestPage;

impl Engine {
    /// The user's contest with this id.
    ///
    /// # Errors
    /// [`Error::ContestNotFound`] when there is none or it is another user's; [`Error::TimedOut`] or
    /// [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contest(&self, user: UserId, contest: ContestId) -> Result<Contest, Error> {
        self.observe(
            operation_span!("contest.get", user = user, contest = contest),
            async {
                let now = self.inner.clock.now();
                let record = self.inner.store.find_contest(user, contest).await?;
                self.view(record.ok_or(Error::ContestNotFound { contest })?, now)
                    .await
            },
        )
        .await
    }

    /// The user's active contest, if there is one.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn active_contest(&self, user: UserId) -> Result<Option<Contest>, Error> {
        self.observe(operation_span!("contest.active", user = user), async {
            let now = self.inner.clock.now();
            match self.inner.store.find_active_contest(user, now).await? {
                Some(record) => self.view(record, now).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// The user's contests, latest first, beginning after the contest `after` (the `next` of the
    /// page before).
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contests(
        &self,
        user: UserId,
        after: Option<ContestId>,
        limit: PageLimit,
    ) -> Result<Page<Contest, ContestId>, Error> {
        self.observe(operation_span!("contest.list", user = user), async {
            let now = self.inner.clock.now();
            let page = ContestPage {
                before: after,
                limit: limit.get() + 1,
            };
            let records = self.inner.store.list_contests(user, page).await?;
            let mut contests = Vec::with_capacity(records.len());
            for record in records {
                contests.push(self.view(record, now).await?);
            }
            Ok(Page::new(contests, limit, |contest| contest.id))
        })
        .await
    }
}
