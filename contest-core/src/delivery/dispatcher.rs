//! One batch from the log to the sink.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::delivery::{DispatchError, EventSink};
use crate::id::UserId;
use crate::model::EventNumber;
use crate::select::{SeedSource, SystemSeeds};
use crate::store::{EventBatch, EventLog, Lease, LeaseHolder};
use crate::time::Clock;

/// How many events a sink gets at once, unless said otherwise.
const DEFAULT_BATCH: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// Takes events from a log to a sink. Several, in one process or in many, share the work of one log.
///
/// All calls take `&self`, and calls on one dispatcher may run at once.
pub struct Dispatcher {
    log: Arc<dyn EventLog>,
    sink: Arc<dyn EventSink>,
    clock: Arc<dyn Clock>,
    /// Who this is, and how many leases it has asked for. Each lease has a holder of its own, so that
    /// calls on one dispatcher keep each other out as two dispatchers would.
    holder: u64,
    leases: AtomicU64,
    lease: Duration,
    batch: NonZeroU32,
    pub(super) idle_wait: Duration,
    pub(super) longest_wait: Duration,
}

/// What [`Dispatcher::dispatch_once`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dispatched {
    /// There was nothing to deliver, or others are delivering it.
    Nothing,
    /// These were delivered, for good.
    Delivered {
        /// Whose events.
        user: UserId,
        /// How many.
        events: usize,
    },
    /// These were delivered, so late that another dispatcher delivers them again.
    DeliveredLate {
        /// Whose events.
        user: UserId,
        /// How many.
        events: usize,
    },
}

impl Dispatcher {
    /// Takes events from `log` to `sink`, with leases by `clock`.
    ///
    /// By default a lease lasts 30 seconds, a batch has up to 100 events, and
    /// [`run`](Self::run) looks for new events every second.
    pub fn new(
        log: Arc<dyn EventLog>,
        sink: Arc<dyn EventSink>,
        clock: impl Clock + 'static,
    ) -> Self {
        Self {
            log,
            sink,
            clock: Arc::new(clock),
            holder: SystemSeeds.next_seed(),
            leases: AtomicU64::new(0),
            lease: Duration::from_secs(30),
            batch: DEFAULT_BATCH,
            idle_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
        }
    }

    /// With leases that long, at least a millisecond.
    ///
    /// A sink has three quarters of it for a batch; then it is cut off. The rest is for clocks that
    /// differ: those of all dispatchers of a log must agree to within a quarter of the shortest lease.
    /// The events of a user whose dispatcher died wait until the lease has run out; those of others do
    /// not.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(1));
        self
    }

    /// With at most this many events of a user at once.
    #[must_use]
    pub fn with_batch(mut self, events: NonZeroU32) -> Self {
        self.batch = events;
        self
    }

    /// With this wait before events that a sink refused are tried again, and between two looks of [`run`](Self::run) at a log that had nothing to deliver.
    #[must_use]
    pub fn with_idle_wait(mut self, wait: Duration) -> Self {
        self.idle_wait = wait;
        self
    }

    /// With at most this wait of [`run`](Self::run) after errors. It waits a tenth of a second after
    /// the first, and twice as long after each that follows.
    #[must_use]
    pub fn with_longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Leases one user, delivers the first undelivered events and notes that they are delivered.
    ///
    /// It must run inside a Tokio runtime whose time driver is on.
    ///
    /// # Errors
    /// [`DispatchError`]; no event is lost or passed over then.
    ///
    /// # Cancel safety
    /// Dropped before the sink has taken the events, or after that and before they are acknowledged,
    /// it leaves a lease: the events are delivered once it has run out, and in the second case again.
    pub async fn dispatch_once(&self) -> Result<Dispatched, DispatchError> {
        // The lease counts from before it is asked for, and so does what is allowed of it.
        let after = self.lease / 4 * 3;
        let attempt = tokio::time::timeout(after, self.lease_and_deliver()).await;
        let Some((batch, holder)) = attempt.unwrap_or(Err(DispatchError::TimedOut { after }))?
        else {
            return Ok(Dispatched::Nothing);
        };
        let EventBatch { user, events } = batch;
        let last = events.last().map_or(EventNumber(0), |event| event.number);
        let noted = self.log.acknowledge_events(user, holder, last).await?;
        let events = events.len();
        Ok(if noted {
            Dispatched::Delivered { user, events }
        } else {
            Dispatched::DeliveredLate { user, events }
        })
    }

    /// What was delivered, and under whose lease.
    async fn lease_and_deliver(&self) -> Result<Option<(EventBatch, LeaseHolder)>, DispatchError> {
        let now = self.clock.now();
        let number = self.leases.fetch_add(1, Ordering::Relaxed);
        let holder = LeaseHolder(Uuid::from_u64_pair(self.holder, number));
        let lease = Lease {
            holder,
            now,
            until: now + self.lease,
        };
        let Some(batch) = self.log.lease_events(lease, self.batch.get()).await? else {
            return Ok(None);
        };
        let user = batch.user;
        if let Err(source) = self.sink.deliver(&batch).await {
            // The user's other events wait for these, but no longer than it takes to try again.
            let until = self.clock.now() + self.idle_wait;
            self.log.give_back_events(user, holder, until).await?;
            return Err(DispatchError::Sink { user, source });
        }
        Ok(Some((batch, holder)))
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("clock", &self.clock)
            .field("lease", &self.lease)
            .field("batch", &self.batch)
            .field("idle_wait", &self.idle_wait)
            .field("longest_wait", &self.longest_wait)
            .finish_non_exhaustive()
    }
}
