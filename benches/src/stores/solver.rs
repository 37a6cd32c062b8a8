//! A user who has solved something.

use std::time::Duration;

use contest_core::prelude::*;
use contest_core::store::{
    ContestRepository as _, FinishKind, Idempotency, SolveRepository as _, StoreError,
};
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;
use uuid::Uuid;

use crate::Outcome;
use crate::stores::{NOW, Stored};

/// How many ended contests [`Solver::enter_contests`] makes.
const CONTESTS: u64 = 20;
const HOUR: Duration = Duration::from_hours(1);

/// Someone nobody has heard of.
pub fn new_user(random: &mut ChaCha8Rng) -> UserId {
    UserId::from_uuid(Uuid::from_u128(random.random()))
}

/// A user, how much they have solved, and what is left.
#[derive(Debug)]
pub struct Solver {
    /// Who.
    pub user: UserId,
    /// The problems solved to begin with, one an hour, the last an hour before [`NOW`].
    pub solves: usize,
    /// The problems that were not, in random order; taken from the end.
    pub unsolved: Vec<ProblemId>,
    /// The active contest and the key it was created under, if there is one.
    pub contest: Option<(ContestId, IdempotencyKey)>,
}

impl Solver {
    /// A new user who solves that many problems, in one call for each 10,000.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn new(stored: &Stored, count: usize, random: &mut ChaCha8Rng) -> Outcome<Self> {
        let user = new_user(random);
        let mut unsolved = stored.problems.clone();
        unsolved.shuffle(random);
        let drawn = unsolved.split_off(unsolved.len().saturating_sub(count));
        let solves: Vec<_> = drawn
            .iter()
            .zip(1..)
            .map(|(problem, hours)| NewSolve::new(*problem, hours_before(hours)))
            .collect();
        for chunk in solves.chunks(10_000) {
            stored.store.record_solves(user, chunk).await?;
        }
        Ok(Self {
            user,
            solves: solves.len(),
            unsolved,
            contest: None,
        })
    }

    /// Creates and ends contests, one after the other, and one more that is active at [`NOW`].
    ///
    /// # Errors
    /// When the store fails or refuses.
    pub async fn enter_contests(
        &mut self,
        stored: &Stored,
        random: &mut ChaCha8Rng,
    ) -> Outcome<()> {
        let problems: Vec<_> = self.unsolved.iter().copied().take(5).collect();
        for hours in (0..=CONTESTS).rev() {
            let at = hours_before(i64::try_from(hours)?);
            let key = IdempotencyKey::new(format!("contest-{hours}"))?;
            let mut contest = stored.contest(at, &problems, random);
            contest.idempotency = Some(Idempotency {
                key: key.clone(),
                request: [0; 32],
            });
            stored.store.create_contest(self.user, &contest).await?;
            self.contest = Some((contest.id, key));
            if hours > 0 {
                let end = stored.store.finish_contest(
                    self.user,
                    contest.id,
                    FinishKind::Complete,
                    at + HOUR / 2,
                );
                end.await?;
            }
        }
        Ok(())
    }

    /// So many problems that are not solved, to be solved now.
    ///
    /// # Errors
    /// When there are not as many left.
    pub fn take(&mut self, count: usize) -> Result<Vec<NewSolve>, StoreError> {
        let Some(left) = self.unsolved.len().checked_sub(count) else {
            return Err(StoreError::permanent("nothing is left to solve"));
        };
        let taken = self.unsolved.split_off(left);
        Ok(taken.into_iter().map(|id| NewSolve::new(id, NOW)).collect())
    }
}

fn hours_before(hours: i64) -> Timestamp {
    Timestamp::from_micros(NOW.as_micros() - hours * 3_600_000_000)
}
