//! What the contract says a store must answer, worked out in the plainest way.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::conformance::failure::Outcome;
use crate::conformance::fixtures::{catalogue_of, stored};
use crate::conformance::step::{Answer, Step};
use crate::id::{ContestId, ProblemId, UserId};
use crate::lifecycle::{check_accepting, check_marking};
use crate::model::{
    ContestRecord, ContestStatus, Ending, EndingKind, Epoch, EventKind, NewSolve, Problem, Solve,
    SolveEventKind,
};
use crate::store::{FinishKind, Mark, Marked, NewContest, RecordedSolves, Reset};
use crate::time::Timestamp;

/// A store of one user in the plainest form. It knows no keys and counts nothing.
pub(super) struct Oracle {
    user: UserId,
    pub(super) catalogue: Catalogue,
    /// Solved problems, with the time and the contest that recorded the solve.
    solved: BTreeMap<ProblemId, (Timestamp, Option<ContestId>)>,
    contests: BTreeMap<ContestId, ContestRecord>,
    events: Vec<Event>,
    epoch: Epoch,
    /// Domain events, in order.
    told: Vec<(Timestamp, EventKind)>,
}

/// An event without its id, which is the store's to choose.
pub(super) type Event = (Timestamp, ProblemId, SolveEventKind, Option<ContestId>);

impl Oracle {
    pub(super) fn new(user: UserId, catalogue: Catalogue) -> Self {
        Self {
            user,
            catalogue,
            solved: BTreeMap::new(),
            contests: BTreeMap::new(),
            events: Vec::new(),
            epoch: Epoch::default(),
            told: Vec::new(),
        }
    }

    /// What is solved.
    pub(super) fn solved(&self) -> BTreeSet<ProblemId> {
        self.solved.keys().copied().collect()
    }

    /// The current solves, oldest first.
    pub(super) fn solves(&self) -> Vec<Solve> {
        let solve = |(problem, (solved_at, contest)): (&_, &(_, _))| Solve {
            problem: *problem,
            solved_at: *solved_at,
            contest: *contest,
        };
        let mut solves: Vec<_> = self.solved.iter().map(solve).collect();
        solves.sort_unstable_by_key(|solve| (solve.solved_at, solve.problem));
        solves
    }

    /// Whether a contest is active.
    pub(super) fn is_busy(&self, now: Timestamp) -> bool {
        self.active(now).is_some()
    }

    /// Those of the problems that a contest may have.
    pub(super) fn usable(&self, problems: &[ProblemId]) -> Vec<ProblemId> {
        let usable = problems.iter().filter(|id| self.is_usable(**id));
        usable.copied().collect()
    }

    /// How many solves of problems in use fall between two instants.
    pub(super) fn solves_between(&self, from: Timestamp, until: Timestamp) -> u64 {
        let in_use = |id| {
            self.catalogue
                .get(id)
                .is_some_and(|problem| !problem.retired)
        };
        let solves = self.solved.iter().filter(|(id, _)| in_use(**id));
        solves
            .filter(|(_, (at, _))| (from..until).contains(at))
            .count() as u64
    }

    /// All events, in no particular order.
    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// The epoch.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What a log of domain events must have, in order.
    pub(super) fn told(&self) -> &[(Timestamp, EventKind)] {
        &self.told
    }

    /// All contests, latest first.
    pub(super) fn contests(&self) -> Vec<ContestRecord> {
        self.contests.values().rev().cloned().collect()
    }

    /// Does a step and says what a store must answer.
    pub(super) fn perform(&mut self, step: &Step) -> Outcome<Answer> {
        match step {
            Step::Create(new) => Ok(self.create(new)),
            Step::Mark {
                contest,
                problem,
                mark,
                now,
            } => Ok(self.mark(*contest, *problem, *mark, *now)),
            Step::Finish { contest, kind, now } => Ok(self.finish(*contest, *kind, *now)),
            Step::Extend {
                contest,
                deadline,
                now,
            } => Ok(self.extend(*contest, *deadline, *now)),
            Step::Resume { contest, now } => Ok(self.resume(*contest, *now)),
            Step::Reset { now } => Ok(self.reset(*now)),
            Step::Record(solves) => Ok(self.record(solves)),
            Step::Publish(catalogue) => self.publish(catalogue),
        }
    }

    fn active(&self, now: Timestamp) -> Option<ContestId> {
        let mut all = self.contests.values();
        let active = all.find(|contest| contest.status(now) == ContestStatus::Active)?;
        Some(active.id)
    }

    fn is_usable(&self, id: ProblemId) -> bool {
        self.catalogue.in_use(id).is_some() && !self.solved.contains_key(&id)
    }

    /// The same for a contest that may repeat some of what is solved.
    fn is_usable_in(&self, new: &NewContest, id: ProblemId) -> bool {
        let repeated = new.repeats.contains(&id) && self.catalogue.in_use(id).is_some();
        repeated || self.is_usable(id)
    }

    fn create(&mut self, new: &NewContest) -> Answer {
        let now = new.started_at;
        if let Some(active) = self.active(now) {
            return Answer::ActiveExists(active);
        }
        let problems = new.problems.iter();
        let unusable = problems.filter(|id| !self.is_usable_in(new, **id));
        let unusable: Vec<_> = unusable.copied().collect();
        if !unusable.is_empty() {
            return Answer::Unavailable(unusable);
        }
        self.settle(now);
        self.contests.insert(new.id, stored(self.user, new));
        self.tell(now, EventKind::ContestCreated { contest: new.id });
        Answer::Created
    }

    fn mark(
        &mut self,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Answer {
        let Some(record) = self.contests.get_mut(&contest) else {
            return Answer::NotFound;
        };
        let (ending, start, deadline) = (record.ending, record.started_at, record.deadline);
        let accepting = match mark {
            Mark::Solved => check_marking(ending, start, deadline, record.late_policy, now),
            Mark::Unsolved => check_accepting(ending, start, deadline, now),
        };
        if let Err(reason) = accepting {
            return Answer::NotAccepting(reason);
        }
        let Some(assigned) = record.problems.iter_mut().find(|p| p.problem == problem) else {
            return Answer::NotInContest;
        };
        let before = assigned.completed_at;
        assigned.completed_at = match mark {
            Mark::Solved => before.or(Some(now)),
            Mark::Unsolved => None,
        };
        let marked = Marked {
            completed_at: assigned.completed_at,
            changed: assigned.completed_at != before,
        };
        match mark {
            _ if !marked.changed => {}
            Mark::Solved => {
                self.solve(problem, now, Some(contest));
                let contest = Some(contest);
                self.tell(now, EventKind::ProblemSolved { problem, contest });
            }
            Mark::Unsolved => {
                self.unsolve(problem, now, contest);
                self.tell(now, EventKind::ProblemUnsolved { problem, contest });
            }
        }
        Answer::Marked(marked)
    }

    fn finish(&mut self, contest: ContestId, kind: FinishKind, now: Timestamp) -> Answer {
        let Some(record) = self.contests.get_mut(&contest) else {
            return Answer::NotFound;
        };
        let accepting = check_accepting(record.ending, record.started_at, record.deadline, now);
        if let Err(reason) = accepting {
            return Answer::NotAccepting(reason);
        }
        let kind = match kind {
            FinishKind::Complete => EndingKind::Completed,
            FinishKind::Abandon => EndingKind::Abandoned,
        };
        let ending = Ending { kind, at: now };
        record.ending = Some(ending);
        let ended = EventKind::ContestFinished {
            contest,
            ending: ending.kind,
        };
        self.tell(now, ended);
        Answer::Finished(Some(ending))
    }

    fn extend(&mut self, contest: ContestId, deadline: Timestamp, now: Timestamp) -> Answer {
        let Some(record) = self.contests.get_mut(&contest) else {
            return Answer::NotFound;
        };
        let accepting = check_accepting(record.ending, record.started_at, record.deadline, now);
        if let Err(reason) = accepting {
            return Answer::NotAccepting(reason);
        }
        if deadline < record.deadline {
            return Answer::EarlierDeadline(record.deadline);
        }
        if deadline > record.deadline {
            record.deadline = deadline;
            self.tell(now, EventKind::ContestExtended { contest, deadline });
        }
        Answer::Extended(deadline)
    }

    fn resume(&mut self, contest: ContestId, now: Timestamp) -> Answer {
        let Some(record) = self.contests.get(&contest) else {
            return Answer::NotFound;
        };
        let (status, deadline) = (record.status(now), record.deadline);
        match status {
            ContestStatus::Active => return Answer::Resumed,
            ContestStatus::Abandoned if now < deadline => {}
            ContestStatus::Abandoned => return Answer::DeadlinePassed(deadline),
            ContestStatus::Completed | ContestStatus::Expired => {
                return Answer::NotAbandoned(status);
            }
        }
        if let Some(active) = self.active(now) {
            return Answer::ActiveExists(active);
        }
        self.settle(now);
        if let Some(record) = self.contests.get_mut(&contest) {
            record.ending = None;
        }
        self.tell(now, EventKind::ContestResumed { contest });
        Answer::Resumed
    }

    fn reset(&mut self, now: Timestamp) -> Answer {
        if let Some(active) = self.active(now) {
            return Answer::ActiveExists(active);
        }
        let settled = self.settle(now);
        let solved = std::mem::take(&mut self.solved);
        let removed = solved
            .keys()
            .map(|id| (now, *id, SolveEventKind::Removed, None));
        self.events.extend(removed);
        self.epoch = Epoch {
            number: self.epoch.number + 1,
            began_at: Some(now),
        };
        let epoch = self.epoch.number;
        self.tell(now, EventKind::ProgressReset { epoch });
        Answer::Reset(Reset {
            epoch: self.epoch,
            removed: solved.len() as u64,
            settled,
        })
    }

    /// Stores the ending of the contest that has expired without one.
    fn settle(&mut self, now: Timestamp) -> Option<ContestId> {
        let mut all = self.contests.values_mut();
        let expired = all.find(|contest| contest.ending.is_none())?;
        expired.ending = expired.ending_at(now);
        let contest = expired.id;
        let ending = expired.ending?.kind;
        self.tell(now, EventKind::ContestFinished { contest, ending });
        Some(contest)
    }

    fn tell(&mut self, at: Timestamp, kind: EventKind) {
        self.told.push((at, kind));
    }

    fn record(&mut self, solves: &[NewSolve]) -> Answer {
        let problems = solves.iter().map(|solve| solve.problem);
        let unknown: Vec<_> = problems
            .filter(|id| self.catalogue.get(*id).is_none())
            .collect();
        if !unknown.is_empty() {
            return Answer::Unknown(unknown);
        }
        let before = self.solved.len();
        for solve in solves {
            let (problem, contest) = (solve.problem, None);
            if !self.solved.contains_key(&problem) {
                let kind = EventKind::ProblemSolved { problem, contest };
                self.tell(solve.solved_at, kind);
            }
            self.solve(problem, solve.solved_at, contest);
        }
        let recorded = (self.solved.len() - before) as u64;
        Answer::Recorded(RecordedSolves {
            recorded,
            already_solved: solves.len() as u64 - recorded,
        })
    }

    /// Makes a problem solved, unless it is.
    fn solve(&mut self, problem: ProblemId, at: Timestamp, contest: Option<ContestId>) {
        if let Entry::Vacant(vacant) = self.solved.entry(problem) {
            vacant.insert((at, contest));
            let recorded = (at, problem, SolveEventKind::Recorded, contest);
            self.events.push(recorded);
        }
    }

    /// Takes a solve back, if this contest recorded it.
    fn unsolve(&mut self, problem: ProblemId, now: Timestamp, contest: ContestId) {
        let solve = self.solved.get(&problem);
        if solve.is_some_and(|(_, by)| *by == Some(contest)) {
            self.solved.remove(&problem);
            let removed = (now, problem, SolveEventKind::Removed, Some(contest));
            self.events.push(removed);
        }
    }

    fn publish(&mut self, new: &Catalogue) -> Outcome<Answer> {
        let lacking = self.catalogue.problems().iter();
        let lacking = lacking.filter(|problem| new.get(problem.id).is_none());
        let retired = lacking.map(|problem| Problem::clone(problem).with_retired(true));
        let published = new.problems().iter().map(|problem| Problem::clone(problem));
        self.catalogue = catalogue_of(published.chain(retired))?;
        Ok(Answer::Published)
    }
}
