//! Delivers one batch from the log to the sink.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::delivery::run::log;
use crate::delivery::{DispatchError, EventSink};
use crate::id::UserId;
use crate::model::EventNumber;
use crate::select::{SeedSource, SystemSeeds};
use crate::store::{EventBatch, EventLog, Lease, LeaseHolder};
use crate::time::Clock;

/// Default of [`Dispatcher::with_batch`].
const DEFAULT_BATCH: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// Delivers events from a log to a sink. Several, in one process or in many, share the work of one log.
///
/// All methods take `&self` and may be called concurrently.
pub struct Dispatcher {
    log: Arc<dyn EventLog>,
    sink: Arc<dyn EventSink>,
    clock: Arc<dyn Clock>,
    /// Identifies this dispatcher, and counts its leases. Each lease has its own holder, so that
    /// concurrent calls on one dispatcher exclude each other as two dispatchers would.
    holder: u64,
    leases: AtomicU64,
    seeds: Arc<dyn SeedSource>,
    lease: Duration,
    batch: NonZeroU32,
    /// The first and the longest pause after a failed attempt.
    pauses: (Duration, Duration),
    /// The number of attempts after which an event is set aside.
    set_aside: Option<u32>,
    pub(super) idle_wait: Duration,
    pub(super) longest_wait: Duration,
}

/// The result of [`Dispatcher::dispatch_once`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dispatched {
    /// There was nothing to deliver, or other dispatchers are delivering it.
    Nothing,
    /// These events were delivered and acknowledged.
    Delivered {
        /// The user.
        user: UserId,
        /// The number of events.
        events: usize,
    },
    /// These events were delivered too late: another dispatcher delivers them again.
    DeliveredLate {
        /// The user.
        user: UserId,
        /// The number of events.
        events: usize,
    },
}

impl Dispatcher {
    /// Delivers events from `log` to `sink`, with leases by `clock`.
    ///
    /// By default a lease lasts 30 seconds, a batch has up to 100 events, the pause after a failed
    /// attempt grows from a second to five minutes, no event is set aside, and [`run`](Self::run) polls
    /// for new events every second.
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
            seeds: Arc::new(SystemSeeds),
            lease: Duration::from_secs(30),
            batch: DEFAULT_BATCH,
            pauses: (Duration::from_secs(1), Duration::from_mins(5)),
            set_aside: None,
            idle_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
        }
    }

    /// Sets the length of a lease, at least a millisecond.
    ///
    /// The sink has three quarters of it for a batch and is then cancelled. The rest allows for clock
    /// differences: the clocks of all dispatchers of a log must agree to within a quarter of the
    /// shortest lease. After a dispatcher dies, the events of the user it had leased wait until the
    /// lease has run out; those of other users do not.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(1));
        self
    }

    /// Sets the most events in a batch.
    #[must_use]
    pub fn with_batch(mut self, events: NonZeroU32) -> Self {
        self.batch = events;
        self
    }

    /// Sets the pauses before failed events are tried again: `first` after the first attempt, doubling
    /// after each further one, at most `longest`. Each pause is shortened by up to half at random. The
    /// user's other events wait as well; those of other users do not.
    #[must_use]
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.pauses = (first, longest);
        self
    }

    /// Sets the source of the random part of pauses.
    #[must_use]
    pub fn with_seeds(mut self, seeds: impl SeedSource + 'static) -> Self {
        self.seeds = Arc::new(seeds);
        self
    }

    /// Sets events aside that failed this many times, at least twice; the user's next events then
    /// continue. By default an event is tried until it is accepted.
    ///
    /// An event that is set aside counts as delivered. [`DispatchError::SetAside`] names its user and
    /// number, and [`run`](Self::run) logs that as an error. The event stays in the log until it is
    /// [pruned](EventLog::prune_events), so a host can read it with
    /// [`events_after`](EventLog::events_after) and pass it to the sink again.
    ///
    /// Choose a number that outlasts an outage of the sink, during which the events of all users fail:
    /// with the default pauses, 25 attempts take about an hour. A sink that can distinguish a bad event
    /// from an outage can instead store the event elsewhere and return `Ok`.
    #[must_use]
    pub fn with_set_aside(mut self, attempts: u32) -> Self {
        // The first failure may be due to another event of the batch.
        self.set_aside = Some(attempts.max(2));
        self
    }

    /// Sets how long [`run`](Self::run) waits after it found nothing to deliver.
    #[must_use]
    pub fn with_idle_wait(mut self, wait: Duration) -> Self {
        self.idle_wait = wait;
        self
    }

    /// Sets the longest wait of [`run`](Self::run) after errors. It waits a tenth of a second after the
    /// first error, and twice as long after each further one.
    #[must_use]
    pub fn with_longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Leases one user, delivers the first undelivered events and acknowledges them.
    ///
    /// It must run inside a Tokio runtime whose time driver is on.
    ///
    /// # Errors
    /// [`DispatchError`]; no event is lost then, and none is skipped unless it is [set
    /// aside](Self::with_set_aside).
    ///
    /// # Cancel safety
    /// A call dropped before the acknowledgement leaves a lease. Once it has run out, the events are
    /// delivered, again if the sink had accepted them.
    pub async fn dispatch_once(&self) -> Result<Dispatched, DispatchError> {
        // Both the lease and the time limit count from before the call of the log.
        let after = self.lease / 4 * 3;
        let mut leased = None;
        let attempt = tokio::time::timeout(after, self.lease_and_deliver(&mut leased)).await;
        let outcome = attempt.unwrap_or(Err(DispatchError::TimedOut { after }));
        match (leased, outcome) {
            (Some((batch, holder)), Ok(())) => self.acknowledge(batch, holder).await,
            (Some((batch, holder)), Err(error)) => Err(self.fail(batch, holder, error).await),
            (None, outcome) => outcome.map(|()| Dispatched::Nothing),
        }
    }

    /// Records in `leased` the batch and the holder of its lease, and delivers it.
    async fn lease_and_deliver(
        &self,
        leased: &mut Option<(EventBatch, LeaseHolder)>,
    ) -> Result<(), DispatchError> {
        let now = self.clock.now();
        let number = self.leases.fetch_add(1, Ordering::Relaxed);
        let holder = LeaseHolder(Uuid::from_u64_pair(self.holder, number));
        let lease = Lease {
            holder,
            now,
            until: now + self.lease,
        };
        let Some(mut batch) = self.log.lease_events(lease, self.batch.get()).await? else {
            return Ok(());
        };
        if batch.attempt > 1 {
            // Alone, so that the failing event is found and does not hold back the others for ever.
            batch.events.truncate(1);
        }
        let (user, attempt) = (batch.user, batch.attempt);
        let (batch, _) = leased.insert((batch, holder));
        let delivered = self.sink.deliver(batch).await;
        delivered.map_err(|source| DispatchError::Sink {
            user,
            attempt,
            source,
        })
    }

    async fn acknowledge(
        &self,
        batch: EventBatch,
        holder: LeaseHolder,
    ) -> Result<Dispatched, DispatchError> {
        let EventBatch { user, events, .. } = batch;
        let last = events.last().map_or(EventNumber(0), |event| event.number);
        let noted = self.log.acknowledge_events(user, holder, last).await?;
        let events = events.len();
        Ok(if noted {
            Dispatched::Delivered { user, events }
        } else {
            Dispatched::DeliveredLate { user, events }
        })
    }

    /// Gives the lease of undelivered events back until a pause has passed, or sets the event aside.
    async fn fail(
        &self,
        batch: EventBatch,
        holder: LeaseHolder,
        error: DispatchError,
    ) -> DispatchError {
        let EventBatch {
            user,
            attempt,
            events,
        } = batch;
        let number = events.first().map_or(EventNumber(0), |event| event.number);
        let is_last = self.set_aside.is_some_and(|after| attempt >= after);
        let ended = if is_last {
            self.log.acknowledge_events(user, holder, number).await
        } else {
            // The user's other events wait for these.
            let until = self.clock.now() + self.pause_after(attempt);
            self.log.give_back_events(user, holder, until).await
        };
        match ended {
            Ok(true) if is_last => DispatchError::SetAside {
                user,
                number,
                attempts: attempt,
                source: match error {
                    DispatchError::Sink { source, .. } => source,
                    other => other.into(),
                },
            },
            Ok(_) => error,
            Err(failed) => {
                // One error is returned, and the sink's must not be lost. The lease runs out by itself.
                log(&error);
                failed.into()
            }
        }
    }

    /// The pause after this many failed attempts. Its second half is random, so that users whose events
    /// failed together are not tried again together.
    fn pause_after(&self, attempts: u32) -> Duration {
        let (first, longest) = self.pauses;
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let pause = first.saturating_mul(doubled).min(longest);
        let half = u64::try_from(pause.as_micros() / 2).unwrap_or(u64::MAX);
        let random = self.seeds.next_seed() % half.max(1);
        pause / 2 + Duration::from_micros(random)
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("clock", &self.clock)
            .field("lease", &self.lease)
            .field("batch", &self.batch)
            .field("pauses", &self.pauses)
            .field("set_aside", &self.set_aside)
            .field("idle_wait", &self.idle_wait)
            .field("longest_wait", &self.longest_wait)
            .finish_non_exhaustive()
    }
}
