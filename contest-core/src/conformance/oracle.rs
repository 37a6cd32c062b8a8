//! What the contract says a store must answer, worked out in the plainest way.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::conformance::failure::Outcome;
use crate::conformance::fixtures::{catalogue_of, stored};
use crate::conformance::step::{Answer, Step};
use crate::id::{ContestId, ProblemId, UserId};
use crate::lifecycle::check_accepting;
use crate::model::{
    ContestRecord, ContestStatus, Ending, EndingKind, NewSolve, Problem, SolveEventKind,
};
use crate::store::{FinishKind, Mark, Marked, NewContest, RecordedSolves};
use crate::time::Timestamp;

/// A store of one user in the plainest form. It knows no keys and counts nothing.
pub(super) struct Oracle {
    user: UserId,
    pub(super) catalogue: Catalogue,
    /// Solved problems, with the time and the contest that recorded the solve.
    solved: BTreeMap<ProblemId, (Timestamp, Option<ContestId>)>,
    contests: BTreeMap<ContestId, ContestRecord>,
    events: Vec<Event>,
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
        }
    }

    /// What is solved.
    pub(super) fn solved(&self) -> BTreeSet<ProblemId> {
        self.solved.keys().copied().collect()
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
        let known = self.catalogue.get(id);
        known.is_some_and(|problem| !problem.retired) && !self.solved.contains_key(&id)
    }

    fn create(&mut self, new: &NewContest) -> Answer {
        let now = new.started_at;
        if let Some(active) = self.active(now) {
            return Answer::ActiveExists(active);
        }
        let unusable = new.problems.iter().filter(|id| !self.is_usable(**id));
        let unusable: Vec<_> = unusable.copied().collect();
        if !unusable.is_empty() {
            return Answer::Unavailable(unusable);
        }
        for contest in self.contests.values_mut() {
            contest.ending = contest.ending_at(now);
        }
        self.contests.insert(new.id, stored(self.user, new));
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
        let accepting = check_accepting(record.ending, record.started_at, record.deadline, now);
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
            Mark::Solved => self.solve(problem, now, Some(contest)),
            Mark::Unsolved => self.unsolve(problem, now, contest),
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
        record.ending = Some(Ending { kind, at: now });
        Answer::Finished(record.ending)
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
            self.solve(solve.problem, solve.solved_at, None);
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
