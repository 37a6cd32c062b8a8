//! Erasing a user, and the sink of erasures.

use std::sync::{Arc, Mutex};

use contest_core::delivery::{EventSink, SinkError};
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::store::{EventBatch, EventLog, async_trait};

use crate::support::*;

/// Records its events, or refuses the first.
#[derive(Clone, Default)]
struct Erasures {
    events: Arc<Mutex<Vec<Event>>>,
    refuses: Arc<Mutex<bool>>,
}

#[async_trait]
impl EventSink for Erasures {
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError> {
        if std::mem::take(&mut *self.refuses.lock().unwrap()) {
            return Err("not now".into());
        }
        self.events.lock().unwrap().extend(batch.events.clone());
        Ok(())
    }
}

#[tokio::test]
async fn the_sink_gets_an_erasure_before_any_data_is_gone() {
    let erasures = Erasures::default();
    let store = bundled().with_outbox();
    let builder = Engine::builder(store.clone()).clock(clock());
    let engine = builder
        .erasure_sink(erasures.clone())
        .build()
        .await
        .unwrap();
    assert!(!engine.erase_user(ALICE).await.unwrap());
    assert!(
        erasures.events.lock().unwrap().is_empty(),
        "there was no such user"
    );

    let contest = engine
        .create_contest(ALICE, &request(5))
        .await
        .unwrap()
        .contest;
    *erasures.refuses.lock().unwrap() = true;
    let refused = engine.erase_user(ALICE).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.is_retryable()),
        ("sink_error", true)
    );
    assert_eq!(
        engine.contest(ALICE, contest.id).await.unwrap().id,
        contest.id
    );

    assert!(engine.erase_user(ALICE).await.unwrap());
    let event = Event {
        user: ALICE,
        number: EventNumber(2),
        at: START,
        kind: EventKind::UserErased,
    };
    assert_eq!(*erasures.events.lock().unwrap(), [event]);
    let left = store.events_after(ALICE, EventNumber(0), 10).await.unwrap();
    assert_eq!(left, [], "what was not delivered is erased too");
    let gone = engine.contest(ALICE, contest.id).await;
    assert_eq!(refusal(gone).code(), "contest_not_found");
    assert!(!engine.erase_user(ALICE).await.unwrap());
    assert_eq!(erasures.events.lock().unwrap().len(), 1);
}
