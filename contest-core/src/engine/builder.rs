//! Putting an engine together.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use crate::engine::{Engine, Error, Inner, LimitExceeded, ResumePolicy};
use crate::lifecycle::LatePolicy;
use crate::select::{SeedSource, SelectionStrategy, Strategies, StrategyName, SystemSeeds};
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// How many parts of one operation run against the store at the same time, unless said otherwise.
const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// What requests may ask for. The defaults suit interactive use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Problems of a contest or a selection. Default: 1 to 20.
    pub problems: RangeInclusive<u16>,
    /// Minutes of a contest. Default: 10 to 300.
    pub minutes: RangeInclusive<u16>,
    /// Minutes of a contest from its start to its deadline, extra time included, at most. Default:
    /// 600.
    pub extended_minutes: u16,
    /// Excluded problems of a request, at most. Default: 10,000.
    pub excluded: usize,
    /// Solves recorded in one call, at most. Default: 10,000.
    pub solves: usize,
    /// Members of a group whose solves are excluded, at most: the store is asked once for each.
    /// Default: 100.
    pub group: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            problems: 1..=20,
            minutes: 10..=300,
            extended_minutes: 600,
            excluded: 10_000,
            solves: 10_000,
            group: 100,
        }
    }
}

impl Limits {
    /// With this range for the problems of a contest or a selection.
    #[must_use]
    pub fn with_problems(mut self, problems: RangeInclusive<u16>) -> Self {
        self.problems = problems;
        self
    }

    /// With this range for the minutes of a contest.
    #[must_use]
    pub fn with_minutes(mut self, minutes: RangeInclusive<u16>) -> Self {
        self.minutes = minutes;
        self
    }

    /// With at most so many minutes from the start of a contest to its deadline, extra time included.
    #[must_use]
    pub fn with_extended_minutes(mut self, minutes: u16) -> Self {
        self.extended_minutes = minutes;
        self
    }

    /// With at most so many excluded problems in a request.
    #[must_use]
    pub fn with_excluded(mut self, excluded: usize) -> Self {
        self.excluded = excluded;
        self
    }

    /// With at most so many solves in one call.
    #[must_use]
    pub fn with_solves(mut self, solves: usize) -> Self {
        self.solves = solves;
        self
    }

    /// With at most so many members of a group in a request.
    #[must_use]
    pub fn with_group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }
}

/// An engine in the making; see [`Engine::builder`].
#[must_use = "an engine is made by `build`"]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    seeds: Arc<dyn SeedSource>,
    concurrency: NonZeroUsize,
    operation_timeout: Option<Duration>,
    limits: Limits,
    late_policy: LatePolicy,
    resume_policy: ResumePolicy,
    strategies: Strategies,
}

impl EngineBuilder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            seeds: Arc::new(SystemSeeds),
            concurrency: DEFAULT_CONCURRENCY,
            operation_timeout: None,
            limits: Limits::default(),
            late_policy: LatePolicy::default(),
            resume_policy: ResumePolicy::default(),
            strategies: Strategies::new(),
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

    /// Runs at most so many parts of one operation against the store at a time: chunks of a
    /// selection, parts of a user's progress. Default: 3. To bound all operations together, put an
    /// [`InFlightLimit`](crate::store::InFlightLimit) around the store.
    pub fn concurrency(mut self, parts: NonZeroUsize) -> Self {
        self.concurrency = parts;
        self
    }

    /// Gives an operation up with [`Error::TimedOut`] after this long, and so [`build`](Self::build)
    /// and its load of the catalogue. Default: never, because the
    /// timer belongs to the runtime: with a timeout set, operations must run inside a Tokio runtime
    /// whose time driver is on, as it is under `#[tokio::main]`.
    pub fn operation_timeout(mut self, after: Duration) -> Self {
        self.operation_timeout = Some(after);
        self
    }

    /// Holds requests to these limits. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Gives each new contest this policy for marks after its deadline. Contests that exist keep
    /// theirs. Default: [`LatePolicy::Reject`].
    ///
    /// The grace is at most [`LatePolicy::MAX_GRACE`], in whole microseconds: what is finer is cut
    /// off.
    pub fn late_policy(mut self, policy: LatePolicy) -> Self {
        self.late_policy = policy;
        self
    }

    /// Lets users resume abandoned contests as this policy says. Default: [`ResumePolicy::Never`].
    pub fn resume_policy(mut self, policy: ResumePolicy) -> Self {
        self.resume_policy = policy;
        self
    }

    /// Lets requests choose a strategy of the host's own by this name; see [`SelectionStrategy`]. A
    /// later one of the same name takes its place.
    pub fn strategy(
        mut self,
        name: StrategyName,
        strategy: impl SelectionStrategy + 'static,
    ) -> Self {
        self.strategies = self.strategies.with(name, strategy);
        self
    }

    /// Makes the engine, with the catalogue the store holds now.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when the [late policy](Self::late_policy) grants more than
    /// [`LatePolicy::MAX_GRACE`]; [`Error::Store`] when the catalogue cannot be loaded.
    pub async fn build(self) -> Result<Engine, Error> {
        let late_policy = checked(self.late_policy)?;
        let engine = Engine {
            inner: Arc::new(Inner {
                store: self.store,
                catalogue: RwLock::default(),
                clock: self.clock,
                seeds: self.seeds,
                concurrency: self.concurrency,
                operation_timeout: self.operation_timeout,
                limits: self.limits,
                late_policy,
                resume_policy: self.resume_policy,
                strategies: self.strategies,
            }),
        };
        engine.reload_catalogue().await?;
        Ok(engine)
    }
}

/// The policy as stores keep it, if it is within bounds.
fn checked(policy: LatePolicy) -> Result<LatePolicy, LimitExceeded> {
    let LatePolicy::AcceptFor(grace) = policy else {
        return Ok(policy);
    };
    // Rounded up, so that a fraction of a second too many is too many.
    let seconds = |of: Duration| usize::try_from(of.as_nanos().div_ceil(1_000_000_000));
    let [given, most] = [grace, LatePolicy::MAX_GRACE].map(|of| seconds(of).unwrap_or(usize::MAX));
    LimitExceeded::check("late_policy_seconds", given, 0..=most)?;
    let micros = u64::try_from(grace.as_micros()).unwrap_or(u64::MAX);
    Ok(LatePolicy::AcceptFor(Duration::from_micros(micros)))
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("clock", &self.clock)
            .field("seeds", &self.seeds)
            .field("concurrency", &self.concurrency)
            .field("operation_timeout", &self.operation_timeout)
            .field("limits", &self.limits)
            .field("late_policy", &self.late_policy)
            .field("resume_policy", &self.resume_policy)
            .field("strategies", &self.strategies)
            .finish_non_exhaustive()
    }
}
