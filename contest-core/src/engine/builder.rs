//! Putting an engine together.

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

/// How many parts of one operation run against the store at the same time, unless said otherwise.
const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// How many users are remembered, unless said otherwise.
const DEFAULT_REMEMBERED: usize = 1_024;

/// An engine in the making; see [`Engine::builder`].
#[must_use = "an engine is made by `build`"]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    seeds: Arc<dyn SeedSource>,
    concurrency: NonZeroUsize,
    remembered_users: usize,
    operation_timeout: Option<Duration>,
    erasures: Option<Arc<dyn EventSink>>,
    settings: Settings,
}

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

    /// Remembers what was committed last for this many users, so that their next change is one call of the
    /// store, the commit, instead of a load and a commit. The users who changed something most recently are
    /// remembered. 0 turns it off. Default: 1,024.
    ///
    /// A remembered user takes 1.3 KB with a contest of 5 problems or 2.5 KB with one of 20, and the sets of
    /// solved and of seen problems: compressed, each takes at most two bytes for a problem in it, and at most
    /// 8 KiB for 65,536 problems of the catalogue. The default comes to at most 3.5 MB for 150 problems, and
    /// to 20 MB for 20,000.
    ///
    /// Any number of processes may share a store. What one remembers is stale once another has changed the
    /// user; then the commit is a conflict, and the call goes on as if nothing were remembered: it costs one
    /// call of the store more. From then on the user is loaded, until two commits of this engine follow on
    /// each other: calls that go to any of many processes pay for the first conflict only. Refusals, and
    /// answers that change nothing, always come from a fresh load, and reads use nothing that is remembered.
    ///
    /// Staleness is found by the version of the user's record: software that writes to the store past the
    /// ports gives the record a new version.
    pub fn remembered_users(mut self, users: usize) -> Self {
        self.remembered_users = users;
        self
    }

    /// Gives an operation up with [`Error::TimedOut`] after this long. Default: never.
    pub fn operation_timeout(mut self, after: Duration) -> Self {
        self.operation_timeout = Some(after);
        self
    }

    /// Holds requests to these limits. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Gives each new contest this policy for marks after its deadline. Contests that exist keep
    /// theirs. Default: [`LatePolicy::Reject`].
    ///
    /// The grace is at most [`LatePolicy::MAX_GRACE`], in whole microseconds: what is finer is cut
    /// off.
    pub fn late_policy(mut self, policy: LatePolicy) -> Self {
        self.settings.late_policy = policy;
        self
    }

    /// Lets users resume abandoned contests if this policy allows it. Default: [`ResumePolicy::Never`].
    pub fn resume_policy(mut self, policy: ResumePolicy) -> Self {
        self.settings.resume_policy = policy;
        self
    }

    /// How far the clocks of the processes that share a store may be apart. Within that, time never
    /// runs backwards for a user; beyond it, each process goes by its own clock, and recorded solves
    /// are refused as lying in the future. Default: 60 seconds.
    pub fn clock_allowance(mut self, allowance: Duration) -> Self {
        self.settings.clock_allowance = allowance;
        self
    }

    /// Tells `sink` of each user before [erasing](Engine::erase_user) it, with an
    /// [`EventKind::UserErased`](crate::model::EventKind::UserErased). It cannot be kept in the store's log
    /// of events, which must not know the user any more. Default: none.
    pub fn erasure_sink(mut self, sink: impl EventSink + 'static) -> Self {
        self.erasures = Some(Arc::new(sink));
        self
    }

    /// Lets requests choose a strategy of the host's own by this name; see [`SelectionStrategy`]. A
    /// later one of the same name takes its place.
    pub fn strategy(
        mut self,
        name: StrategyName,
        strategy: impl SelectionStrategy + 'static,
    ) -> Self {
        self.settings.strategies = self.settings.strategies.with(name, strategy);
        self
    }

    /// Makes the engine, with the catalogue the store holds now.
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
                settings: self.settings,
            }),
        };
        engine.reload_catalogue().await?;
        Ok(engine)
    }
}

/// The policy as stores keep it, if it is within bounds.
fn checked(policy: LatePolicy) -> Result<LatePolicy, RangeError> {
    let LatePolicy::AcceptFor(grace) = policy else {
        return Ok(policy);
    };
    // Rounded up, so that a fraction of a second too many is too many.
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
