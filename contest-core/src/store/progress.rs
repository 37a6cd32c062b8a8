//! The port for counts.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::id::UserId;
use crate::model::{ContestCounts, PerDifficulty, Topic};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Answers how far a user has come.
///
/// # Contract
/// - Every answer equals what counting the current solves and contests from scratch would give, at
///   every instant another connection can look.
/// - Retired problems are not counted until they are in use again.
/// - A user nobody has heard of has zero of everything.
#[async_trait]
pub trait ProgressRepository: Send + Sync {
    /// How many problems of each difficulty the user has solved.
    ///
    /// # Contract
    /// - The cost does not grow with the number of solves.
    ///
    /// # Errors
    /// When the store fails.
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError>;

    /// How many problems of each topic the user has solved. A problem counts in each of its topics;
    /// topics without a solve may be missing.
    ///
    /// # Contract
    /// - The cost grows with the number of topics, not of solves.
    ///
    /// # Errors
    /// When the store fails.
    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError>;

    /// The user's contests by their state at `now`.
    ///
    /// # Errors
    /// When the store fails.
    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError>;

    /// How many current solves of problems in use fall into each of the intervals between
    /// neighbouring `bounds`, which strictly ascend: one number fewer than bounds. A solve at a bound belongs
    /// to the interval that begins there.
    ///
    /// # Contract
    /// - The cost is bounded by the solves between the first and the last bound.
    ///
    /// # Errors
    /// When the store fails.
    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError>;
}
