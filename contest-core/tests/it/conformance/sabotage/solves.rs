//! Breaking promises about solves.

use std::collections::HashSet;

use async_trait::async_trait;
use contest_core::model::{EventKind, NewSolve, SolveEvent, SolveEventKind};
use contest_core::store::{
    ContestRepository, Mark, ProblemRepository, RecordSolvesError, RecordedSolves, SolveEventPage,
    SolveRepository, StoreError,
};
use contest_core::{ProblemId, SolveEventId, UserId};

use super::{Sabotage, Sabotaged, pause};

#[async_trait]
impl SolveRepository for Sabotaged {
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError> {
        let mut solved = match self.how {
            Sabotage::BindsFewValues if candidates.len() > 900 => {
                return Err(StoreError::permanent("too many values"));
            }
            Sabotage::AnswersForEverything => {
                let all = self.inner.load_catalogue().await?;
                let all: Vec<_> = all.problems().iter().map(|problem| problem.id).collect();
                self.inner.solved_among(user, &all).await?
            }
            _ => self.inner.solved_among(user, candidates).await?,
        };
        let state = self.state();
        solved.retain(|problem| !state.unsolved.contains(&(user, *problem)));
        Ok(solved)
    }

    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        let lost = self.is(Sabotage::LosesSolvesWhilePublishing) && self.state().publishing;
        let recorded = self.placed(self.record(user, solves)).await??;
        let outside = |solve: &NewSolve| {
            let (problem, contest) = (solve.problem, None);
            let kind = EventKind::ProblemSolved { problem, contest };
            (solve.solved_at, kind)
        };
        let told = usize::try_from(recorded.recorded).unwrap();
        let told: Vec<_> = solves.iter().take(told).map(outside).collect();
        self.tell_later(user, &told).await;
        if lost {
            *self.state().lost.entry(user).or_default() += recorded.recorded;
        }
        Ok(recorded)
    }

    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError> {
        let everything = SolveEventPage {
            before: None,
            limit: u32::MAX,
        };
        let mut events = self
            .placed(self.inner.solve_history(user, everything))
            .await??;
        match self.how {
            Sabotage::ForgetsRemovals => {
                events.retain(|event| event.kind != SolveEventKind::Removed);
            }
            Sabotage::ForgetsResets => {
                let reset =
                    |e: &SolveEvent| e.kind == SolveEventKind::Removed && e.contest.is_none();
                events.retain(|event| !reset(event));
            }
            Sabotage::NumbersEventsAnew => {
                for (event, number) in events.iter_mut().rev().zip(0..) {
                    event.id = SolveEventId::from_uuid(uuid::Uuid::from_u128(number));
                }
            }
            Sabotage::PagesHistoryByTime => {
                events.retain(|event| page.before.is_none_or(|(at, _)| event.at < at));
            }
            Sabotage::PagesHistoryByOffset => {
                events.drain(
                    ..self
                        .offset(page.before.is_some(), page.limit)
                        .min(events.len()),
                );
            }
            _ => {}
        }
        if self.is(Sabotage::PagesHistoryByTime) || self.is(Sabotage::PagesHistoryByOffset) {
            events.truncate(page.limit as usize);
            return Ok(events);
        }
        events.retain(|event| {
            page.before
                .is_none_or(|before| (event.at, event.id) < before)
        });
        events.truncate(page.limit as usize);
        Ok(events)
    }
}

impl Sabotaged {
    /// How many items to skip: as many as were served since the first page.
    pub(super) fn offset(&self, continued: bool, limit: u32) -> usize {
        let mut state = self.state();
        let offset = if continued { state.served } else { 0 };
        state.served = offset + limit as usize;
        offset
    }

    async fn record(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        let ids: Vec<_> = solves.iter().map(|solve| solve.problem).collect();
        let catalogue = self.inner.load_catalogue().await?;
        self.state().users.insert(user);
        match self.how {
            Sabotage::RemembersSolves if self.state().reset.contains(&user) => {
                let mut recorded = self.inner.record_solves(user, &[]).await?;
                recorded.already_solved = solves.len() as u64;
                Ok(recorded)
            }
            Sabotage::BindsFewValues if solves.len() > 900 => {
                Err(StoreError::permanent("too many values").into())
            }
            Sabotage::RecordsAgain => {
                let mut recorded = self.inner.record_solves(user, solves).await?;
                recorded.recorded += std::mem::take(&mut recorded.already_solved);
                Ok(recorded)
            }
            Sabotage::RecordsOneTimePerBatch => {
                let at = solves.first().map(|solve| solve.solved_at);
                let same = solves
                    .iter()
                    .map(|s| NewSolve::new(s.problem, at.unwrap_or(s.solved_at)));
                self.inner
                    .record_solves(user, &same.collect::<Vec<_>>())
                    .await
            }
            Sabotage::RecordsAroundUnknown => {
                let known = solves
                    .iter()
                    .filter(|solve| catalogue.get(solve.problem).is_some());
                let known: Vec<_> = known.copied().collect();
                self.inner.record_solves(user, &known).await?;
                self.inner.record_solves(user, solves).await
            }
            Sabotage::RecordsInTwoSteps => {
                let (first, second) = solves.split_at(solves.len() / 2);
                let mut recorded = self.inner.record_solves(user, first).await?;
                pause().await;
                let rest = self.inner.record_solves(user, second).await?;
                recorded.recorded += rest.recorded;
                recorded.already_solved += rest.already_solved;
                Ok(recorded)
            }
            Sabotage::RefusesRetiredSolves => {
                let live = |id: &ProblemId| catalogue.get(*id).is_some_and(|p| !p.retired);
                let problems: Vec<_> = ids.into_iter().filter(|id| !live(id)).collect();
                if problems.is_empty() {
                    return self.inner.record_solves(user, solves).await;
                }
                Err(RecordSolvesError::UnknownProblems { problems })
            }
            Sabotage::MarksWhenRecording => {
                let recorded = self.inner.record_solves(user, solves).await?;
                for solve in solves {
                    let at = solve.solved_at;
                    if let Some(active) = self.inner.find_active_contest(user, at).await? {
                        let (contest, problem) = (active.id, solve.problem);
                        let marked =
                            self.inner
                                .mark_problem(user, contest, problem, Mark::Solved, at);
                        let _ = marked.await;
                    }
                }
                Ok(recorded)
            }
            Sabotage::CountsSolvesBeforeRecording => {
                let before = self.inner.solved_among(user, &ids).await?;
                pause().await;
                self.inner.record_solves(user, solves).await?;
                let mut recorded = RecordedSolves::default();
                recorded.already_solved = before.len() as u64;
                recorded.recorded = solves.len() as u64 - recorded.already_solved;
                Ok(recorded)
            }
            Sabotage::FailsWhenBatchesMeet => {
                if !self.state().batches.insert(user) {
                    return Err(StoreError::transient("deadlock detected").into());
                }
                pause().await;
                let recorded = self.inner.record_solves(user, solves).await;
                self.state().batches.remove(&user);
                recorded
            }
            Sabotage::LetsOneUserSolveAProblem => {
                let mut own = solves.to_vec();
                own.retain(|s| *self.state().solvers.entry(s.problem).or_insert(user) == user);
                let mut recorded = self.inner.record_solves(user, &own).await?;
                recorded.already_solved += (solves.len() - own.len()) as u64;
                Ok(recorded)
            }
            _ => self.inner.record_solves(user, solves).await,
        }
    }
}
