//! Use case: since when progress is counted.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::model::Epoch;

impl Engine {
    /// The epoch of the user's progress: how often it was [reset](Self::reset_progress), and when
    /// last.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn epoch(&self, user: UserId) -> Result<Epoch, Error> {
        self.observe(operation_span!("contest.epoch", user = user), async {
            Ok(self.inner.store.current_epoch(user).await?)
        })
        .await
    }
}
