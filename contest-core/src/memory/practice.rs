//! What was done with single problems, in memory.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::id::{ProblemId, UserId};
use crate::memory::MemoryStore;
use crate::memory::user::User;
use crate::model::{Encounter, Practice, Solve};
use crate::store::{PracticeRepository, SolvePage, StoreError};

#[async_trait]
impl PracticeRepository for MemoryStore {
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        Ok(self.inner.users.read(user, |user| {
            let some = |id: &ProblemId| Some((*id, practice(user, *id)?));
            candidates.iter().filter_map(some).collect()
        }))
    }

    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError> {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        Ok(self.inner.users.read(user, |user| {
            user.solves_after(page.after).take(limit).collect()
        }))
    }
}

fn practice(user: &User, problem: ProblemId) -> Option<Practice> {
    let practice = Practice {
        solved_at: user.solved_at(problem),
        encounters: encounters(user, problem),
    };
    (practice != Practice::default()).then_some(practice)
}

fn encounters(user: &User, problem: ProblemId) -> Vec<Encounter> {
    let contests = user.contests_with(problem);
    let mut encounters: Vec<_> = contests
        .filter(|contest| {
            user.epoch
                .began_at
                .is_none_or(|began| contest.started_at >= began)
        })
        .map(|contest| Encounter {
            contest: contest.id,
            at: contest.started_at,
            completed_at: contest
                .problems
                .iter()
                .find(|assigned| assigned.problem == problem)
                .and_then(|assigned| assigned.completed_at),
        })
        .collect();
    encounters.sort_unstable_by_key(|encounter| (encounter.at, encounter.contest));
    encounters
}
