//! The input of a selection.

use crate::catalogue::Catalogue;
use crate::select::context::Context;
use crate::select::{Facts, Seed, SelectionError, SelectionRequest, Slot, Strategies};
use crate::time::Timestamp;

/// The input of a selection, besides the [`Facts`](crate::select::Facts) about the user.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Input<'a> {
    /// The catalogue to select from.
    pub catalogue: &'a Catalogue,
    /// The request.
    pub request: &'a SelectionRequest,
    /// The source of randomness, unless the request has a seed.
    pub seed: Seed,
    /// The time, for rules and strategies that depend on it.
    pub now: Timestamp,
    /// The host's custom strategies, if there are any.
    pub strategies: Option<&'a Strategies>,
}

impl<'a> Input<'a> {
    /// An input without custom strategies.
    pub fn new(
        catalogue: &'a Catalogue,
        request: &'a SelectionRequest,
        seed: Seed,
        now: Timestamp,
    ) -> Self {
        Self {
            catalogue,
            request,
            seed,
            now,
            strategies: None,
        }
    }

    /// Adds custom strategies of the host.
    #[must_use]
    pub fn with_strategies(mut self, strategies: &'a Strategies) -> Self {
        self.strategies = Some(strategies);
        self
    }

    /// The state at the start of this selection.
    pub(super) fn context(&self, facts: &'a Facts, explains: bool) -> Context<'a> {
        let (catalogue, request) = (self.catalogue, self.request);
        Context::new(catalogue, request, (self.seed, self.now), facts, explains)
    }

    /// Checks the request against the catalogue and the strategies.
    pub(super) fn check(&self) -> Result<(), SelectionError> {
        self.request.check()?;
        let slots = self.request.slots().iter().flat_map(Slot::topics);
        let mut topics = self.request.topics().iter().chain(slots);
        match topics.find(|topic| !self.catalogue.has_topic(topic)) {
            Some(topic) => Err(SelectionError::UnknownTopic {
                topic: topic.clone(),
            }),
            None => Ok(()),
        }
    }
}
