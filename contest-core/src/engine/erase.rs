//! Use case: erase a user.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;

impl Engine {
    /// Erases everything that is kept of a user, for good: record, contests, log and events. Says whether
    /// there was anything. It must not be callable by others than the host.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The user is erased whole or not at all; the call can be repeated.
    pub async fn erase_user(&self, user: UserId) -> Result<bool, Error> {
        let span = operation_span!("contest.erase_user", user = user);
        self.observe(span, async { Ok(self.inner.store.erase_user(user).await?) })
            .await
    }
}
