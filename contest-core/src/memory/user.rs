//! What the store keeps of one user, and the steps that keep it consistent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use uuid::Uuid;

use crate::catalogue::Catalogue;
use crate::id::{ContestId, ProblemId, SolveEventId};
use crate::memory::outbox::Outbox;
use crate::model::{
    ContestCounts, ContestRecord, Ending, EndingKind, Epoch, EventKind, IdempotencyKey,
    PerDifficulty, Solve, SolveEvent, SolveEventKind, Topic,
};
use crate::time::Timestamp;

/// One user's data. All of it is changed under one lock.
#[derive(Default)]
pub(super) struct User {
    pub(super) contests: BTreeMap<ContestId, ContestRecord>,
    /// The one contest stored without an ending.
    pub(super) open: Option<ContestId>,
    pub(super) keys: HashMap<IdempotencyKey, (ContestId, [u8; 32])>,
    /// Contests by stored ending; `active` stays zero.
    ended: ContestCounts,
    solves: HashMap<ProblemId, Solved>,
    pub(super) solve_times: BTreeSet<(Timestamp, ProblemId)>,
    pub(super) events: BTreeMap<(Timestamp, SolveEventId), SolveEvent>,
    counters: Counters,
    /// The contests that had each problem.
    met: BTreeSet<(ProblemId, ContestId)>,
    pub(super) epoch: Epoch,
    pub(super) outbox: Outbox,
}

struct Solved {
    at: Timestamp,
    contest: Option<ContestId>,
}

/// Solved problems in use, counted for one revision of the catalogue.
#[derive(Default)]
pub(super) struct Counters {
    revision: u64,
    pub(super) by_difficulty: PerDifficulty<u64>,
    pub(super) by_topic: BTreeMap<Topic, u64>,
}

impl Counters {
    fn count(&mut self, catalogue: &Catalogue, problem: ProblemId, change: impl Fn(&mut u64)) {
        let Some(problem) = catalogue.in_use(problem) else {
            return;
        };
        change(&mut self.by_difficulty[problem.difficulty]);
        for topic in &problem.topics {
            change(self.by_topic.entry(topic.clone()).or_default());
        }
    }
}

impl User {
    pub(super) fn has_solved(&self, problem: ProblemId) -> bool {
        self.solves.contains_key(&problem)
    }

    /// When a problem was solved, if it is.
    pub(super) fn solved_at(&self, problem: ProblemId) -> Option<Timestamp> {
        self.solves.get(&problem).map(|solve| solve.at)
    }

    /// The current solves, by time and then problem, after one of them.
    pub(super) fn solves_after(
        &self,
        after: Option<(Timestamp, ProblemId)>,
    ) -> impl Iterator<Item = Solve> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let times = self.solve_times.range((after, Bound::Unbounded));
        times.map(|&(solved_at, problem)| Solve {
            problem,
            solved_at,
            contest: self.solves.get(&problem).and_then(|solve| solve.contest),
        })
    }

    /// The contests that had this problem.
    pub(super) fn contests_with(&self, problem: ProblemId) -> impl Iterator<Item = &ContestRecord> {
        let least = (problem, ContestId::from_uuid(Uuid::nil()));
        let met = self
            .met
            .range(least..)
            .take_while(move |(met, _)| *met == problem);
        met.filter_map(|(_, contest)| self.contests.get(contest))
    }

    /// Stores a new contest, which is open from its start on.
    pub(super) fn begin(&mut self, contest: ContestRecord) {
        let created = EventKind::ContestCreated {
            contest: contest.id,
        };
        self.outbox.append(contest.started_at, created);
        for assigned in &contest.problems {
            self.met.insert((assigned.problem, contest.id));
        }
        self.open = Some(contest.id);
        self.contests.insert(contest.id, contest);
    }

    /// The counters, unless they were counted for another revision.
    pub(super) fn counters_of(&self, catalogue: &Catalogue) -> Option<&Counters> {
        (self.counters.revision == catalogue.revision()).then_some(&self.counters)
    }

    /// The counters for this revision, counted anew if need be.
    pub(super) fn counters_for(&mut self, catalogue: &Catalogue) -> &mut Counters {
        if self.counters.revision != catalogue.revision() {
            let mut counters = Counters {
                revision: catalogue.revision(),
                ..Counters::default()
            };
            for problem in self.solves.keys() {
                counters.count(catalogue, *problem, |n| *n += 1);
            }
            self.counters = counters;
        }
        &mut self.counters
    }

    /// Makes a problem solved, unless it is. Says whether it did.
    pub(super) fn add_solve(
        &mut self,
        catalogue: &Catalogue,
        problem: ProblemId,
        at: Timestamp,
        contest: Option<ContestId>,
    ) -> bool {
        if self.has_solved(problem) {
            return false;
        }
        self.counters_for(catalogue)
            .count(catalogue, problem, |n| *n += 1);
        self.solves.insert(problem, Solved { at, contest });
        self.solve_times.insert((at, problem));
        self.append(SolveEventKind::Recorded, problem, at, contest);
        true
    }

    /// Takes a solve back, if this contest recorded it.
    pub(super) fn remove_solve(
        &mut self,
        catalogue: &Catalogue,
        problem: ProblemId,
        at: Timestamp,
        contest: ContestId,
    ) {
        let Some(solve) = self
            .solves
            .get(&problem)
            .filter(|s| s.contest == Some(contest))
        else {
            return;
        };
        self.solve_times.remove(&(solve.at, problem));
        self.counters_for(catalogue)
            .count(catalogue, problem, |n| *n -= 1);
        self.solves.remove(&problem);
        self.append(SolveEventKind::Removed, problem, at, Some(contest));
    }

    fn append(
        &mut self,
        kind: SolveEventKind,
        problem: ProblemId,
        at: Timestamp,
        contest: Option<ContestId>,
    ) {
        let id = SolveEventId::from_uuid(Uuid::from_u128(self.events.len() as u128));
        self.events.insert(
            (at, id),
            SolveEvent {
                id,
                problem,
                kind,
                at,
                contest,
            },
        );
    }

    /// Stores how a contest ended.
    pub(super) fn end(
        &mut self,
        contest: ContestId,
        ending: Ending,
        now: Timestamp,
    ) -> Option<&ContestRecord> {
        let record = self.contests.get_mut(&contest)?;
        record.ending = Some(ending);
        let finished = EventKind::ContestFinished {
            contest,
            ending: ending.kind,
        };
        self.outbox.append(now, finished);
        match ending.kind {
            EndingKind::Completed => self.ended.completed += 1,
            EndingKind::Abandoned => self.ended.abandoned += 1,
            EndingKind::Expired => self.ended.expired += 1,
        }
        self.open = self.open.filter(|open| *open != contest);
        Some(record)
    }

    /// Ends the contest without a stored ending at its deadline. It must have passed.
    pub(super) fn settle(&mut self, now: Timestamp) -> Option<ContestId> {
        let (expired, at) = self.open_contest().map(|open| (open.id, open.deadline))?;
        let kind = EndingKind::Expired;
        self.end(expired, Ending { kind, at }, now);
        Some(expired)
    }

    /// Takes an abandonment back.
    pub(super) fn reopen(&mut self, contest: ContestId, now: Timestamp) -> Option<ContestRecord> {
        let record = self.contests.get_mut(&contest)?;
        record.ending = None;
        self.outbox
            .append(now, EventKind::ContestResumed { contest });
        self.ended.abandoned -= 1;
        self.open = Some(contest);
        Some(record.clone())
    }

    /// Takes every current solve back. Says how many there were.
    pub(super) fn forget_solves(&mut self, at: Timestamp) -> u64 {
        let solves = std::mem::take(&mut self.solve_times);
        self.solves.clear();
        self.counters = Counters::default();
        for (_, problem) in &solves {
            self.append(SolveEventKind::Removed, *problem, at, None);
        }
        solves.len() as u64
    }

    /// The contest stored without an ending.
    pub(super) fn open_contest(&self) -> Option<&ContestRecord> {
        self.contests.get(&self.open?)
    }

    pub(super) fn count_contests(&self, now: Timestamp) -> ContestCounts {
        let mut counts = self.ended;
        match self.open_contest().map(|open| open.ending_at(now)) {
            Some(None) => counts.active += 1,
            Some(Some(_)) => counts.expired += 1,
            None => {}
        }
        counts
    }
}
