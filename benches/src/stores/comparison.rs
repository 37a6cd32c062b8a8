//! The whole comparison of a store with its floor.

use rand::rngs::ChaCha8Rng;

use crate::stores::{Budgets, Cycle, Floor, Reads, Solver, Stored};
use crate::{Outcome, Report};

/// So many other users of each store have solved as many problems each: nobody is alone in a table.
const OTHERS: usize = 100;

/// How much is stored and measured.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Problems of the large catalogue; the small one is the bundled one.
    pub problems: u32,
    /// Solves of the user with the most.
    pub solves: usize,
    /// Rounds before those that are kept.
    pub warm_up: usize,
    /// Rounds that are kept.
    pub rounds: usize,
}

/// A store with the small catalogue and one with the large one, and the users that are measured.
#[derive(Debug)]
pub struct Comparison {
    small: Stored,
    large: Stored,
    /// Few and more solves in the small store, some and many in the large one.
    solvers: [Solver; 4],
    scale: Scale,
    budgets: Budgets,
}

impl Comparison {
    /// Stores the users, and their solves and contests.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn load(
        small: Stored,
        large: Stored,
        scale: Scale,
        budgets: Budgets,
        random: &mut ChaCha8Rng,
    ) -> Outcome<Self> {
        for stored in [&small, &large] {
            for _ in 0..OTHERS {
                Solver::new(stored, OTHERS, random).await?;
            }
        }
        let mut solvers = [
            Solver::new(&small, 10, random).await?,
            Solver::new(&small, 100, random).await?,
            Solver::new(&large, 100, random).await?,
            Solver::new(&large, scale.solves, random).await?,
        ];
        for (stored, solver) in [&small, &small, &large, &large]
            .into_iter()
            .zip(&mut solvers)
        {
            solver.enter_contests(stored, random).await?;
        }
        Ok(Self {
            small,
            large,
            solvers,
            scale,
            budgets,
        })
    }

    /// Measures the reads.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn reads(
        &self,
        report: &mut Report,
        state: &str,
        floor: &Floor,
        random: &mut ChaCha8Rng,
    ) -> Outcome<()> {
        let stores = [&self.small, &self.small, &self.large, &self.large];
        let subjects = stores.into_iter().zip(&self.solvers).collect();
        let mut reads = Reads::new(self.scale.warm_up, subjects);
        for _ in 0..self.scale.warm_up + self.scale.rounds {
            reads.round(floor, random).await?;
        }
        report.heading(&format!("Reads, {state}"));
        report.ratios(reads.ratios(self.budgets));
        Ok(())
    }

    /// Measures the writes of new users in the small store, and those of one user with many solves
    /// in the large one, in turn.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn writes(
        &self,
        report: &mut Report,
        floor: &Floor,
        random: &mut ChaCha8Rng,
    ) -> Outcome<()> {
        let mut of_new = Cycle::new(self.scale.warm_up);
        let mut of_many = Cycle::new(self.scale.warm_up);
        let mut many = Solver::new(&self.large, self.scale.solves, random).await?;
        for _ in 0..self.scale.warm_up + self.scale.rounds {
            let mut new = Solver::new(&self.small, 0, random).await?;
            let round = of_new.round(&self.small, floor, &mut new, random);
            Box::pin(round).await?;
            let round = of_many.round(&self.large, floor, &mut many, random);
            Box::pin(round).await?;
        }
        report.heading("Writes, each round by a new user");
        let problems = self.small.problems.len();
        let of = format!("a new user, {problems} problems");
        report.ratios(of_new.ratios(self.budgets, &of));
        report.heading("Writes, all by one user with many solves");
        let (problems, solves) = (self.large.problems.len(), self.scale.solves);
        let of = format!("{solves} solves, {problems} problems");
        report.ratios(of_many.ratios(self.budgets, &of));
        Ok(())
    }
}
