//! Breaking promises about practice.

use std::collections::HashMap;

use async_trait::async_trait;
use contest_core::model::{Encounter, Practice, Solve};
use contest_core::store::{
    ContestPage, ContestRepository, PracticeRepository, ProblemRepository, SolvePage, StoreError,
};
use contest_core::{ProblemId, UserId};

use super::{Sabotage, Sabotaged};

#[async_trait]
impl PracticeRepository for Sabotaged {
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        if self.is(Sabotage::TellsOfEverythingMet) {
            let catalogue = self.inner.load_catalogue().await?;
            let all: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
            return self.inner.practice_among(user, &all).await;
        }
        let mut practice = self.inner.practice_among(user, candidates).await?;
        if self.is(Sabotage::RemembersEncounters) {
            let page = ContestPage {
                before: None,
                limit: u32::MAX,
            };
            for contest in self.inner.list_contests(user, page).await? {
                for assigned in &contest.problems {
                    let met = Encounter {
                        contest: contest.id,
                        at: contest.started_at,
                        completed_at: assigned.completed_at,
                    };
                    let practice = practice.entry(assigned.problem).or_default();
                    if !practice.encounters.contains(&met) {
                        practice.encounters.push(met);
                    }
                }
            }
        }
        for practice in practice.values_mut() {
            match self.how {
                Sabotage::SortsEncountersById => practice.encounters.sort_by_key(|e| e.contest),
                Sabotage::LosesMarksOfEncounters => {
                    practice
                        .encounters
                        .iter_mut()
                        .for_each(|e| e.completed_at = None);
                }
                _ => {}
            }
        }
        Ok(practice)
    }

    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError> {
        let mut solves = self.inner.list_solves(user, page).await?;
        if self.is(Sabotage::ForgetsWhoRecorded) {
            for solve in &mut solves {
                solve.contest = None;
            }
        }
        if self.is(Sabotage::PagesSolvesByTime)
            && let Some((at, _)) = page.after
        {
            solves.retain(|solve| solve.solved_at > at);
        }
        Ok(solves)
    }
}
