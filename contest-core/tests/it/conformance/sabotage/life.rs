//! Breaking promises about extending and resuming.

use async_trait::async_trait;
use contest_core::lifecycle::NotAccepting;
use contest_core::model::{ContestRecord, ContestStatus, EndingKind, Epoch, EventKind};
use contest_core::store::{
    ContestPage, ContestRepository, ExtendError, LifeRepository, Reset, ResetError, ResumeError,
    StoreError,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};

use super::{Sabotage, Sabotaged, pause};

#[async_trait]
impl LifeRepository for Sabotaged {
    async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        let user = self.owner(contest, user);
        let now = self.in_time(user, contest, now).await;
        let Some(seen) = self.find(user, contest).await.map(|seen| self.show(seen)) else {
            return Err(ExtendError::ContestNotFound);
        };
        let first = seen.deadline;
        self.state().first_deadlines.entry(contest).or_insert(first);
        let extended = ContestRecord {
            deadline,
            ..seen.clone()
        };
        self.extend(&seen, extended, now).await
    }

    async fn resume_contest(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        let user = self.owner(contest, user);
        let now = self.in_time(user, contest, now).await;
        let Some(seen) = self.find(user, contest).await else {
            return Err(ResumeError::ContestNotFound);
        };
        let resumed = self.resume(user, &seen, now).await?;
        if seen.ending.is_some() {
            let kind = EventKind::ContestResumed { contest };
            self.tell_later(user, &[(now, kind)]).await;
        }
        Ok(resumed)
    }

    async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        let reset = self.reset(user, now).await?;
        self.state().reset.insert(user);
        let epoch = reset.epoch.number;
        let kind = EventKind::ProgressReset { epoch };
        self.tell_later(user, &[(now, kind)]).await;
        Ok(reset)
    }

    async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError> {
        self.inner.current_epoch(user).await
    }
}

impl Sabotaged {
    /// The deadline a contest had before it was moved.
    pub(super) fn first_deadline(&self, contest: ContestId) -> Option<Timestamp> {
        self.state().first_deadlines.get(&contest).copied()
    }

    /// `seen` is the contest before, and `extended` as it should be afterwards.
    async fn extend(
        &self,
        seen: &ContestRecord,
        extended: ContestRecord,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        let (user, contest, deadline) = (seen.user, seen.id, extended.deadline);
        let accepting = seen.check_accepting(now).is_ok();
        match self.how {
            Sabotage::ExtendsForShow if accepting => return Ok(extended),
            Sabotage::RefusesTheSameDeadline if accepting && deadline == seen.deadline => {
                return Err(ExtendError::EarlierDeadline { deadline });
            }
            Sabotage::ExtendsBlindly if accepting && deadline >= seen.deadline => {
                pause().await;
                self.state().deadlines.insert(contest, deadline);
                return Ok(extended);
            }
            Sabotage::LooksThenExtends => pause().await,
            Sabotage::ExtendsInTwoSteps if accepting => {
                let half = i64::midpoint(deadline.as_micros(), seen.deadline.as_micros());
                let half = Timestamp::from_micros(half);
                self.state().deadlines.insert(contest, half);
                pause().await;
                self.state().deadlines.remove(&contest);
            }
            _ => {}
        }
        let answer = self
            .inner
            .extend_contest(user, contest, deadline, now)
            .await;
        match (self.how, answer) {
            (Sabotage::MovesDeadlinesBack, Err(ExtendError::EarlierDeadline { .. })) => {
                self.state().deadlines.insert(contest, deadline);
                Ok(extended)
            }
            (
                Sabotage::ExtendsWhatHasEnded,
                Err(ExtendError::NotAccepting(NotAccepting::Ended { .. })),
            ) if seen.ending.is_some() => Ok(extended),
            (Sabotage::LooksThenExtends, Err(ExtendError::NotAccepting(_))) if accepting => {
                Ok(extended)
            }
            (_, answer) => answer.map(|record| self.show(record)),
        }
    }

    async fn resume(
        &self,
        user: UserId,
        seen: &ContestRecord,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        let contest = seen.id;
        let ending = None;
        let resumed = ContestRecord {
            ending,
            ..seen.clone()
        };
        let abandoned = seen.status(now) == ContestStatus::Abandoned && now < seen.deadline;
        let active = self.inner.find_active_contest(user, now).await?;
        let active = active.map(|active| active.id);
        let open = self.open(user).await?;
        match self.how {
            Sabotage::ResumesForShow if abandoned && active.is_none() => return Ok(resumed),
            Sabotage::RefusesToResumeTwice if seen.check_accepting(now).is_ok() => {
                let status = ContestStatus::Active;
                return Err(ResumeError::NotAbandoned { status });
            }
            Sabotage::LooksAtActiveFirst => {
                if let Some(contest) = active.filter(|active| *active != contest) {
                    return Err(ResumeError::ActiveContestExists { contest });
                }
            }
            Sabotage::LooksThenResumes => pause().await,
            Sabotage::ResumesInTwoSteps => {
                self.state().endings.insert(contest, None);
                pause().await;
                self.state().endings.remove(&contest);
            }
            _ => {}
        }
        let answer = self.inner.resume_contest(user, contest, now).await;
        match (self.how, answer) {
            (Sabotage::ResumesAnything, Err(ResumeError::NotAbandoned { .. }))
            | (Sabotage::ResumesBesideOthers, Err(ResumeError::ActiveContestExists { .. })) => {
                Ok(resumed)
            }
            (
                Sabotage::LooksThenResumes,
                Err(ResumeError::NotAbandoned { .. } | ResumeError::ActiveContestExists { .. }),
            ) if abandoned && active.is_none() => {
                self.state().endings.insert(contest, None);
                Ok(resumed)
            }
            (Sabotage::ResumesWithoutSettling, Ok(record)) => {
                let open = open.into_iter().map(|open| (open, None));
                self.state().endings.extend(open);
                Ok(record)
            }
            (_, answer) => answer.map(|record| self.show(record)),
        }
    }

    /// The contest without a stored ending.
    pub(super) async fn open(&self, user: UserId) -> Result<Option<ContestId>, StoreError> {
        let page = ContestPage {
            before: None,
            limit: u32::MAX,
        };
        let all = self.inner.list_contests(user, page).await?;
        let open = all.into_iter().find(|contest| contest.ending.is_none());
        Ok(open.map(|contest| contest.id))
    }

    /// Whether it was settled.
    pub(super) fn is_settled(record: &ContestRecord) -> bool {
        record
            .ending
            .is_some_and(|ending| ending.kind == EndingKind::Expired)
    }
}
