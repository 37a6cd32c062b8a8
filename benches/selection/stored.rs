//! Catalogues in a store, with users who have solved more and less of them.

use contest_benches::Outcome;
use contest_core::prelude::*;
use contest_core::store::SolveRepository as _;
use contest_core::uuid::Uuid;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::SEED;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// How many of a hundred problems the users have solved.
pub(crate) const PERCENT: [usize; 4] = [0, 50, 90, 99];

/// An engine over a catalogue and some users.
pub(crate) struct Stored {
    /// How many problems.
    pub(crate) size: &'static str,
    pub(crate) engine: Engine,
    users: [(usize, UserId); 4],
}

impl Stored {
    pub(crate) async fn new(size: &'static str, catalogue: Catalogue) -> Outcome<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let problems: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
        let store = MemoryStore::with_catalogue(catalogue);
        let users = PERCENT.map(|percent| (percent, user(&mut random)));
        for (percent, id) in &users {
            let drawn = problems.sample(&mut random, problems.len() * percent / 100);
            let solves: Vec<_> = drawn.map(|problem| NewSolve::new(*problem, NOW)).collect();
            store.record_solves(*id, &solves).await?;
        }
        let engine = Engine::builder(store).build().await?;
        Ok(Self {
            size,
            engine,
            users,
        })
    }

    /// Who has solved that many of a hundred problems.
    pub(crate) fn user(&self, percent: usize) -> Outcome<UserId> {
        let found = self.users.iter().find(|(solved, _)| *solved == percent);
        let (_, id) = found.ok_or("no user has solved that many")?;
        Ok(*id)
    }
}

pub(crate) fn user(random: &mut ChaCha8Rng) -> UserId {
    UserId::from_uuid(Uuid::from_u128(random.random()))
}
