//! Breaking promises about creating contests.

use contest_core::UserId;
use contest_core::model::{ContestStatus, Ending, EndingKind, EventKind, IdempotencyKey};
use contest_core::select::Seed;
use contest_core::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishKind, NewContest,
    StoreError,
};
use contest_core::time::Timestamp;

use super::{Sabotage, Sabotaged, pause};

impl Sabotaged {
    pub(super) async fn create(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let mut new = contest.clone();
        self.refuse(user, &new).await?;
        self.alter(&mut new);
        match self.how {
            Sabotage::LooksThenCreates => return self.look_then_create(user, &new).await,
            Sabotage::RefusesRacingKeys => return self.refuse_racing(user, &new).await,
            Sabotage::ForgetsKeysOfEndedContests => self.forget_key(user, &mut new).await,
            Sabotage::SettlesBeforeCreating => {
                self.settle(user, new.started_at).await;
                pause().await;
            }
            _ => {}
        }
        let answer = self.inner.create_contest(user, &new).await;
        self.after_creating(user, &new, answer).await
    }

    /// Refuses what should not be refused.
    async fn refuse(&self, user: UserId, new: &NewContest) -> Result<(), CreateContestError> {
        let refusal = CreateContestError::ActiveContestExists { contest: new.id };
        match self.how {
            Sabotage::BindsFewValues if new.problems.len() > 900 => {
                Err(StoreError::permanent("too many values").into())
            }
            Sabotage::CreatesOneAtATime => {
                if std::mem::replace(&mut self.state().creating, true) {
                    return Err(StoreError::transient("the table is locked").into());
                }
                pause().await;
                self.state().creating = false;
                Ok(())
            }
            Sabotage::KeepsUsersOut if self.state().owners.values().any(|o| *o != user) => {
                Err(refusal)
            }
            Sabotage::WaitsAnInstant => match self.latest(user).await {
                Some(latest) if latest.ending.is_some_and(|e| e.at == new.started_at) => {
                    Err(refusal)
                }
                _ => Ok(()),
            },
            Sabotage::UsesUpKeys => match key(new) {
                Some(key) if self.state().used_up.contains(&key) => {
                    Err(CreateContestError::KeyReused { contest: new.id })
                }
                _ => Ok(()),
            },
            Sabotage::LooksAtActiveFirst => {
                match self.inner.find_active_contest(user, new.started_at).await? {
                    Some(active) => {
                        Err(CreateContestError::ActiveContestExists { contest: active.id })
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Stores something else than was asked for.
    fn alter(&self, new: &mut NewContest) {
        let millis = |at: Timestamp| Timestamp::from_micros(at.as_micros() / 1_000 * 1_000);
        match self.how {
            Sabotage::SortsProblems => new.problems.sort(),
            Sabotage::RepeatsAnything => new.repeats.extend(&new.problems),
            Sabotage::CutsSeeds => {
                new.selection.seed = Seed(new.selection.seed.0 & (u64::MAX >> 1));
            }
            Sabotage::CutsMicroseconds => {
                new.started_at = millis(new.started_at);
                new.deadline = millis(new.deadline);
            }
            Sabotage::IgnoresLetterCase => {
                if let Some(idempotency) = &mut new.idempotency {
                    let lower = idempotency.key.as_str().to_lowercase();
                    idempotency.key = IdempotencyKey::new(lower).unwrap();
                }
            }
            _ => {}
        }
    }

    /// Whoever creates after having seen no active contest takes the place of whoever did meanwhile.
    async fn look_then_create(
        &self,
        user: UserId,
        new: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let seen = self.inner.find_active_contest(user, new.started_at).await?;
        pause().await;
        let answer = self.inner.create_contest(user, new).await;
        match answer {
            Err(CreateContestError::ActiveContestExists { contest }) if seen.is_none() => {
                let other = self.find(user, contest).await.unwrap();
                let ended =
                    self.inner
                        .finish_contest(user, contest, FinishKind::Abandon, other.started_at);
                let _ = ended.await;
                self.inner.create_contest(user, new).await
            }
            answer => answer,
        }
    }

    async fn refuse_racing(
        &self,
        user: UserId,
        new: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let seen = match &new.idempotency {
            Some(idempotency) => {
                self.inner
                    .find_contest_by_key(user, &idempotency.key)
                    .await?
            }
            None => None,
        };
        pause().await;
        match self.inner.create_contest(user, new).await? {
            Creation::Repeated(record) if seen.is_none() => {
                Err(CreateContestError::ActiveContestExists { contest: record.id })
            }
            creation => Ok(creation),
        }
    }

    async fn forget_key(&self, user: UserId, new: &mut NewContest) {
        if let Some(idempotency) = &new.idempotency {
            let found = self.inner.find_contest_by_key(user, &idempotency.key).await;
            if found
                .unwrap()
                .is_some_and(|(record, _)| record.ending.is_some())
            {
                new.idempotency = None;
            }
        }
    }

    async fn after_creating(
        &self,
        user: UserId,
        new: &NewContest,
        answer: Result<Creation, CreateContestError>,
    ) -> Result<Creation, CreateContestError> {
        if let Ok(Creation::Created {
            contest: record, ..
        }) = &answer
        {
            self.state().owners.insert(record.id, user);
            self.state().keys.extend(key(new).map(|key| (key, user)));
        }
        if let Ok(Creation::Created { contest, settled }) = &answer {
            let contest = contest.id;
            let ending = EndingKind::Expired;
            let settled = settled.map(|contest| EventKind::ContestFinished { contest, ending });
            let created = EventKind::ContestCreated { contest };
            let told = settled.into_iter().chain([created]);
            let told: Vec<_> = told.map(|kind| (new.started_at, kind)).collect();
            self.tell_later(user, &told).await;
        }
        match (self.how, answer) {
            (Sabotage::NamesTheLoser, Err(CreateContestError::ActiveContestExists { .. })) => {
                Err(CreateContestError::ActiveContestExists { contest: new.id })
            }
            (
                Sabotage::ForgetsExtraTime,
                Err(CreateContestError::ActiveContestExists { contest }),
            ) if self.first_deadline(contest) <= Some(new.started_at) => Ok(Creation::Created {
                contest: new.to_record(user),
                settled: None,
            }),
            (Sabotage::IgnoresDigests, Err(CreateContestError::KeyReused { contest })) => {
                Ok(Creation::Repeated(self.find(user, contest).await.unwrap()))
            }
            (how, Err(CreateContestError::ProblemsUnavailable { mut problems })) => {
                match how {
                    Sabotage::NamesOneUnavailable => problems.truncate(1),
                    Sabotage::SettlesBeforeRefusing => self.settle(user, new.started_at).await,
                    Sabotage::UsesUpKeys => self.state().used_up.extend(key(new)),
                    _ => {}
                }
                Err(CreateContestError::ProblemsUnavailable { problems })
            }
            (
                Sabotage::NeverSettles,
                Ok(Creation::Created {
                    contest: record,
                    settled,
                }),
            ) => {
                let all = ContestPage {
                    before: Some(record.id),
                    limit: 1,
                };
                for old in self.inner.list_contests(user, all).await? {
                    if old
                        .ending
                        .is_some_and(|ending| ending.kind == EndingKind::Expired)
                    {
                        self.state().endings.insert(old.id, None);
                    }
                }
                Ok(Creation::Created {
                    contest: record,
                    settled,
                })
            }
            (_, answer) => answer,
        }
    }

    async fn latest(&self, user: UserId) -> Option<contest_core::model::ContestRecord> {
        let page = ContestPage {
            before: None,
            limit: 1,
        };
        self.inner.list_contests(user, page).await.unwrap().pop()
    }

    /// Shows the latest contest as settled if it is expired.
    pub(super) async fn settle(&self, user: UserId, now: Timestamp) {
        if let Some(latest) = self.latest(user).await
            && latest.status(now) == ContestStatus::Expired
        {
            let ending = Ending {
                kind: EndingKind::Expired,
                at: latest.deadline,
            };
            self.state().endings.insert(latest.id, Some(ending));
        }
    }
}

fn key(new: &NewContest) -> Option<String> {
    let idempotency = new.idempotency.as_ref()?;
    Some(idempotency.key.as_str().to_owned())
}
