//! Counts in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::id::UserId;
use crate::memory::MemoryStore;
use crate::memory::shard::read;
use crate::memory::user::Counters;
use crate::model::{ContestCounts, PerDifficulty, Topic};
use crate::store::{ProgressRepository, StoreError};
use crate::time::Timestamp;

impl MemoryStore {
    /// Reads the user's counters; brings them up to the catalogue's revision first if need be.
    fn with_counters<T>(&self, user: UserId, answer: impl Fn(&Counters) -> T) -> T {
        let catalogue = read(&self.inner.catalogue);
        let current = |user: &crate::memory::user::User| user.counters_of(&catalogue).map(&answer);
        self.inner
            .users
            .read(user, current)
            .or_else(|| {
                self.inner
                    .users
                    .update(user, |user| answer(user.counters_for(&catalogue)))
            })
            .unwrap_or_else(|| answer(&Counters::default()))
    }
}

#[async_trait]
impl ProgressRepository for MemoryStore {
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError> {
        Ok(self.with_counters(user, |counters| counters.by_difficulty))
    }

    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError> {
        Ok(self.with_counters(user, |counters| counters.by_topic.clone()))
    }

    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError> {
        Ok(self.inner.users.read(user, |user| user.count_contests(now)))
    }

    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError> {
        let catalogue = read(&self.inner.catalogue);
        let in_use = |id| catalogue.in_use(id).is_some();
        let first_of = |at| (at, uuid::Uuid::nil().into());
        Ok(self.inner.users.read(user, |user| {
            let interval = |from, until| {
                let solves = user.solve_times.range(first_of(from)..first_of(until));
                solves.filter(|(_, problem)| in_use(*problem)).count() as u64
            };
            let pairs = bounds.iter().zip(bounds.iter().skip(1));
            pairs
                .map(|(&from, &until)| interval(from, until.max(from)))
                .collect()
        }))
    }
}
