//! Prunes the event log.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use contest_core::delivery::{DispatchError, Dispatched, Dispatcher, EventSink, SinkError};
use contest_core::store::{EventBatch, EventLog, async_trait};
use contest_core::time::{Clock as _, SystemClock, Timestamp};
use tokio::time::{MissedTickBehavior, interval};

use crate::exit::Chain;

/// How often the log is pruned.
const EVERY: Duration = Duration::from_mins(1);
/// The most events per step.
const STEP: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// Only streams read events here, and they read the log: an event in the log counts as delivered.
struct Streamed;

#[async_trait]
impl EventSink for Streamed {
    async fn deliver(&self, _: &EventBatch) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Prunes events older than `keep` until it is dropped. A failure is logged, and the step is retried
/// at the next tick.
pub(crate) async fn tidy(log: Arc<dyn EventLog>, keep: Duration) {
    let dispatcher = Dispatcher::new(Arc::clone(&log), Arc::new(Streamed), SystemClock);
    let dispatcher = dispatcher.with_batch(STEP);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = tidy_once(&dispatcher, &log, keep).await {
            tracing::warn!("old events could not be pruned: {}", Chain(&error));
        }
    }
}

async fn tidy_once(
    dispatcher: &Dispatcher,
    log: &Arc<dyn EventLog>,
    keep: Duration,
) -> Result<(), DispatchError> {
    while dispatcher.dispatch_once().await? != Dispatched::Nothing {}
    let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let now = SystemClock.now().as_micros();
    let before = Timestamp::from_micros(now.saturating_sub(keep));
    while log.prune_events(before, STEP.get()).await? == u64::from(STEP.get()) {}
    Ok(())
}
