//! Strategies of the host's own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::model::{Practice, Problem, Topic};
use crate::select::{SelectionRequest, StrategyName, StrategyVersion};
use crate::time::Timestamp;

/// A strategy of the host's own, registered with
/// [`EngineBuilder::strategy`](crate::engine::EngineBuilder::strategy) and chosen with
/// [`Strategy::Custom`](crate::select::Strategy::Custom).
///
/// # Contract
/// - `pick` is a pure function: it gives the same answer for the same choice, wherever it runs, and
///   does not block.
/// - Whoever changes what it picks raises its version, so that a replay can tell.
///
/// ```
/// use contest_core::prelude::*;
/// use contest_core::select::{Choice, SelectionStrategy, StrategyName, StrategyVersion};
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
///     fn pick(&self, choice: &Choice<'_>) -> Vec<ProblemId> {
///         let mut candidates: Vec<_> = choice.candidates.iter().collect();
///         candidates.sort_by_key(|candidate| candidate.problem.title.len());
///         candidates.iter().map(|candidate| candidate.problem.id).collect()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
/// let name = StrategyName::new("short-titles")?;
/// let engine = Engine::builder(store).strategy(name.clone(), ShortTitles).build().await?;
///
/// let strategy = contest_core::select::Strategy::Custom(name);
/// let request = SelectionRequest::new(ProblemCount::new(1)?).with_strategy(strategy);
/// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
/// let selection = engine.select(user, &request).await?;
/// let shortest = engine.catalogue().problems().iter().map(|p| p.title.len()).min();
/// let picked = engine.catalogue().get(selection.problems[0]).map(|p| p.title.len());
/// assert_eq!(picked, shortest);
/// # Ok(()) }
/// ```
pub trait SelectionStrategy: fmt::Debug + Send + Sync {
    /// Which edition this is. It is kept with every selection.
    fn version(&self) -> StrategyVersion;

    /// Which candidates to take, best first. The first that a cap per topic allows are taken, as
    /// many as are wanted. Ids that are not among the candidates are ignored, and so are repeats;
    /// fewer than wanted are a shortage.
    fn pick(&self, choice: &Choice<'_>) -> Vec<ProblemId>;
}

/// What a [`SelectionStrategy`] chooses from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Choice<'a> {
    /// Problems that pass every rule of the request, of any difficulty, in a random order that
    /// follows from the seed: the first 1,024 that are drawn, or all where there are fewer.
    pub candidates: &'a [Candidate<'a>],
    /// How many are wanted.
    pub count: usize,
    /// The whole request.
    pub request: &'a SelectionRequest,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// How many problems of each topic the user has solved; one that is missing is zero.
    pub solved_by_topic: &'a BTreeMap<Topic, u64>,
    /// The time of the selection.
    pub now: Timestamp,
}

/// A problem that may be picked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Candidate<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// What the user has done with it.
    pub practice: &'a Practice,
}

/// The strategies a host has registered, by name.
#[derive(Debug, Clone, Default)]
pub struct Strategies(BTreeMap<StrategyName, Arc<dyn SelectionStrategy>>);

impl Strategies {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this one under this name, in place of any other of that name.
    #[must_use]
    pub fn with(mut self, name: StrategyName, strategy: impl SelectionStrategy + 'static) -> Self {
        self.0.insert(name, Arc::new(strategy));
        self
    }

    /// The strategy of this name.
    pub fn get(&self, name: &StrategyName) -> Option<&Arc<dyn SelectionStrategy>> {
        self.0.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &StrategyName> {
        self.0.keys()
    }
}
