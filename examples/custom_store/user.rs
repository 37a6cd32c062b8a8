//! What the store keeps of one user, and the steps that change it.
//!
//! A step runs under the store's lock. It decides with the functions of the core, so that no rule is
//! written twice.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use contest_core::catalogue::Catalogue;
use contest_core::model::{
    ContestRecord, ContestStatus, Ending, Epoch, IdempotencyKey, SolveEvent, SolveEventKind,
};
use contest_core::store::{
    CreateContestError, Creation, FinishError, FinishKind, Idempotency, Mark, MarkError, Marked,
    NewContest,
};
use contest_core::time::Timestamp;
use contest_core::uuid::Uuid;
use contest_core::{ContestId, ProblemId, SolveEventId, UserId};

/// What is kept of one user.
#[derive(Debug, Default)]
pub(crate) struct User {
    /// By id, which is by time of creation.
    pub(crate) contests: BTreeMap<ContestId, ContestRecord>,
    /// What was created under which key, with the digest of the request.
    keys: HashMap<IdempotencyKey, (ContestId, [u8; 32])>,
    /// The current solves. A map holds one for each problem, whoever races to record it.
    pub(crate) solves: HashMap<ProblemId, Solve>,
    /// By time and then id, as the history lists them.
    pub(crate) events: BTreeMap<(Timestamp, SolveEventId), SolveEvent>,
    /// What progress is counted from.
    pub(crate) epoch: Epoch,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Solve {
    pub(crate) at: Timestamp,
    pub(crate) contest: Option<ContestId>,
}

impl User {
    pub(crate) fn active(&self, now: Timestamp) -> Option<&ContestRecord> {
        let active = |contest: &&ContestRecord| contest.status(now) == ContestStatus::Active;
        self.contests.values().find(active)
    }

    pub(crate) fn created_under(&self, key: &IdempotencyKey) -> Option<(ContestRecord, [u8; 32])> {
        let (contest, request) = self.keys.get(key)?;
        Some((self.contests.get(contest)?.clone(), *request))
    }

    /// Refusals come first, in the order the port gives them; then the changes.
    pub(crate) fn create(
        &mut self,
        catalogue: &Catalogue,
        user: UserId,
        new: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let now = new.started_at;
        if let Some(Idempotency { key, request }) = &new.idempotency
            && let Some((earlier, asked)) = self.created_under(key)
        {
            return if asked == *request {
                Ok(Creation::Repeated(earlier))
            } else {
                Err(CreateContestError::KeyReused {
                    contest: earlier.id,
                })
            };
        }
        if let Some(active) = self.active(now) {
            return Err(CreateContestError::ActiveContestExists { contest: active.id });
        }
        let problems = self.unavailable(catalogue, new);
        if !problems.is_empty() {
            return Err(CreateContestError::ProblemsUnavailable { problems });
        }
        let settled = self.settle(now);
        if let Some(Idempotency { key, request }) = &new.idempotency {
            self.keys.insert(key.clone(), (new.id, *request));
        }
        let record = new.to_record(user);
        self.contests.insert(new.id, record.clone());
        Ok(Creation::Created {
            contest: record,
            settled,
        })
    }

    /// Those that are unknown, retired, or solved and not repeated on purpose.
    fn unavailable(&self, catalogue: &Catalogue, new: &NewContest) -> Vec<ProblemId> {
        let solved = |id: &ProblemId| self.solves.contains_key(id) && !new.repeats.contains(id);
        let available = |id: &ProblemId| catalogue.in_use(*id).is_some() && !solved(id);
        let problems = new.problems.iter().copied();
        problems.filter(|id| !available(id)).collect()
    }

    /// Stores the end of the contest without one. None is active, so it has expired.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Option<ContestId> {
        let mut contests = self.contests.values_mut();
        let expired = contests.find(|contest| contest.ending.is_none())?;
        expired.ending = expired.ending_at(now);
        Some(expired.id)
    }

    /// What is already so stays as it is, with its first time.
    pub(crate) fn mark(
        &mut self,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let record = self
            .contests
            .get_mut(&contest)
            .ok_or(MarkError::ContestNotFound)?;
        let accepting = match mark {
            // For some time after the deadline too, where the contest allows it.
            Mark::Solved => record.check_marking(now),
            Mark::Unsolved => record.check_accepting(now),
        };
        accepting.map_err(MarkError::NotAccepting)?;
        let assigned = record
            .problems
            .iter_mut()
            .find(|assigned| assigned.problem == problem);
        let completed_at = &mut assigned.ok_or(MarkError::ProblemNotInContest)?.completed_at;
        let (after, changed) = match (mark, *completed_at) {
            (Mark::Solved, None) => (Some(now), true),
            (Mark::Unsolved, Some(_)) => (None, true),
            (_, as_before) => (as_before, false),
        };
        *completed_at = after;
        match mark {
            Mark::Solved if changed => _ = self.solve(problem, now, Some(contest)),
            Mark::Unsolved if changed => self.take_back(problem, now, contest),
            _ => {}
        }
        Ok(Marked {
            completed_at: after,
            changed,
        })
    }

    /// The first end that is stored stays.
    pub(crate) fn finish(
        &mut self,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        let record = self
            .contests
            .get_mut(&contest)
            .ok_or(FinishError::ContestNotFound)?;
        record
            .check_accepting(now)
            .map_err(FinishError::NotAccepting)?;
        record.ending = Some(Ending {
            kind: kind.into(),
            at: now,
        });
        Ok(record.clone())
    }

    /// Makes a problem solved, unless it is. Says whether it did.
    pub(crate) fn solve(
        &mut self,
        problem: ProblemId,
        at: Timestamp,
        contest: Option<ContestId>,
    ) -> bool {
        let Entry::Vacant(place) = self.solves.entry(problem) else {
            return false;
        };
        place.insert(Solve { at, contest });
        self.append(SolveEventKind::Recorded, problem, at, contest);
        true
    }

    /// Takes a solve back, if this contest recorded it.
    fn take_back(&mut self, problem: ProblemId, now: Timestamp, contest: ContestId) {
        let solve = self.solves.get(&problem);
        if solve.is_some_and(|solve| solve.contest == Some(contest)) {
            self.solves.remove(&problem);
            self.append(SolveEventKind::Removed, problem, now, Some(contest));
        }
    }

    /// Events are never removed, so their number is an id nobody has.
    pub(crate) fn append(
        &mut self,
        kind: SolveEventKind,
        problem: ProblemId,
        at: Timestamp,
        contest: Option<ContestId>,
    ) {
        let id = SolveEventId::from_uuid(Uuid::from_u128(self.events.len() as u128));
        let event = SolveEvent {
            id,
            problem,
            kind,
            at,
            contest,
        };
        self.events.insert((at, id), event);
    }
}
