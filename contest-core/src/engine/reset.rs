//! Use case: begin again.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::store::{Reset, ResetError};

impl Engine {
    /// Begins a new epoch of the user's progress: no problem is solved any more. The history, the
    /// contests with their marks, and the counts of contests stay.
    ///
    /// Each call begins another epoch. A caller that does not know whether its call came through
    /// looks at the [epoch](Self::epoch).
    ///
    /// # Errors
    /// [`Error::ActiveContestExists`] while a contest is active; [`Error::TimedOut`] or
    /// [`Error::Store`].
    ///
    /// # Cancel safety
    /// Everything is reset, or nothing.
    pub async fn reset_progress(&self, user: UserId) -> Result<Reset, Error> {
        self.observe(operation_span!("contest.reset", user = user), async {
            let now = self.inner.clock.now();
            let reset = self.inner.store.reset_progress(user, now).await;
            reset.map_err(|error| match error {
                ResetError::ActiveContestExists { contest } => {
                    Error::ActiveContestExists { contest }
                }
                ResetError::Store(error) => error.into(),
            })
        })
        .await
    }
}
