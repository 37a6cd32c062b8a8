//! Putting an engine together.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use crate::engine::{Engine, Error, Inner};
use crate::select::{SeedSource, SystemSeeds};
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
    /// Excluded problems of a request, at most. Default: 10,000.
    pub excluded: usize,
    /// Solves recorded in one call, at most. Default: 10,000.
    pub solves: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            problems: 1..=20,
            minutes: 10..=300,
            excluded: 10_000,
            solves: 10_000,
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

    /// Makes the engine, with the catalogue the store holds now.
    ///
    /// # Errors
    /// [`Error::Store`] when the catalogue cannot be loaded.
    pub async fn build(self) -> Result<Engine, Error> {
        let engine = Engine {
            inner: Arc::new(Inner {
                store: self.store,
                catalogue: RwLock::default(),
                clock: self.clock,
                seeds: self.seeds,
                concurrency: self.concurrency,
                operation_timeout: self.operation_timeout,
                limits: self.limits,
            }),
        };
        engine.reload_catalogue().await?;
        Ok(engine)
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("clock", &self.clock)
            .field("seeds", &self.seeds)
            .field("concurrency", &self.concurrency)
            .field("operation_timeout", &self.operation_timeout)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
