//! Breaking promises about contests that exist.

use async_trait::async_trait;
use contest_core::lifecycle::NotAccepting;
use contest_core::model::{
    ContestRecord, ContestStatus, Ending, EndingKind, EventKind, IdempotencyKey, NewSolve,
};
use contest_core::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishError, FinishKind,
    LifeRepository, Mark, MarkError, Marked, NewContest, ProblemRepository, SolveRepository,
    StoreError,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};

use super::{Sabotage, Sabotaged, pause};

#[async_trait]
impl ContestRepository for Sabotaged {
    async fn create_contest(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        Ok(match self.create(user, contest).await? {
            Creation::Created { contest, settled } => Creation::Created {
                contest: self.show(contest),
                settled,
            },
            Creation::Repeated(record) => Creation::Repeated(self.show(record)),
        })
    }

    async fn find_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<ContestRecord>, StoreError> {
        let found = self
            .inner
            .find_contest(self.owner(contest, user), contest)
            .await?;
        Ok(found.map(|record| self.show(record)))
    }

    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError> {
        if self.is(Sabotage::SettlesWhenRead) {
            self.settle(user, now).await;
        }
        let found = self.inner.find_active_contest(user, now).await?;
        let shown = found.map(|record| self.show(record));
        Ok(shown.filter(|record| record.status(now) == ContestStatus::Active))
    }

    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
        let owner = self.state().keys.get(key.as_str()).copied();
        let user = owner
            .filter(|_| self.is(Sabotage::SharesKeys))
            .unwrap_or(user);
        let found = self.inner.find_contest_by_key(user, key).await?;
        Ok(found.map(|(record, request)| (self.show(record), request)))
    }

    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError> {
        let everything = ContestPage {
            before: None,
            limit: u32::MAX,
        };
        let listed = self.inner.list_contests(user, everything).await?;
        let after_cursor = |id| match page.before {
            None => true,
            Some(cursor) if self.is(Sabotage::PagesContestsWithTheCursor) => id <= cursor,
            Some(cursor) => id < cursor,
        };
        let mut listed: Vec<_> = listed.into_iter().map(|record| self.show(record)).collect();
        if self.is(Sabotage::PagesContestsByOffset) {
            listed.drain(
                ..self
                    .offset(page.before.is_some(), page.limit)
                    .min(listed.len()),
            );
        } else {
            listed.retain(|record| after_cursor(record.id));
        }
        listed.truncate(page.limit as usize);
        Ok(listed)
    }

    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let user = self.owner(contest, user);
        let now = self.in_time(user, contest, now).await;
        if let Some(answer) = self.mark_late(user, contest, problem, mark, now).await {
            return answer;
        }
        let marked = match mark {
            Mark::Solved => self.mark(user, contest, problem, now).await,
            Mark::Unsolved => self.unmark(user, contest, problem, now).await,
        }?;
        self.tell_mark(user, contest, problem, mark, now, marked)
            .await;
        Ok(marked)
    }

    async fn finish_contest(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        let user = self.owner(contest, user);
        let now = self.in_time(user, contest, now).await;
        let ending = Ending {
            kind: match kind {
                FinishKind::Complete => EndingKind::Completed,
                FinishKind::Abandon => EndingKind::Abandoned,
            },
            at: now,
        };
        let seen = self.find(user, contest).await;
        let active = seen.is_some_and(|seen| seen.status(now) == ContestStatus::Active);
        match self.how {
            Sabotage::LooksThenEnds => pause().await,
            Sabotage::EndsInTwoSteps if active => {
                self.state().endings.insert(contest, Some(ending));
                pause().await;
            }
            _ => {}
        }
        let answer = self.inner.finish_contest(user, contest, kind, now).await;
        if answer.is_ok() {
            let ending = ending.kind;
            let kind = EventKind::ContestFinished { contest, ending };
            self.tell_later(user, &[(now, kind)]).await;
        }
        match (self.how, answer) {
            (Sabotage::EndsAgain, Err(FinishError::NotAccepting(_))) => {
                self.state().endings.insert(contest, Some(ending));
                Ok(self.show(self.find(user, contest).await.unwrap()))
            }
            (Sabotage::LooksThenEnds, Err(FinishError::NotAccepting(_))) if active => {
                Ok(self.find(user, contest).await.unwrap())
            }
            (Sabotage::TakesSolvesBackWhenAbandoned, Ok(record)) if kind == FinishKind::Abandon => {
                let marked = record.problems.iter().filter(|p| p.completed_at.is_some());
                let marked = marked.map(|assigned| (user, assigned.problem));
                self.state().unsolved.extend(marked);
                Ok(record)
            }
            (_, answer) => answer.map(|record| self.show(record)),
        }
    }
}

impl Sabotaged {
    /// The time, or just before the deadline if that is when it is.
    pub(super) async fn in_time(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Timestamp {
        match self.find(user, contest).await {
            Some(record) if record.deadline == now && self.is(Sabotage::IncludesTheDeadline) => {
                Timestamp::from_micros(now.as_micros() - 1)
            }
            _ => now,
        }
    }

    async fn mark(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let write = self
            .inner
            .mark_problem(user, contest, problem, Mark::Solved, now);
        match self.how {
            Sabotage::MarksAgain => {
                let before = self
                    .inner
                    .mark_problem(user, contest, problem, Mark::Unsolved, now);
                before.await?;
                write.await
            }
            Sabotage::MarksWithoutSolving => {
                let marked = write.await?;
                self.state().unsolved.insert((user, problem));
                Ok(marked)
            }
            Sabotage::MarksInTwoSteps => {
                let active = self.inner.find_active_contest(user, now).await?;
                if active.is_some_and(|c| c.problems.iter().any(|p| p.problem == problem)) {
                    let solve = [NewSolve::new(problem, now)];
                    let _ = self.inner.record_solves(user, &solve).await;
                    pause().await;
                }
                write.await
            }
            Sabotage::MarksAnything => match write.await {
                Err(MarkError::ProblemNotInContest) => Ok(Marked {
                    completed_at: Some(now),
                    changed: true,
                }),
                answer => answer,
            },
            Sabotage::MarksNothingRetired => {
                let catalogue = self.inner.load_catalogue().await?;
                if catalogue
                    .get(problem)
                    .is_some_and(|problem| problem.retired)
                {
                    return Err(MarkError::ProblemNotInContest);
                }
                write.await
            }
            Sabotage::CountsMarksBeforeMarking => {
                let record = self.find(user, contest).await;
                let marked = |p: &&contest_core::model::AssignedProblem| {
                    p.problem == problem && p.completed_at.is_some()
                };
                let before = record.is_some_and(|r| r.problems.iter().find(marked).is_some());
                pause().await;
                let mut answer = write.await?;
                answer.changed = !before;
                Ok(answer)
            }
            Sabotage::LooksThenMarks => {
                let before = self.find(user, contest).await;
                pause().await;
                match write.await {
                    Err(MarkError::NotAccepting(NotAccepting::Ended { .. }))
                        if before.is_some_and(|c| c.status(now) == ContestStatus::Active) =>
                    {
                        pause().await;
                        self.state().marks.insert((contest, problem), now);
                        Ok(Marked {
                            completed_at: Some(now),
                            changed: true,
                        })
                    }
                    answer => answer,
                }
            }
            _ => write.await,
        }
    }

    async fn unmark(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let write = self
            .inner
            .mark_problem(user, contest, problem, Mark::Unsolved, now);
        match self.how {
            Sabotage::UnmarksAlways => {
                let mut marked = write.await?;
                marked.changed = true;
                Ok(marked)
            }
            Sabotage::UnmarksOldSolves => {
                let began = self.find(user, contest).await.map(|c| c.started_at);
                let epoch = self.inner.current_epoch(user).await?.began_at;
                let marked = write.await?;
                if marked.changed && began < epoch {
                    self.state().unsolved.insert((user, problem));
                }
                Ok(marked)
            }
            Sabotage::UnmarksEverySolve => {
                let marked = write.await?;
                if marked.changed {
                    self.state().unsolved.insert((user, problem));
                }
                Ok(marked)
            }
            Sabotage::UnmarksWithoutUnsolving => {
                let marked = write.await?;
                if marked.changed {
                    let solve = [NewSolve::new(problem, now)];
                    let _ = self.inner.record_solves(user, &solve).await;
                }
                Ok(marked)
            }
            Sabotage::UnmarksInTwoSteps => {
                self.state().unsolved.insert((user, problem));
                pause().await;
                let answer = write.await;
                self.state().unsolved.remove(&(user, problem));
                answer
            }
            _ => write.await,
        }
    }
}
