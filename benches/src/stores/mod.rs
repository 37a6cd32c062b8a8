//! What the benchmarks of the stores do with a store, whichever it is.

mod comparison;
mod cycle;
mod floor;
mod reads;
mod solver;
mod stored;

pub use comparison::{Pair, Scale};
pub use cycle::{Cycle, Users};
pub use floor::Floor;
pub use reads::Reads;
pub use solver::{Solver, new_user};
pub use stored::{CANDIDATES, NOW, Stored};

use crate::{Bound, Ratios, Series};

/// Whether the budgets of the design hold for a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budgets {
    /// They are judged.
    Judged,
    /// There are none; ratios are only shown.
    None,
}

impl Budgets {
    fn row(
        self,
        ratios: &mut Ratios,
        name: &str,
        call: &Series,
        floor: &Series,
        most: Option<f64>,
    ) {
        match (self, most) {
            (Self::Judged, Some(most)) => ratios.judge(name, call, floor, Bound::AtMost(most)),
            _ => ratios.ratio(name, call, floor),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use contest_core::catalogue::Catalogue;
    use contest_core::store::ProgressRepository as _;
    use contest_sqlx::sqlite::SqliteStore;
    use rand::SeedableRng as _;
    use rand::rngs::ChaCha8Rng;

    use super::{Budgets, Cycle, Floor, NOW, Reads, Solver, Stored, Users};

    #[tokio::test]
    async fn a_round_of_writes_leaves_the_user_ready_for_the_next() {
        let sqlite = SqliteStore::connect("sqlite::memory:").await.unwrap();
        sqlite.migrate().await.unwrap();
        let floor = Arc::new(Floor::sqlite(&sqlite).await.unwrap());
        let catalogue = Catalogue::neetcode150();
        let stored = Stored::new(sqlite.clone(), &floor, &catalogue);
        let stored = stored.await.unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);

        let mut reader = Solver::new(&stored, 30, &mut random).await.unwrap();
        reader.enter_contests(&stored, &mut random).await.unwrap();
        let counts = stored.store.count_contests(reader.user, NOW).await.unwrap();
        assert_eq!((counts.active, counts.completed), (1, 20));
        let mut reads = Reads::new(0, vec![(&stored, &reader)]);
        reads.round(&mut random).await.unwrap();
        let shown = format!("{:?}", reads.ratios(Budgets::None, ""));
        assert!(shown.contains("find a contest by its key, 30 solves of 150"));

        let mut writer = Solver::new(&stored, 0, &mut random).await.unwrap();
        let mut cycle = Cycle::new(0);
        let round = cycle.round(&stored, &mut writer, &mut random);
        Box::pin(round).await.unwrap();
        let counts = stored.store.count_contests(writer.user, NOW).await.unwrap();
        assert_eq!(
            (counts.active, counts.completed, counts.abandoned),
            (0, 1, 2)
        );
        let solved = stored.store.solved_by_difficulty(writer.user);
        let solved = solved.await.unwrap();
        assert_eq!(solved.easy + solved.medium + solved.hard, 101);
        let shown = format!("{:?}", cycle.ratios(Budgets::None, "one", Users::One));
        assert!(shown.contains("mark a problem, one") && !shown.contains("the first"));
        sqlite.close(Duration::from_secs(5)).await.unwrap();
    }
}
