//! Use case: erase a user.

use crate::delivery::EventSink;
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::model::{Event, EventKind, EventNumber};
use crate::store::{ContestSelector, EventBatch};

impl Engine {
    /// Erases everything that is kept of a user, for good: record, contests, log and events. Says whether
    /// there was anything. It must not be callable by others than the host.
    ///
    /// A request of another user that names this one in its
    /// [group](crate::select::Eligibility::with_group) is the other's, and keeps the id.
    ///
    /// This engine [remembers](crate::engine::EngineBuilder::remembered_users) nothing of the user
    /// afterwards. Another one finds out when it next changes something for the user, and forgets the user
    /// after enough others at the latest.
    ///
    /// Events of the user that were not delivered yet are erased too. A
    /// [sink](crate::engine::EngineBuilder::erasure_sink) is told first, so that no erasure is missed.
    ///
    /// # Errors
    /// [`Error::Sink`] when the sink did not take the event; then nothing was erased. [`Error::TimedOut`]
    /// or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The user is erased whole or not at all; the call can be repeated. The sink may have been told
    /// although the user is still there: repeat the call.
    pub async fn erase_user(&self, user: UserId) -> Result<bool, Error> {
        let span = operation_span!("contest.erase_user", user = user);
        self.observe(span, async {
            if let Some(sink) = &self.inner.erasures {
                self.tell_of_erasure(user, sink.as_ref()).await?;
            }
            // Also afterwards: a call that is under way may remember the user once more.
            self.inner.remembered.forget(user);
            let erased = self.inner.store.erase_user(user).await;
            self.inner.remembered.forget(user);
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
