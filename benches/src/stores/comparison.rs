//! The whole comparison of a store with its floor.

use rand::rngs::ChaCha8Rng;

use crate::stores::{Budgets, Cycle, Reads, Solver, Stored, Users};
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
    /// Rounds of reads that are kept.
    pub reads: usize,
    /// Rounds of writes that are kept.
    pub writes: usize,
}

/// A store with a small catalogue and one with a large one.
#[derive(Debug)]
pub struct Pair {
    /// With the bundled catalogue.
    pub small: Stored,
    /// With the large one.
    pub large: Stored,
    /// How much is stored and measured.
    pub scale: Scale,
    /// Whether there are any.
    pub budgets: Budgets,
}

impl Pair {
    /// Stores the users that are read, with their solves and contests, and others: few and more
    /// solves in the small store, some and many in the large one.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn load(&self, random: &mut ChaCha8Rng) -> Outcome<[Solver; 4]> {
        for stored in [&self.small, &self.large] {
            for _ in 0..OTHERS {
                Solver::new(stored, OTHERS, random).await?;
            }
        }
        let mut solvers = [
            Solver::new(&self.small, 10, random).await?,
            Solver::new(&self.small, 100, random).await?,
            Solver::new(&self.large, 100, random).await?,
            Solver::new(&self.large, self.scale.solves, random).await?,
        ];
        for (stored, solver) in self.stores().into_iter().zip(&mut solvers) {
            solver.enter_contests(stored, random).await?;
        }
        Ok(solvers)
    }

    fn stores(&self) -> [&Stored; 4] {
        [&self.small, &self.small, &self.large, &self.large]
    }

    /// Measures the reads. `state` is added to what the rows say, after a heading.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn reads(
        &self,
        report: &mut Report,
        (heading, state): (&str, &str),
        solvers: &[Solver; 4],
        random: &mut ChaCha8Rng,
    ) -> Outcome<()> {
        let subjects = self.stores().into_iter().zip(solvers).collect();
        let mut reads = Reads::new(self.scale.warm_up, subjects);
        for _ in 0..self.scale.warm_up + self.scale.reads {
            reads.round(random).await?;
        }
        report.heading(&format!("Reads, {heading}"));
        report.ratios(reads.ratios(self.budgets, state));
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
        (heading, state): (&str, &str),
        random: &mut ChaCha8Rng,
    ) -> Outcome<()> {
        let Scale { warm_up, .. } = self.scale;
        let (mut of_new, mut of_one) = (Cycle::new(warm_up), Cycle::new(warm_up));
        let mut one = Solver::new(&self.large, self.scale.solves, random).await?;
        for _ in 0..warm_up + self.scale.writes {
            let mut new = Solver::new(&self.small, 0, random).await?;
            let round = of_new.round(&self.small, &mut new, random);
            Box::pin(round).await?;
            let round = of_one.round(&self.large, &mut one, random);
            Box::pin(round).await?;
        }
        report.heading(&format!("Writes, {heading}"));
        let of = format!("a new user{state}");
        report.ratios(of_new.ratios(self.budgets, &of, Users::New));
        let problems = self.large.problems.len();
        let of = format!("{} solves of {problems}{state}", self.scale.solves);
        report.ratios(of_one.ratios(self.budgets, &of, Users::One));
        Ok(())
    }
}
