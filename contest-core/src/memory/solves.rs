//! Solves in memory.

use std::collections::HashSet;

use async_trait::async_trait;

use crate::id::{ProblemId, UserId};
use crate::memory::MemoryStore;
use crate::memory::shard::read;
use crate::model::{EventKind, NewSolve, SolveEvent};
use crate::store::{
    RecordSolvesError, RecordedSolves, SolveEventPage, SolveRepository, StoreError,
};

#[async_trait]
impl SolveRepository for MemoryStore {
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError> {
        Ok(self.inner.users.read(user, |user| {
            candidates
                .iter()
                .copied()
                .filter(|problem| user.has_solved(*problem))
                .collect()
        }))
    }

    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        let catalogue = read(&self.inner.catalogue);
        let problems = solves.iter().map(|solve| solve.problem);
        let unknown: Vec<_> = problems.filter(|id| catalogue.get(*id).is_none()).collect();
        if !unknown.is_empty() {
            return Err(RecordSolvesError::UnknownProblems { problems: unknown });
        }
        Ok(self.inner.users.write(user, |user| {
            let mut outcome = RecordedSolves::default();
            for solve in solves {
                if user.add_solve(&catalogue, solve.problem, solve.solved_at, None) {
                    outcome.recorded += 1;
                    let (problem, contest) = (solve.problem, None);
                    let kind = EventKind::ProblemSolved { problem, contest };
                    user.outbox.append(solve.solved_at, kind);
                } else {
                    outcome.already_solved += 1;
                }
            }
            outcome
        }))
    }

    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError> {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        Ok(self.inner.users.read(user, |user| {
            let latest_first = match page.before {
                None => user.events.range(..),
                Some(before) => user.events.range(..before),
            };
            latest_first
                .rev()
                .take(limit)
                .map(|(_, event)| *event)
                .collect()
        }))
    }
}
