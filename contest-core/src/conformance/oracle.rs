//! What the contract says a store must answer, worked out in the plainest way.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::conformance::failure::Outcome;
use crate::conformance::fixtures::catalogue_of;
use crate::conformance::step::{Answer, Step};
use crate::id::{ContestId, ProblemId, UserId};
use crate::lifecycle::check_accepting;
use crate::model::{
    AssignedProblem, ContestRecord, ContestStatus, Ending, EndingKind, NewSolve, Problem,
};
use crate::store::{FinishKind, Mark, Marked, NewContest, RecordedSolves};
use crate::time::Timestamp;

/// A store of one user in the plainest form. It knows no keys and counts nothing.
pub(super) struct Oracle {
    user: UserId,
    pub(super) catalogue: Catalogue,
    /// Solved problems, with the contest that recorded the solve.
    solved: BTreeMap<ProblemId, Option<ContestId>>,
    contests: BTreeMap<ContestId, ContestRecord>,
}

impl Oracle {
    pub(super) fn new(user: UserId, catalogue: Catalogue) -> Self {
        Self {
            user,
            catalogue,
            solved: BTreeMap::new(),
            contests: BTreeMap::new(),
        }
    }

    /// What is solved.
    pub(super) fn solved(&self) -> BTreeSet<ProblemId> {
        self.solved.keys().copied().collect()
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

    fn create(&mut self, new: &NewContest) -> Answer {
        let now = new.started_at;
        let mut all = self.contests.values();
        if let Some(active) = all.find(|c| c.status(now) == ContestStatus::Active) {
            return Answer::ActiveExists(active.id);
        }
        let usable = |id: &ProblemId| {
            let known = self.catalogue.get(*id);
            known.is_some_and(|problem| !problem.retired) && !self.solved.contains_key(id)
        };
        let unusable: Vec<_> = new
            .problems
            .iter()
            .copied()
            .filter(|id| !usable(id))
            .collect();
        if !unusable.is_empty() {
            return Answer::Unavailable(unusable);
        }
        for contest in self.contests.values_mut() {
            contest.ending = contest.ending_at(now);
        }
        let unmarked = |problem: &_| AssignedProblem {
            problem: *problem,
            completed_at: None,
        };
        let record = ContestRecord {
            id: new.id,
            user: self.user,
            started_at: now,
            deadline: new.deadline,
            ending: None,
            problems: new.problems.iter().map(unmarked).collect(),
            selection: new.selection.clone(),
        };
        self.contests.insert(new.id, record);
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
        match mark {
            Mark::Solved => {
                assigned.completed_at = before.or(Some(now));
                self.solved.entry(problem).or_insert(Some(contest));
            }
            Mark::Unsolved => {
                assigned.completed_at = None;
                if self.solved.get(&problem) == Some(&Some(contest)) {
                    self.solved.remove(&problem);
                }
            }
        }
        Answer::Marked(Marked {
            completed_at: assigned.completed_at,
            changed: assigned.completed_at != before,
        })
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
            self.solved.entry(solve.problem).or_insert(None);
        }
        let recorded = (self.solved.len() - before) as u64;
        Answer::Recorded(RecordedSolves {
            recorded,
            already_solved: solves.len() as u64 - recorded,
        })
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
