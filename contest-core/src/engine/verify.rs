//! Use cases: check a user's record against the log, and rebuild it.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::progress::Discrepancy;
use crate::rules::Recount;

impl Engine {
    /// Compares the user's record with the log and the contests. The result is empty if they agree.
    /// Reads all data of the user.
    ///
    /// # Errors
    /// [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn verify_user(&self, user: UserId) -> Result<Vec<Discrepancy>, Error> {
        let span = operation_span!("contest.verify_user", user = user);
        let recount = Recount { repair: false };
        self.observe(span, self.fresh_answer(user, &recount)).await
    }

    /// Rebuilds the user's record from the log and the contests. Returns the differences found.
    ///
    /// # Errors
    /// [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The record is replaced or not.
    pub async fn rebuild_user(&self, user: UserId) -> Result<Vec<Discrepancy>, Error> {
        let span = operation_span!("contest.rebuild_user", user = user);
        let recount = Recount { repair: true };
        self.observe(span, self.fresh_answer(user, &recount)).await
    }

    /// The users with a record, by ascending id, after `after`; at most `limit`.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Error> {
        let span = operation_span!("contest.users");
        self.observe(span, async {
            Ok(self.inner.store.list_users(after, limit).await?)
        })
        .await
    }
}
