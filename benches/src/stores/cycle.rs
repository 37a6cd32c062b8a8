//! Every write of the contract, next to the cheapest one.

use std::collections::BTreeMap;

use contest_core::prelude::*;
use contest_core::store::{ContestRepository as _, SolveRepository as _, StoreError};
use rand::rngs::ChaCha8Rng;

use crate::stores::{Budgets, NOW, Solver, Stored};
use crate::{Outcome, Ratios, Series};

/// A write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Write {
    FirstCreate,
    FirstMark,
    Create,
    CreateAlone,
    Mark,
    Unmark,
    Complete,
    Abandon,
    RecordOne,
    RecordMany,
}

impl Write {
    const ALL: [Self; 10] = [
        Self::FirstCreate,
        Self::FirstMark,
        Self::Create,
        Self::CreateAlone,
        Self::Mark,
        Self::Unmark,
        Self::Complete,
        Self::Abandon,
        Self::RecordOne,
        Self::RecordMany,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::FirstCreate => "create a contest of 5 problems, the first",
            Self::FirstMark => "mark a problem, the first",
            Self::Create => "create a contest of 5 problems",
            Self::CreateAlone => "the store's part of that",
            Self::Mark => "mark a problem",
            Self::Unmark => "unmark a problem",
            Self::Complete => "complete a contest",
            Self::Abandon => "abandon a contest",
            Self::RecordOne => "record a solve outside a contest",
            Self::RecordMany => "record 100 solves at once",
        }
    }

    fn budget(self) -> Option<f64> {
        match self {
            Self::FirstCreate | Self::Create => Some(3.0),
            Self::FirstMark | Self::Mark => Some(2.0),
            _ => None,
        }
    }
}

/// Times of all writes, one user's after the other's.
#[derive(Debug)]
pub struct Cycle {
    floor: Series,
    calls: BTreeMap<Write, Series>,
}

impl Cycle {
    /// Keeps what follows that many rounds.
    pub fn new(warm_up: usize) -> Self {
        let floor = Series::after(warm_up);
        Self {
            calls: Write::ALL.map(|write| (write, floor.clone())).into(),
            floor,
        }
    }

    async fn time<T, E>(
        &mut self,
        write: Write,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.calls.get_mut(&write) {
            Some(series) => series.time(call).await,
            None => call.await,
        }
    }

    /// Two contests by the engine, one by the store, and solves outside them. The user has no active
    /// contest, before and after.
    ///
    /// # Errors
    /// When the store fails or refuses.
    pub async fn round(
        &mut self,
        stored: &Stored,
        solver: &mut Solver,
        random: &mut ChaCha8Rng,
    ) -> Outcome<()> {
        let (engine, user, request) = (&stored.engine, solver.user, Stored::request()?);
        // The floor follows a write of its own size, not the hundred solves of the round before.
        stored.floor.write().await?;
        self.floor.time(stored.floor.write()).await?;
        let create = engine.create_contest(user, &request);
        let contest = self.time(Write::FirstCreate, create).await?;
        self.marks(engine, &contest).await?;
        let complete = engine.complete_contest(user, contest.id);
        self.time(Write::Complete, complete).await?;

        let create = engine.create_contest(user, &request);
        let contest = self.time(Write::Create, create).await?;
        let abandon = engine.abandon_contest(user, contest.id);
        self.time(Write::Abandon, abandon).await?;

        let problems: Vec<_> = solver.unsolved.iter().copied().take(5).collect();
        let contest = stored.contest(NOW, &problems, random);
        let create = stored.store.create_contest(user, &contest);
        self.time(Write::CreateAlone, create).await?;
        engine.abandon_contest(user, contest.id).await?;

        let one = solver.take(1)?;
        let record = stored.store.record_solves(user, &one);
        self.time(Write::RecordOne, record).await?;
        let many = solver.take(100)?;
        let record = stored.store.record_solves(user, &many);
        self.time(Write::RecordMany, record).await?;
        Ok(())
    }

    /// Marks two problems and takes both marks back, so that nothing stays solved.
    async fn marks(&mut self, engine: &Engine, contest: &Contest) -> Outcome<()> {
        let [first, second, ..] = &contest.problems[..] else {
            return Err(StoreError::permanent("a contest without its problems").into());
        };
        let (user, id) = (contest.user, contest.id);
        let (first, second) = (first.problem.id, second.problem.id);
        let mark = engine.mark_solved(user, id, first);
        self.time(Write::FirstMark, mark).await?;
        let mark = engine.mark_solved(user, id, second);
        self.time(Write::Mark, mark).await?;
        let unmark = engine.unmark(user, id, second);
        self.time(Write::Unmark, unmark).await?;
        engine.unmark(user, id, first).await?;
        Ok(())
    }

    /// What they took, next to the floor. `of` says whose they are. The first contest and the first
    /// mark of a round are told apart if each round is of a new user.
    pub fn ratios(&self, budgets: Budgets, of: &str, users: Users) -> Ratios {
        let mut ratios = Ratios::default();
        ratios.floor("a bare single-row insert, committed", &self.floor);
        for (write, series) in &self.calls {
            let first = matches!(write, Write::FirstCreate | Write::FirstMark);
            if first && users == Users::One {
                continue;
            }
            let name = format!("{}, {of}", write.name());
            budgets.row(&mut ratios, &name, series, &self.floor, write.budget());
        }
        ratios
    }
}

/// Whose rounds a [`Cycle`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// Another user's each time, who has done nothing before.
    New,
    /// One user's.
    One,
}
