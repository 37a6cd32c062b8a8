//! The store: one lock, and the repositories over what it guards. Two of the six are in `life` and
//! `practice`.
//!
//! Every method takes the lock once, and that makes it one atomic step: nobody sees the data before
//! the method is through; there is no `await` in between at which its future could be dropped; and
//! what it refuses, it refuses before it changes anything. A database does the same with one
//! statement or one transaction.
//!
//! Progress is counted from scratch each time, so it is right by construction. The ports ask for
//! less work than that ("the cost does not grow with the number of solves"): for a few thousand
//! solves of a user it makes no difference, beyond them a store keeps counters.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Mutex, MutexGuard, PoisonError};

use contest_core::catalogue::Catalogue;
use contest_core::model::{
    ContestCounts, ContestRecord, EndingKind, IdempotencyKey, NewSolve, PerDifficulty, Problem,
    SolveEvent, Topic,
};
use contest_core::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishError, FinishKind, Mark,
    MarkError, Marked, NewContest, ProblemRepository, ProgressRepository, PublishError,
    RecordSolvesError, RecordedSolves, SolveEventPage, SolveRepository, StoreError, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};

use crate::user::User;

/// The whole store.
#[derive(Debug, Default)]
pub(crate) struct NotebookStore {
    notebook: Mutex<Notebook>,
}

#[derive(Debug, Default)]
pub(crate) struct Notebook {
    catalogue: Catalogue,
    /// Every method looks its user up first; that keeps users apart.
    pub(crate) users: HashMap<UserId, User>,
}

impl NotebookStore {
    /// Takes the lock. No method panics while it holds it, so a poisoned lock guards sound data.
    pub(crate) fn open(&self) -> MutexGuard<'_, Notebook> {
        self.notebook.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a user. One that nobody has heard of is an empty one.
    pub(crate) fn read<T>(&self, user: UserId, read: impl FnOnce(&User) -> T) -> T {
        match self.open().users.get(&user) {
            Some(user) => read(user),
            None => read(&User::default()),
        }
    }

    /// Shows `count` each solved problem in use, with the time of the solve.
    fn count(&self, user: UserId, mut count: impl FnMut(&Problem, Timestamp)) {
        let Notebook { catalogue, users } = &*self.open();
        let solves = users.get(&user).into_iter().flat_map(|user| &user.solves);
        for (id, solve) in solves {
            if let Some(problem) = catalogue.in_use(*id) {
                count(problem, solve.at);
            }
        }
    }
}

#[async_trait]
impl ProblemRepository for NotebookStore {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        Ok(self.open().catalogue.clone())
    }

    /// Progress follows in the same instant, because it is counted from the problems.
    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        let stored = &mut self.open().catalogue;
        if let Some(merged) = catalogue.published_over(stored)? {
            *stored = merged;
        }
        Ok(stored.revision())
    }
}

#[async_trait]
impl SolveRepository for NotebookStore {
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError> {
        Ok(self.read(user, |user| {
            let solved = |id: &ProblemId| user.solves.contains_key(id);
            candidates.iter().copied().filter(solved).collect()
        }))
    }

    /// All or none: every problem is looked up before the first solve is recorded.
    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError> {
        let Notebook { catalogue, users } = &mut *self.open();
        let asked = solves.iter().map(|solve| solve.problem);
        let problems: Vec<_> = asked.filter(|id| catalogue.get(*id).is_none()).collect();
        if !problems.is_empty() {
            return Err(RecordSolvesError::UnknownProblems { problems });
        }
        let user = users.entry(user).or_default();
        let mut outcome = RecordedSolves::default();
        for solve in solves {
            if user.solve(solve.problem, solve.solved_at, None) {
                outcome.recorded += 1;
            } else {
                outcome.already_solved += 1;
            }
        }
        Ok(outcome)
    }

    /// Beginning at a key instead of a number of events to skip, no page shifts under its reader.
    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError> {
        let end = page.before.map_or(Unbounded, Excluded);
        Ok(self.read(user, |user| {
            let events = user.events.range((Unbounded, end)).rev();
            events
                .map(|(_, event)| *event)
                .take(size(page.limit))
                .collect()
        }))
    }
}

#[async_trait]
impl ContestRepository for NotebookStore {
    /// Looking whether a contest is active and storing the new one happen under one lock: two calls
    /// cannot both find none. And the contest with its problems is one value, so there is no half.
    async fn create_contest(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        let Notebook { catalogue, users } = &mut *self.open();
        let data = users.entry(user).or_default();
        data.create(catalogue, user, contest)
    }

    async fn find_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<ContestRecord>, StoreError> {
        Ok(self.read(user, |user| user.contests.get(&contest).cloned()))
    }

    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError> {
        Ok(self.read(user, |user| user.active(now).cloned()))
    }

    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
        Ok(self.read(user, |user| user.created_under(key)))
    }

    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError> {
        let end = page.before.map_or(Unbounded, Excluded);
        Ok(self.read(user, |user| {
            let contests = user.contests.range((Unbounded, end)).rev();
            contests
                .map(|(_, contest)| contest.clone())
                .take(size(page.limit))
                .collect()
        }))
    }

    /// The mark, the solve and the event of the history change under one lock. Progress needs no
    /// change: it is counted from the solves.
    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        match self.open().users.get_mut(&user) {
            Some(user) => user.mark(contest, problem, mark, now),
            None => Err(MarkError::ContestNotFound),
        }
    }

    /// Looking whether the contest has ended and ending it happen under one lock: of calls that
    /// race, the second sees the end that the first has stored.
    async fn finish_contest(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        match self.open().users.get_mut(&user) {
            Some(user) => user.finish(contest, kind, now),
            None => Err(FinishError::ContestNotFound),
        }
    }
}

#[async_trait]
impl ProgressRepository for NotebookStore {
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError> {
        let mut solved = PerDifficulty::default();
        self.count(user, |problem, _| solved[problem.difficulty] += 1);
        Ok(solved)
    }

    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError> {
        let mut solved = BTreeMap::new();
        self.count(user, |problem, _| {
            for topic in &problem.topics {
                *solved.entry(topic.clone()).or_default() += 1;
            }
        });
        Ok(solved)
    }

    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError> {
        Ok(self.read(user, |user| {
            let mut counts = ContestCounts::default();
            for contest in user.contests.values() {
                match contest.ending_at(now).map(|ending| ending.kind) {
                    None => counts.active += 1,
                    Some(EndingKind::Completed) => counts.completed += 1,
                    Some(EndingKind::Abandoned) => counts.abandoned += 1,
                    Some(EndingKind::Expired) => counts.expired += 1,
                }
            }
            counts
        }))
    }

    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError> {
        let intervals: Vec<_> = bounds.iter().zip(bounds.iter().skip(1)).collect();
        let mut counts = vec![0; intervals.len()];
        self.count(user, |_, at| {
            for (count, (from, until)) in counts.iter_mut().zip(&intervals) {
                *count += u64::from((**from..**until).contains(&at));
            }
        });
        Ok(counts)
    }
}

pub(crate) fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
