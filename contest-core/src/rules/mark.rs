//! Use cases: mark and unmark a problem of a contest.

use crate::id::{ContestId, ProblemId};
use crate::model::EventKind;
use crate::rules::record_attempts::judged_mark;
use crate::rules::{
    Change, Context, Decision, Refusal, Stop, UseCase, check_accepting, check_marking,
};
use crate::store::ContestSelector;
use crate::time::Timestamp;
use crate::user::{AttemptRecord, ContestRecord, Mark};

/// Marks a problem of a contest as solved.
///
/// | in this order | |
/// |---|---|
/// | the user has no such contest | [`Refusal::ContestNotFound`] |
/// | the problem is marked | returned unchanged, even after the end |
/// | the contest accepts no marks | [`Refusal::ContestNotAccepting`] |
/// | the contest lacks the problem | [`Refusal::ProblemNotInContest`] |
/// | only the host records attempts at it | [`Refusal::JudgedByHost`] |
///
/// A mark counts in the epoch of its contest: a late mark after a reset is in the log but not in the
/// progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkProblem {
    /// The contest.
    pub contest: ContestId,
    /// The problem.
    pub problem: ProblemId,
}

/// Removes the mark of a problem; solves recorded elsewhere stay. Refused as marking is, but never
/// accepted late; an unmarked problem is returned unchanged, and an attempt that the host recorded stays, with
/// [`Refusal::JudgedByHost`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnmarkProblem {
    /// The contest.
    pub contest: ContestId,
    /// The problem.
    pub problem: ProblemId,
}

/// The result of marking or unmarking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// When the problem was marked in this contest, if it is marked now.
    pub completed_at: Option<Timestamp>,
    /// Whether this call changed it.
    pub changed: bool,
}

impl UseCase for MarkProblem {
    type Answer = Marked;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Marked>, Stop> {
        let contest = given.found(self.contest)?;
        let assigned = contest.problem(self.problem);
        if let Some(mark) = assigned.and_then(|assigned| assigned.mark) {
            return Ok(unchanged(Some(mark.at)));
        }
        check_marking(contest, given.snapshot.record.as_ref(), given.now)?;
        if assigned.is_none() {
            return Err(not_in_contest(self.contest, self.problem));
        }
        if contest.round.is_some_and(|entry| entry.judged) {
            return Err(judged_by_host(self.contest));
        }
        let mut change = Change::new(given);
        let newly = note_solved(&mut change, given, contest, self.problem)?;
        let at = given.now;
        let mark = Mark {
            at,
            newly,
            judged: false,
        };
        change.update(with_mark(contest, self.problem, Some(mark)));
        change.attempt(tick(contest, self.problem, at));
        let (problem, contest) = (self.problem, Some(self.contest));
        change.event(EventKind::ProblemSolved { problem, contest });
        Ok(changed(Some(at), change))
    }
}

impl UseCase for UnmarkProblem {
    type Answer = Marked;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Marked>, Stop> {
        let contest = given.found(self.contest)?;
        let assigned = contest.problem(self.problem);
        if assigned.is_some_and(|assigned| assigned.mark.is_none()) {
            return Ok(unchanged(None));
        }
        check_accepting(contest, given.snapshot.record.as_ref(), given.now)?;
        let Some((assigned, mark)) = assigned.and_then(|of| Some((of, of.mark?))) else {
            return Err(not_in_contest(self.contest, self.problem));
        };
        if mark.judged {
            return Err(judged_by_host(self.contest));
        }
        // An attempt that the host has accepted may solve the problem too.
        let judged = judged_mark(assigned, Some(mark));
        let mut change = Change::new(given);
        if let Some(open) = &mut change.record.open
            && judged.is_none()
        {
            open.newly_marked.retain(|problem| *problem != self.problem);
        }
        change.update(with_mark(contest, self.problem, judged));
        let undone_at = Some(given.now);
        change.attempt(AttemptRecord {
            undone_at,
            ..tick(contest, self.problem, mark.at)
        });
        if judged.is_none() {
            let (problem, contest) = (self.problem, Some(self.contest));
            change.event(EventKind::ProblemUnsolved { problem, contest });
        }
        Ok(changed(judged.map(|mark| mark.at), change))
    }
}

/// Counts a marked problem as solved in the epoch of its contest. Returns whether it was unsolved
/// before.
pub(super) fn note_solved(
    change: &mut Change<'_>,
    given: &Context<'_>,
    contest: &ContestRecord,
    problem: ProblemId,
) -> Result<bool, Stop> {
    let record = &mut change.record;
    if contest.epoch != record.epoch.number {
        return Ok(false);
    }
    let ordinal = given.ordinal(problem)?;
    match &mut record.open {
        Some(open) if open.id == contest.id => {
            let newly = !record.solved.contains(ordinal);
            open.newly_marked.extend(newly.then_some(problem));
            Ok(newly)
        }
        // A late mark of a settled contest cannot be undone.
        _ => change.add_solved(problem),
    }
}

fn with_mark(contest: &ContestRecord, problem: ProblemId, mark: Option<Mark>) -> ContestRecord {
    let mut contest = contest.clone();
    let assigned = contest
        .problems
        .iter_mut()
        .find(|assigned| assigned.problem == problem);
    if let Some(assigned) = assigned {
        assigned.mark = mark;
    }
    contest
}

/// The log entry of a mark made at this time.
fn tick(contest: &ContestRecord, problem: ProblemId, at: Timestamp) -> AttemptRecord {
    AttemptRecord::tick(problem, at, Some(contest.id), contest.epoch)
}

fn judged_by_host(contest: ContestId) -> Stop {
    Refusal::JudgedByHost { contest }.into()
}

fn not_in_contest(contest: ContestId, problem: ProblemId) -> Stop {
    Refusal::ProblemNotInContest { contest, problem }.into()
}

const fn unchanged(completed_at: Option<Timestamp>) -> Decision<Marked> {
    let changed = false;
    Decision::unchanged(Marked {
        completed_at,
        changed,
    })
}

fn changed(completed_at: Option<Timestamp>, change: Change<'_>) -> Decision<Marked> {
    let changed = true;
    Decision {
        answer: Marked {
            completed_at,
            changed,
        },
        commit: Some(change.commit()),
    }
}
