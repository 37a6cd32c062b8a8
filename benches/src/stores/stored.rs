//! A store with a catalogue.

use std::collections::BTreeSet;
use std::sync::Arc;

use contest_core::catalogue::Catalogue;
use contest_core::lifecycle::LatePolicy;
use contest_core::model::PerDifficulty;
use contest_core::prelude::*;
use contest_core::select::{AlgorithmVersion, SelectionRecord};
use contest_core::store::{NewContest, ProblemRepository as _, Store};
use contest_core::time::ManualClock;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;

use crate::Outcome;
use crate::stores::Floor;

/// The only time there is. What lies on a time axis is placed around it.
pub const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// How many problems a question of membership names.
pub const CANDIDATES: usize = 30;

/// A store with a catalogue, and an engine over it whose clock stands at [`NOW`].
#[derive(Clone)]
pub struct Stored {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The engine.
    pub engine: Engine,
    /// The cheapest calls through its pools.
    pub floor: Arc<Floor>,
    /// The catalogue's problems.
    pub problems: Vec<ProblemId>,
    record: SelectionRecord,
}

impl Stored {
    /// Publishes the catalogue to a store, and makes the engine.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn new(
        store: impl Store + 'static,
        floor: &Arc<Floor>,
        catalogue: &Catalogue,
    ) -> Outcome<Self> {
        let store: Arc<dyn Store> = Arc::new(store);
        store.publish_catalogue(catalogue).await?;
        let engine = Engine::builder(Arc::clone(&store));
        let engine = engine.clock(ManualClock::new(NOW)).build().await?;
        let five = PerDifficulty::new(2, 2, 1);
        let record = SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: Seed(0),
            catalogue: catalogue.fingerprint(),
            request: SelectionRequest::new(ProblemCount::new(5)?),
            quota: five,
            taken: five,
            parts: Vec::new(),
            open_slots: Vec::new(),
        };
        Ok(Self {
            store,
            engine,
            floor: Arc::clone(floor),
            problems: catalogue.problems().iter().map(|p| p.id).collect(),
            record,
        })
    }

    /// Problems to ask membership for, other ones with every call.
    pub fn candidates(&self, random: &mut ChaCha8Rng) -> Vec<ProblemId> {
        let drawn = self.problems.sample(random, CANDIDATES);
        drawn.copied().collect()
    }

    /// A contest of these problems that begins at `at` and runs for an hour.
    pub fn contest(
        &self,
        at: Timestamp,
        problems: &[ProblemId],
        random: &mut ChaCha8Rng,
    ) -> NewContest {
        NewContest {
            id: ContestId::new(at, random.random()),
            started_at: at,
            deadline: at + std::time::Duration::from_hours(1),
            problems: problems.to_vec(),
            selection: self.record.clone(),
            idempotency: None,
            repeats: BTreeSet::new(),
            late_policy: LatePolicy::Reject,
        }
    }

    /// What the engine is asked for: five problems, for an hour.
    ///
    /// # Errors
    /// None; the type says what the constructors say.
    pub fn request() -> Outcome<ContestRequest> {
        let hour = ContestDuration::from_minutes(60)?;
        Ok(ContestRequest::new(ProblemCount::new(5)?, hour))
    }
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored")
            .field("problems", &self.problems.len())
            .finish_non_exhaustive()
    }
}
