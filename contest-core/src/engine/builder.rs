//! Building an engine.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use crate::delivery::EventSink;
use crate::engine::queue::Queues;
use crate::engine::remembered::Remembered;
use crate::engine::{Engine, Error, Inner};
use crate::model::{LatePolicy, RangeError};
use crate::rules::{Limits, Refusal, ResumePolicy, Settings};
use crate::select::{SeedSource, SelectionStrategy, StrategyName, SystemSeeds};
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Default of [`EngineBuilder::concurrency`].
const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// Default of [`EngineBuilder::remembered_users`].
const DEFAULT_REMEMBERED: usize = 1_024;

/// Builds an engine; see [`Engine::builder`].
#[must_use = "an engine is made by `build`"]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    seeds: Arc<dyn SeedSource>,
    concurrency: NonZeroUsize,
    remembered_users: usize,
    operation_timeout: Option<Duration>,
    erasures: Option<Arc<dyn EventSink>>,
    long_computations: Option<LongComputations>,
    settings: Settings,
}

/// See [`EngineBuilder::long_computations`].
pub(super) type LongComputations = Arc<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

impl EngineBuilder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            seeds: Arc::new(SystemSeeds),
            concurrency: DEFAULT_CONCURRENCY,
            remembered_users: DEFAULT_REMEMBERED,
            operation_timeout: None,
            erasures: None,
            long_computations: None,
            settings: Settings::default(),
        }
    }

    /// Takes the time from `clock`. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes seeds from `seeds`. Default: [`SystemSeeds`].
    pub fn seeds(mut self, seeds: impl SeedSource + 'static) -> Self {
        self.seeds = Arc::new(seeds);
        self
    }

    /// Runs at most this many parts of one operation against the store at a time: pages of a user's
    /// past, members of a group. Default: 3. To bound all operations together, put an
    /// [`InFlightLimit`](crate::store::InFlightLimit) around the store.
    pub fn concurrency(mut self, parts: NonZeroUsize) -> Self {
        self.concurrency = parts;
        self
    }

    /// Remembers the last committed state of this many users, those changed most recently, so that the
    /// next change of such a user takes one call of the store, the commit, instead of a load and a
    /// commit. 0 turns it off. Default: 1,024.
    ///
    /// A remembered user takes 1.3 KB with a contest of 5 problems or 2.5 KB with one of 20, plus the
    /// sets of solved and of seen problems. The sets are compressed: each takes at most two bytes per
    /// problem in it, and at most 8 KiB per 65,536 problems of the catalogue. The default uses at most
    /// 3.5 MB for 150 problems, and 20 MB for 20,000.
    ///
    /// Any number of processes may share a store. A remembered state is stale once another process has
    /// changed the user. The commit is then a conflict, and the call starts again from a load: one more
    /// call of the store. After that the user is loaded every time until two commits of this engine
    /// follow each other, so calls that are spread over several processes pay for the first conflict
    /// only. Refusals, and answers that change nothing, always come from a fresh load, and reads do not
    /// use remembered states.
    ///
    /// Staleness is detected by the version of the user's record: software that writes to the store
    /// without this crate must give the record a new version.
    pub fn remembered_users(mut self, users: usize) -> Self {
        self.remembered_users = users;
        self
    }

    /// Fails an operation with [`Error::TimedOut`] after this long. Publishing and reloading a catalogue, which
    /// may be large, are not limited. Default: no timeout.
    pub fn operation_timeout(mut self, after: Duration) -> Self {
        self.operation_timeout = Some(after);
        self
    }

    /// Limits the size of requests. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Gives new contests this policy for marks after the deadline. Existing contests keep theirs.
    /// Default: [`LatePolicy::Reject`].
    ///
    /// The grace is at most [`LatePolicy::MAX_GRACE`], cut to whole microseconds.
    pub fn late_policy(mut self, policy: LatePolicy) -> Self {
        self.settings.late_policy = policy;
        self
    }

    /// Lets users resume abandoned contests if this policy allows it. Default: [`ResumePolicy::Never`].
    pub fn resume_policy(mut self, policy: ResumePolicy) -> Self {
        self.settings.resume_policy = policy;
        self
    }

    /// The largest difference expected between the clocks of processes that share a store. Within it,
    /// time never runs backwards for a user. Beyond it, each process uses its own clock, and recorded
    /// solves are refused as being in the future. Default: 60 seconds.
    pub fn clock_allowance(mut self, allowance: Duration) -> Self {
        self.settings.clock_allowance = allowance;
        self
    }

    /// Sends `sink` an [`EventKind::UserErased`](crate::model::EventKind::UserErased) before each
    /// [erasure](Engine::erase_user). The event goes to a sink because the store's event log must not
    /// keep anything about an erased user. Default: none.
    pub fn erasure_sink(mut self, sink: impl EventSink + 'static) -> Self {
        self.erasures = Some(Arc::new(sink));
        self
    }

    /// Runs selections that may take milliseconds through `run`, which calls its argument once before it
    /// returns. Default: they run in the task that asked, and other tasks of its thread wait.
    ///
    /// On Tokio's multi-threaded runtime, `block_in_place` lets other threads take over the waiting tasks:
    ///
    /// ```
    /// # use contest_core::prelude::*;
    /// # let store = MemoryStore::new();
    /// let builder = Engine::builder(store)
    ///     .long_computations(|compute| tokio::task::block_in_place(compute));
    /// ```
    pub fn long_computations(
        mut self,
        run: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static,
    ) -> Self {
        self.long_computations = Some(Arc::new(run));
        self
    }

    /// Registers a custom strategy under this name, which requests can choose; see
    /// [`SelectionStrategy`]. A later one of the same name replaces it.
    pub fn strategy(
        mut self,
        name: StrategyName,
        strategy: impl SelectionStrategy + 'static,
    ) -> Self {
        self.settings.strategies = self.settings.strategies.with(name, strategy);
        self
    }

    /// Builds the engine and loads the store's catalogue.
    ///
    /// Its operations must run inside a Tokio runtime whose time driver is on, as it is under
    /// `#[tokio::main]`.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`] when the [late policy](Self::late_policy) grants more than
    /// [`LatePolicy::MAX_GRACE`]; [`Error::Store`] when the catalogue cannot be loaded.
    pub async fn build(mut self) -> Result<Engine, Error> {
        self.settings.late_policy = checked(self.settings.late_policy).map_err(Refusal::from)?;
        let engine = Engine {
            inner: Arc::new(Inner {
                store: self.store,
                catalogue: RwLock::default(),
                reload: Mutex::default(),
                queues: Queues::default(),
                remembered: Remembered::new(self.remembered_users),
                clock: self.clock,
                seeds: self.seeds,
                concurrency: self.concurrency,
                operation_timeout: self.operation_timeout,
                erasures: self.erasures,
                long_computations: self.long_computations,
                settings: self.settings,
            }),
        };
        engine.reload_catalogue().await?;
        Ok(engine)
    }
}

/// The policy cut to whole microseconds, as stores keep it, if it is within bounds.
fn checked(policy: LatePolicy) -> Result<LatePolicy, RangeError> {
    let LatePolicy::AcceptFor(grace) = policy else {
        return Ok(policy);
    };
    // Rounded up, so that a fraction of a second above the maximum is refused.
    let seconds = |of: Duration| usize::try_from(of.as_nanos().div_ceil(1_000_000_000));
    let [given, most] = [grace, LatePolicy::MAX_GRACE].map(|of| seconds(of).unwrap_or(usize::MAX));
    let what = "time for late marks in seconds";
    RangeError::check_size("late_policy_seconds", what, given, 0..=most)?;
    let micros = u64::try_from(grace.as_micros()).unwrap_or(u64::MAX);
    Ok(LatePolicy::AcceptFor(Duration::from_micros(micros)))
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("clock", &self.clock)
            .field("seeds", &self.seeds)
            .field("concurrency", &self.concurrency)
            .field("remembered_users", &self.remembered_users)
            .field("operation_timeout", &self.operation_timeout)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
