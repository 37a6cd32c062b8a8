//! Keeping the log of events short.

use std::time::Duration;

use contest_core::select::{SeedSource as _, SystemSeeds};
use contest_core::store::{EventLog, Lease, LeaseHolder, StoreError};
use contest_core::time::{Clock as _, SystemClock, Timestamp};
use contest_core::uuid::Uuid;
use tokio::time::{MissedTickBehavior, interval};

use crate::exit::Chain;

/// How often the log is tidied.
const EVERY: Duration = Duration::from_mins(1);
/// How long one process may take for the events of one user.
const LEASE: Duration = Duration::from_secs(30);
/// The most events of one step.
const STEP: u32 = 1_000;

/// Forgets events that are older than `keep`, for as long as the process lives. Streams are all that
/// reads them here: whatever is in the log counts as delivered. What fails is logged, and tried again.
pub(crate) async fn tidy(log: impl EventLog, keep: Duration) {
    let half = || u128::from(SystemSeeds.next_seed());
    let holder = LeaseHolder(Uuid::from_u128((half() << 64) | half()));
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = tidy_once(&log, holder, keep).await {
            tracing::warn!("old events could not be forgotten: {}", Chain(&error));
        }
    }
}

async fn tidy_once(
    log: &impl EventLog,
    holder: LeaseHolder,
    keep: Duration,
) -> Result<(), StoreError> {
    loop {
        let now = SystemClock.now();
        let until = now + LEASE;
        let lease = Lease { holder, now, until };
        let Some(batch) = log.lease_events(lease, STEP).await? else {
            break;
        };
        let last = batch.events.last().map(|event| event.number);
        log.acknowledge_events(batch.user, holder, last.unwrap_or_default())
            .await?;
    }
    let keep = u64::try_from(keep.as_micros()).unwrap_or(u64::MAX);
    let now = SystemClock.now().as_micros();
    let before = Timestamp::from_micros(now.saturating_sub_unsigned(keep));
    while log.forget_events(before, STEP).await? == u64::from(STEP) {}
    Ok(())
}
