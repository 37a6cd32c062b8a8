//! What a selection starts from.

use crate::catalogue::Catalogue;
use crate::select::context::Context;
use crate::select::{Facts, Seed, SelectionError, SelectionRequest, Slot, Strategies};
use crate::time::Timestamp;

/// What a selection starts from, beside the [`Facts`](crate::select::Facts) about the user.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Input<'a> {
    /// What to select from.
    pub catalogue: &'a Catalogue,
    /// What is asked for.
    pub request: &'a SelectionRequest,
    /// What randomness is derived from.
    pub seed: Seed,
    /// The time, for rules and strategies that depend on it.
    pub now: Timestamp,
    /// The host's own strategies, if there are any.
    pub strategies: Option<&'a Strategies>,
}

impl<'a> Input<'a> {
    /// Without strategies of the host's own.
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

    /// With these strategies of the host's own.
    #[must_use]
    pub fn with_strategies(mut self, strategies: &'a Strategies) -> Self {
        self.strategies = Some(strategies);
        self
    }

    /// A selection that starts from here.
    pub(super) fn context(&self, facts: &'a Facts, explains: bool) -> Context<'a> {
        let (catalogue, request) = (self.catalogue, self.request);
        Context::new(catalogue, request, (self.seed, self.now), facts, explains)
    }

    /// Whether the request makes sense here.
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
