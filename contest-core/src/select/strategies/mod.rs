//! Strategies: their needs, the source of their candidates, and the order in which they take them.
//!
//! A new built-in strategy is a variant of [`Strategy`] with its digest and, beside it, its
//! [`SelectionMethod`](crate::select::SelectionMethod), an implementation of
//! [`SelectionStrategy`] here, and a line in [`find`].

mod drawn;
mod least_used;
#[cfg(feature = "fsrs")]
mod review;
mod topic_balanced;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

#[cfg(feature = "fsrs")]
pub use review::{Overdue, due};

use crate::select::{
    Candidate, Choice, Needs, Part, SelectionError, SelectionRequest, SolvedRule, Source, Strategy,
    StrategyName, StrategyVersion,
};

/// A way to pick problems. This crate's strategies implement it, and so do a host's custom strategies,
/// which are registered by name in [`Strategies`] and chosen with
/// [`Strategy::Custom`](crate::select::Strategy::Custom).
///
/// # Contract
/// - `order` is a pure function: it gives the same order for the same choice on every machine, and does
///   not block.
/// - Any change of the order raises the version, so that a replay can detect it.
///
/// # Testing
/// A strategy can be tested without engine and store: [`select`](crate::select::select) is a function
/// of a catalogue, a request and [`Facts`](crate::select::Facts), all of which a test can build, as
/// below. [`Candidate::new`] builds one candidate, and
/// [`ContestRecord::new`](crate::user::ContestRecord::new) an earlier contest of the user.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::select::{
///     Choice, Facts, Input, Order, SelectionStrategy, Strategies, select,
/// };
/// use contest_core::select::{
///     ProblemCount, Seed, SelectionRequest, Strategy, StrategyName, StrategyVersion,
/// };
/// use contest_core::time::Timestamp;
///
/// /// Problems with short titles first.
/// #[derive(Debug)]
/// struct ShortTitles;
///
/// impl SelectionStrategy for ShortTitles {
///     fn version(&self) -> StrategyVersion {
///         StrategyVersion(1)
///     }
///
///     fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
///         let mut candidates: Vec<_> = choice.collect();
///         candidates.sort_by_key(|candidate| candidate.problem().title.len());
///         Box::new(candidates.into_iter())
///     }
/// }
///
/// let name = StrategyName::new("short-titles")?;
/// let strategies = Strategies::new().with(name.clone(), ShortTitles);
/// let strategy = Strategy::Custom(name);
/// let request = SelectionRequest::new(ProblemCount::new(1)?).with_strategy(strategy);
///
/// let catalogue = Catalogue::neetcode150();
/// let facts = Facts::of(None, &catalogue);
/// let input = Input::new(&catalogue, &request, Seed(1), Timestamp::from_micros(0));
/// let selection = select(&input.with_strategies(&strategies), &facts)?;
/// let shortest = catalogue.problems().iter().map(|p| p.title.len()).min();
/// let picked = catalogue.get(selection.problems[0]).map(|p| p.title.len());
/// assert_eq!(picked, shortest);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait SelectionStrategy: fmt::Debug + Send + Sync {
    /// The version of the strategy. It is stored with every selection.
    fn version(&self) -> StrategyVersion;

    /// The facts it needs about the user. Default: only those that the rules of the request need.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// The source of its candidates. Default: [`Source::All`].
    fn source(&self) -> Source {
        Source::All
    }

    /// The candidates in the order in which to take them, best first. The selection reads it until it
    /// has enough. It passes over repeats and candidates above the cap per topic. If the order ends too
    /// soon, problems are missing.
    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a>;
}

/// Candidates in the order in which to take them, generated lazily.
pub type Order<'a> = Box<dyn Iterator<Item = Candidate<'a>> + 'a>;

/// The custom strategies a host has registered, by name.
#[derive(Debug, Clone, Default)]
pub struct Strategies(BTreeMap<StrategyName, Arc<dyn SelectionStrategy>>);

impl Strategies {
    /// No strategies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a strategy under this name; it replaces an earlier one of the same name.
    #[must_use]
    pub fn with(mut self, name: StrategyName, strategy: impl SelectionStrategy + 'static) -> Self {
        self.0.insert(name, Arc::new(strategy));
        self
    }

    /// The strategy with this name.
    pub fn get(&self, name: &StrategyName) -> Option<&Arc<dyn SelectionStrategy>> {
        self.0.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &StrategyName> {
        self.0.keys()
    }
}

/// The implementation of a strategy.
pub(super) fn find<'a>(
    strategy: &'a Strategy,
    strategies: Option<&'a Strategies>,
) -> Result<&'a dyn SelectionStrategy, SelectionError> {
    Ok(match strategy {
        Strategy::Uniform => &drawn::Uniform,
        Strategy::TopicBalanced => &topic_balanced::TopicBalanced,
        Strategy::LeastUsed => &least_used::LeastUsed,
        Strategy::RatingBand(band) => band,
        #[cfg(feature = "fsrs")]
        Strategy::Review(options) => options,
        #[cfg(not(feature = "fsrs"))]
        Strategy::Review(_) => return Err(SelectionError::ReviewUnavailable),
        Strategy::Custom(name) => {
            let found = strategies.and_then(|strategies| strategies.get(name));
            let unknown = || SelectionError::UnknownStrategy { name: name.clone() };
            &**found.ok_or_else(unknown)?
        }
    })
}

impl Needs {
    /// The facts this request needs. A strategy that is not registered needs none: the selection fails.
    pub fn of(request: &SelectionRequest, strategies: &Strategies) -> Self {
        let rules = request.eligibility();
        let own = Self {
            log: matches!(rules.solved(), SolvedRule::ExcludeWithin(_)),
            contests: false,
            group: !rules.group().is_empty(),
        };
        let parts = request.parts().iter().map(Part::strategy);
        let picked_by = parts.chain([request.strategy()]);
        picked_by
            .filter_map(|strategy| find(strategy, Some(strategies)).ok())
            .fold(own, |needs, strategy| needs.and(strategy.needs()))
    }
}
