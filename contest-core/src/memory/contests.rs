//! Contests in memory.

use async_trait::async_trait;

use crate::catalogue::Catalogue;
use crate::id::{ContestId, ProblemId, UserId};
use crate::memory::MemoryStore;
use crate::memory::shard::read;
use crate::memory::user::User;
use crate::model::{ContestRecord, ContestStatus, Ending, EventKind, IdempotencyKey};
use crate::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishError, FinishKind, Mark,
    MarkError, Marked, NewContest, StoreError,
};
use crate::time::Timestamp;

#[async_trait]
impl ContestRepository for MemoryStore {
    async fn create_contest(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let catalogue = read(&self.inner.catalogue);
        self.inner
            .users
            .write(user, |data| create(&catalogue, user, data, contest))
    }

    async fn find_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<ContestRecord>, StoreError> {
        Ok(self
            .inner
            .users
            .read(user, |user| user.contests.get(&contest).cloned()))
    }

    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError> {
        Ok(self
            .inner
            .users
            .read(user, |user| active(user, now).cloned()))
    }

    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
        Ok(self.inner.users.read(user, |user| {
            let (contest, request) = user.keys.get(key)?;
            Some((user.contests.get(contest)?.clone(), *request))
        }))
    }

    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError> {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        Ok(self.inner.users.read(user, |user| {
            let latest_first = match page.before {
                None => user.contests.range(..),
                Some(before) => user.contests.range(..before),
            };
            latest_first
                .rev()
                .take(limit)
                .map(|(_, contest)| contest.clone())
                .collect()
        }))
    }

    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let catalogue = read(&self.inner.catalogue);
        self.inner
            .users
            .update(user, |user| {
                mark_in(&catalogue, user, contest, problem, mark, now)
            })
            .unwrap_or(Err(MarkError::ContestNotFound))
    }

    async fn finish_contest(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        self.inner
            .users
            .update(user, |user| finish(user, contest, kind, now))
            .unwrap_or(Err(FinishError::ContestNotFound))
    }
}

fn active(user: &User, now: Timestamp) -> Option<&ContestRecord> {
    user.open_contest()
        .filter(|contest| contest.status(now) == ContestStatus::Active)
}

fn create(
    catalogue: &Catalogue,
    user: UserId,
    data: &mut User,
    new: &NewContest,
) -> Result<Creation, CreateContestError> {
    let now = new.started_at;
    if let Some(idempotency) = &new.idempotency
        && let Some((contest, request)) = data.keys.get(&idempotency.key)
    {
        return match data.contests.get(contest) {
            Some(record) if *request == idempotency.request => {
                Ok(Creation::Repeated(record.clone()))
            }
            _ => Err(CreateContestError::KeyReused { contest: *contest }),
        };
    }
    if let Some(active) = active(data, now) {
        return Err(CreateContestError::ActiveContestExists { contest: active.id });
    }
    let solved = |id| data.has_solved(id) && !new.repeats.contains(&id);
    let unavailable = |id: &ProblemId| catalogue.in_use(*id).is_none() || solved(*id);
    let problems: Vec<_> = new.problems.iter().copied().filter(unavailable).collect();
    if !problems.is_empty() {
        return Err(CreateContestError::ProblemsUnavailable { problems });
    }
    let settled = data.settle(now);
    let record = new.to_record(user);
    if let Some(idempotency) = &new.idempotency {
        data.keys
            .insert(idempotency.key.clone(), (new.id, idempotency.request));
    }
    data.begin(record.clone());
    Ok(Creation::Created {
        contest: record,
        settled,
    })
}

fn mark_in(
    catalogue: &Catalogue,
    user: &mut User,
    contest: ContestId,
    problem: ProblemId,
    mark: Mark,
    now: Timestamp,
) -> Result<Marked, MarkError> {
    let record = user
        .contests
        .get_mut(&contest)
        .ok_or(MarkError::ContestNotFound)?;
    let accepting = match mark {
        Mark::Solved => record.check_marking(now),
        Mark::Unsolved => record.check_accepting(now),
    };
    accepting.map_err(MarkError::NotAccepting)?;
    let assigned = record
        .problems
        .iter_mut()
        .find(|assigned| assigned.problem == problem);
    let assigned = assigned.ok_or(MarkError::ProblemNotInContest)?;
    match (mark, assigned.completed_at) {
        (Mark::Solved, None) => {
            assigned.completed_at = Some(now);
            user.add_solve(catalogue, problem, now, Some(contest));
            let contest = Some(contest);
            let solved = EventKind::ProblemSolved { problem, contest };
            user.outbox.append(now, solved);
            Ok(Marked {
                completed_at: Some(now),
                changed: true,
            })
        }
        (Mark::Unsolved, Some(_)) => {
            assigned.completed_at = None;
            user.remove_solve(catalogue, problem, now, contest);
            let unsolved = EventKind::ProblemUnsolved { problem, contest };
            user.outbox.append(now, unsolved);
            Ok(Marked {
                completed_at: None,
                changed: true,
            })
        }
        (_, completed_at) => Ok(Marked {
            completed_at,
            changed: false,
        }),
    }
}

fn finish(
    user: &mut User,
    contest: ContestId,
    kind: FinishKind,
    now: Timestamp,
) -> Result<ContestRecord, FinishError> {
    let record = user
        .contests
        .get(&contest)
        .ok_or(FinishError::ContestNotFound)?;
    record
        .check_accepting(now)
        .map_err(FinishError::NotAccepting)?;
    user.end(
        contest,
        Ending {
            kind: kind.into(),
            at: now,
        },
        now,
    )
    .cloned()
    .ok_or(FinishError::ContestNotFound)
}
