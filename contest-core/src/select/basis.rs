//! What a selection starts from.

use crate::catalogue::Catalogue;
use crate::model::Topic;
use crate::select::{Seed, SelectionError, SelectionRequest, Slot, Strategies};
use crate::time::Timestamp;

/// What a selection starts from. Together with the answers about the user it determines the outcome.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Basis<'c> {
    /// What to select from.
    pub catalogue: &'c Catalogue,
    /// What is asked for.
    pub request: &'c SelectionRequest,
    /// What randomness is derived from.
    pub seed: Seed,
    /// The time, for rules and strategies that depend on it.
    pub now: Timestamp,
    /// The host's own strategies, if there are any.
    pub strategies: Option<&'c Strategies>,
}

impl<'c> Basis<'c> {
    /// Without strategies of the host's own.
    pub fn new(
        catalogue: &'c Catalogue,
        request: &'c SelectionRequest,
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
    pub fn with_strategies(mut self, strategies: &'c Strategies) -> Self {
        self.strategies = Some(strategies);
        self
    }

    /// Whether the request makes sense here.
    pub(super) fn check(&self) -> Result<(), SelectionError> {
        self.request.check()?;
        let slots = self.request.slots().iter();
        let mut topics = self
            .request
            .topics()
            .iter()
            .chain(slots.flat_map(Slot::topics));
        let unknown = |topic: &&Topic| !self.catalogue.has_topic(topic);
        match topics.find(unknown).cloned() {
            Some(topic) => Err(SelectionError::UnknownTopic { topic }),
            None => Ok(()),
        }
    }
}
