//! Breaking promises about counts.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use contest_core::UserId;
use contest_core::model::{ContestCounts, PerDifficulty, Topic};
use contest_core::store::{ProblemRepository, ProgressRepository, SolveRepository, StoreError};
use contest_core::time::Timestamp;

use super::{Sabotage, Sabotaged, pause};

#[async_trait]
impl ProgressRepository for Sabotaged {
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError> {
        let mut counts = self.placed(self.inner.solved_by_difficulty(user)).await??;
        match self.how {
            Sabotage::CountsOneMore => counts.easy += 1,
            Sabotage::CountsRetired => {
                let catalogue = self.inner.load_catalogue().await?;
                let ids: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
                let solved = self.inner.solved_among(user, &ids).await?;
                counts = PerDifficulty::default();
                for problem in solved.into_iter().filter_map(|id| catalogue.get(id)) {
                    counts[problem.difficulty] += 1;
                }
            }
            Sabotage::CountsOneDifficultyAtATime => {
                pause().await;
                counts.medium = self.inner.solved_by_difficulty(user).await?.medium;
                pause().await;
                counts.hard = self.inner.solved_by_difficulty(user).await?.hard;
            }
            Sabotage::CountsByOldCatalogues => {
                // Counts anew only when the number of solves changes.
                let all = self.inner.load_catalogue().await?;
                let ids: Vec<_> = all.problems().iter().map(|p| p.id).collect();
                let solved = self.inner.solved_among(user, &ids).await?.len() as u64;
                let mut state = self.state();
                let old = state.counts.entry(user).or_insert(counts);
                if old.easy + old.medium + old.hard < solved {
                    *old = counts;
                }
                counts = *old;
            }
            Sabotage::LosesSolvesWhilePublishing => {
                let lost = self.state().lost.get(&user).copied().unwrap_or(0);
                counts.easy = counts.easy.saturating_sub(lost);
            }
            _ => {}
        }
        Ok(counts)
    }

    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError> {
        if !self.is(Sabotage::CountsTheFirstTopic) {
            return self.inner.solved_by_topic(user).await;
        }
        let catalogue = self.inner.load_catalogue().await?;
        let ids: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
        let solved = self.inner.solved_among(user, &ids).await?;
        let mut counts = BTreeMap::new();
        let live = solved
            .into_iter()
            .filter_map(|id| catalogue.get(id))
            .filter(|p| !p.retired);
        for topic in live.filter_map(|problem| problem.topics.first()) {
            *counts.entry(topic.clone()).or_default() += 1;
        }
        Ok(counts)
    }

    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError> {
        self.inner.count_contests(user, now).await
    }

    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError> {
        let mut counts = match self.how {
            Sabotage::BindsFewValues if bounds.len() > 500 => {
                return Err(StoreError::permanent("too many values"));
            }
            Sabotage::ClosesIntervals => {
                let just_after = bounds.iter().map(|at| *at + Duration::from_micros(1));
                self.inner
                    .count_solves_between(user, &just_after.collect::<Vec<_>>())
                    .await?
            }
            _ => self.inner.count_solves_between(user, bounds).await?,
        };
        if self.is(Sabotage::CountsRetiredInIntervals) {
            let catalogue = self.inner.load_catalogue().await?;
            let retired = catalogue.problems().iter().filter(|p| p.retired);
            let retired: Vec<_> = retired.map(|p| p.id).collect();
            let solved = self.inner.solved_among(user, &retired).await?;
            if let Some(last) = counts.last_mut() {
                *last += solved.len() as u64;
            }
        }
        Ok(counts)
    }
}
