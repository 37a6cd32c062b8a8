//! Use case: erase a user.

use crate::delivery::EventSink;
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::model::{Event, EventKind, EventNumber};
use crate::store::{ContestSelector, EventBatch};

impl Engine {
    /// Erases all data of a user for good: record, contests, log, events, and the user's place in lists and
    /// boards of rounds. Returns whether there was any. It must not be callable by users.
    ///
    /// A request of another user that names this one in its
    /// [group](crate::select::Eligibility::with_group) belongs to that other user and keeps the id.
    ///
    /// Afterwards this engine [remembers](crate::engine::EngineBuilder::remembered_users) nothing of
    /// the user. An engine in another process drops its remembered state at its next change of the
    /// user, or once enough other users have changed.
    ///
    /// Undelivered events of the user are erased too. A
    /// [sink](crate::engine::EngineBuilder::erasure_sink) gets its event before the erasure, so that it
    /// misses none.
    ///
    /// # Errors
    /// [`Error::Sink`] if the sink did not accept the event; nothing was erased then.
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The user is erased whole or not at all. The sink may have the event although the user still
    /// exists: repeat the call.
    pub async fn erase_user(&self, user: UserId) -> Result<bool, Error> {
        let span = operation_span!("contest.erase_user", user = user);
        self.observe(span, async {
            if let Some(sink) = &self.inner.erasures {
                self.tell_of_erasure(user, sink.as_ref()).await?;
            }
            // Again after the erasure: a call under way may have remembered the user in between.
            self.inner.remembered.remove(user);
            let erased = self.inner.store.erase_user(user).await;
            self.inner.remembered.remove(user);
            Ok(erased?)
        })
        .await
    }

    async fn tell_of_erasure(&self, user: UserId, sink: &dyn EventSink) -> Result<(), Error> {
        let selector = ContestSelector::None;
        let snapshot = self.inner.store.load_user(user, &selector).await?;
        let Some(record) = snapshot.record else {
            return Ok(());
        };
        let erased = Event {
            user,
            number: EventNumber(record.last_event.0.saturating_add(1)),
            at: self.time_of(Some(&record)),
            kind: EventKind::UserErased,
        };
        let batch = EventBatch {
            user,
            attempt: 1,
            events: vec![erased],
        };
        sink.deliver(&batch).await.map_err(Error::Sink)
    }
}
