//! Use case: record attempts at problems of a contest, and judge them again.

use std::collections::BTreeSet;

use crate::id::{ContestId, ProblemId};
use crate::model::{EventKind, RangeError};
use crate::rules::mark::note_solved;
use crate::rules::{Change, Context, Decision, HistoryNeeds, Refusal, Stop, UseCase};
use crate::scoring::{Attempt, Verdict};
use crate::store::ContestSelector;
use crate::time::Timestamp;
use crate::user::{AssignedProblem, AttemptKey, AttemptRecord, ContestRecord, JudgedAttempt, Mark};

/// Records attempts that the host has judged, or is judging, in a contest: all or none. It is for the host,
/// not for users, and is accepted after the end of the contest too.
///
/// | in this order | |
/// |---|---|
/// | the user has no such contest | [`Refusal::ContestNotFound`] |
/// | the contest lacks the problem | [`Refusal::ProblemNotInContest`] |
/// | the submission is known as one of another problem | [`Refusal::SubmissionReused`] |
/// | a new attempt is ahead by more than the clock allowance | [`Refusal::SolveInFuture`] |
/// | a new attempt was not made during the contest | [`Refusal::AttemptOutsideContest`] |
/// | the contest would have too many attempts | [`Refusal::LimitExceeded`] |
///
/// A known submission is the same attempt: with another verdict or score it is judged again, and keeps its
/// time. Without an id, the problem and the time identify an attempt.
///
/// A problem is solved in the contest by a tick or by an accepted attempt. When it has neither any more, it is
/// unsolved, unless another entry of the log shows it as solved; after the end of the contest, that takes a
/// read of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordAttempts {
    /// The contest.
    pub contest: ContestId,
    /// The attempts.
    pub attempts: Vec<Attempt>,
}

/// The result of recording attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordedAttempts {
    /// How many attempts are new.
    pub recorded: u64,
    /// How many known attempts have another verdict or score.
    pub rejudged: u64,
    /// How many were known as they are.
    pub unchanged: u64,
}

impl UseCase for RecordAttempts {
    type Answer = RecordedAttempts;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<RecordedAttempts>, Stop> {
        let before = given.found(self.contest)?;
        let mut judging = Judging::new(given, before);
        for attempt in &self.attempts {
            judging.put(attempt)?;
        }
        let most = given.settings.limits.attempts;
        let attempts = judging.contest.problems.iter();
        let attempts = attempts.map(|assigned| assigned.attempts.len()).sum();
        RangeError::check_size("attempts", "number of attempts", attempts, 0..=most)?;
        let answer = judging.answer;
        if judging.touched.is_empty() {
            return Ok(Decision::unchanged(answer));
        }
        let commit = Some(judging.settle()?.commit());
        Ok(Decision { answer, commit })
    }
}

/// A contest whose attempts are being judged.
struct Judging<'a> {
    given: &'a Context<'a>,
    change: Change<'a>,
    before: &'a ContestRecord,
    contest: ContestRecord,
    touched: BTreeSet<ProblemId>,
    answer: RecordedAttempts,
}

impl<'a> Judging<'a> {
    fn new(given: &'a Context<'a>, before: &'a ContestRecord) -> Self {
        Self {
            given,
            change: Change::new(given),
            before,
            contest: before.clone(),
            touched: BTreeSet::new(),
            answer: RecordedAttempts::default(),
        }
    }

    /// Adds an attempt, or judges a known one again.
    fn put(&mut self, attempt: &Attempt) -> Result<(), Stop> {
        let (contest, problem) = (self.contest.id, attempt.problem);
        let now = self.given.now;
        let of = (contest, self.contest.epoch);
        let reused = self.is_reused(attempt);
        let Some(assigned) = assigned(&mut self.contest, problem) else {
            return Err(Refusal::ProblemNotInContest { contest, problem }.into());
        };
        if reused {
            return Err(Refusal::SubmissionReused { problem }.into());
        }
        judge_tick(assigned, attempt);
        let known = assigned.attempts.iter_mut();
        let mut known = known.filter(|known| known.is(attempt));
        let entry = if let Some(known) = known.next() {
            if !known.judge(attempt, now) {
                self.answer.unchanged += 1;
                return Ok(());
            }
            self.answer.rejudged += 1;
            known.entry(problem, of)
        } else {
            check_time(self.given, self.before, attempt)?;
            let judged = JudgedAttempt::new(attempt, now);
            let entry = judged.entry(problem, of);
            insert(assigned, judged);
            self.answer.recorded += 1;
            entry
        };
        self.record(entry);
        Ok(())
    }

    /// Whether the submission is known as one of another problem.
    fn is_reused(&self, attempt: &Attempt) -> bool {
        let same = |known: &JudgedAttempt| known.submission == attempt.submission;
        let others = self.contest.problems.iter();
        let mut others = others.filter(|assigned| assigned.problem != attempt.problem);
        attempt.submission.is_some() && others.any(|other| other.attempts.iter().any(same))
    }

    /// Writes an entry of the log, and its event.
    fn record(&mut self, entry: AttemptRecord) {
        self.touched.insert(entry.problem);
        self.change.event(EventKind::AttemptJudged {
            problem: entry.problem,
            contest: entry.contest,
            submission: entry.submission.clone(),
            verdict: entry.verdict,
        });
        self.change.attempt(entry);
    }

    /// Marks and unmarks the touched problems by their attempts.
    fn settle(mut self) -> Result<Change<'a>, Stop> {
        let contest = Some(self.contest.id);
        for problem in std::mem::take(&mut self.touched) {
            let Some(assigned) = assigned(&mut self.contest, problem) else {
                continue;
            };
            let before = self.before.problem(problem).and_then(|of| of.mark);
            let after = match assigned.mark {
                Some(tick) if !tick.judged => Some(tick),
                _ => judged_mark(assigned, before),
            };
            assigned.mark = after;
            if before.is_none()
                && let Some(mark) = &mut assigned.mark
            {
                let newly = note_solved(&mut self.change, self.given, self.before, problem)?;
                mark.newly = newly;
                self.change
                    .event(EventKind::ProblemSolved { problem, contest });
            } else if before.is_some() && after.is_none() {
                self.unsolve(problem)?;
                self.change
                    .event(EventKind::ProblemUnsolved { problem, contest });
            }
        }
        self.change.update(self.contest);
        Ok(self.change)
    }

    /// Takes back that the contest solved a problem.
    fn unsolve(&mut self, problem: ProblemId) -> Result<(), Stop> {
        let contest = self.before;
        let record = &mut self.change.record;
        if let Some(open) = record.open.as_mut().filter(|open| open.id == contest.id) {
            open.newly_marked.retain(|marked| *marked != problem);
            return Ok(());
        }
        if contest.epoch != record.epoch.number {
            return Ok(());
        }
        let of_contest = |key: &AttemptKey| key.contest == Some(contest.id);
        remove_solved(&mut self.change, self.given, problem, of_contest)
    }
}

fn assigned(contest: &mut ContestRecord, problem: ProblemId) -> Option<&mut AssignedProblem> {
    let mut problems = contest.problems.iter_mut();
    problems.find(|assigned| assigned.problem == problem)
}

/// An attempt without a submission, at the time of a tick, is that tick: from now on, the host judges it.
fn judge_tick(assigned: &mut AssignedProblem, attempt: &Attempt) {
    let tick = assigned.mark.filter(|mark| !mark.judged);
    let Some(tick) = tick.filter(|tick| attempt.submission.is_none() && tick.at == attempt.at)
    else {
        return;
    };
    let judged = Attempt::tick(assigned.problem, tick.at);
    // The tick has replaced an attempt of the same time in the log.
    assigned.attempts.retain(|known| !known.is(&judged));
    insert(assigned, JudgedAttempt::new(&judged, tick.at));
    assigned.mark = Some(Mark {
        judged: true,
        ..tick
    });
}

/// Checks that a new attempt was made during the contest, and not in the future.
fn check_time(
    given: &Context<'_>,
    contest: &ContestRecord,
    attempt: &Attempt,
) -> Result<(), Refusal> {
    let (at, problem) = (attempt.at, attempt.problem);
    if at > given.now + given.settings.clock_allowance {
        return Err(Refusal::SolveInFuture { problem });
    }
    if at < contest.started_at || at >= contest.counts_until() {
        let contest = contest.id;
        return Err(Refusal::AttemptOutsideContest { contest, problem });
    }
    Ok(())
}

/// Inserts an attempt in the order in which attempts were made.
fn insert(assigned: &mut AssignedProblem, attempt: JudgedAttempt) {
    let made = attempt.made();
    let place = assigned
        .attempts
        .partition_point(|other| other.made() < made);
    assigned.attempts.insert(place, attempt);
}

/// The mark by the first accepted attempt that the host recorded.
pub(super) fn judged_mark(assigned: &AssignedProblem, before: Option<Mark>) -> Option<Mark> {
    let mut attempts = assigned.attempts.iter();
    let first = attempts.find(|attempt| attempt.verdict == Verdict::Accepted)?;
    Some(Mark {
        at: first.at,
        newly: before.is_some_and(|mark| mark.newly),
        judged: true,
    })
}

impl JudgedAttempt {
    fn new(attempt: &Attempt, recorded_at: Timestamp) -> Self {
        Self {
            at: attempt.at,
            submission: attempt.submission.clone(),
            verdict: attempt.verdict,
            score: attempt.score,
            recorded_at,
            undone_at: None,
        }
    }

    /// Whether it is the same attempt at its problem.
    fn is(&self, other: &Attempt) -> bool {
        self.submission == other.submission && (self.submission.is_some() || self.at == other.at)
    }

    /// Takes another verdict and score. Returns whether they differ.
    fn judge(&mut self, again: &Attempt, now: Timestamp) -> bool {
        if (self.verdict, self.score) == (again.verdict, again.score) {
            return false;
        }
        (self.recorded_at, self.undone_at) = judged_again(
            (self.verdict, again.verdict),
            (self.recorded_at, self.undone_at),
            now,
        );
        (self.verdict, self.score) = (again.verdict, again.score);
        true
    }

    fn entry(&self, problem: ProblemId, (contest, epoch): (ContestId, u64)) -> AttemptRecord {
        AttemptRecord {
            at: self.at,
            problem,
            contest: Some(contest),
            submission: self.submission.clone(),
            verdict: self.verdict,
            score: self.score,
            epoch,
            recorded_at: self.recorded_at,
            undone_at: self.undone_at,
        }
    }
}

/// When an attempt judged again counts as recorded and undone: its latest time as a solve lies between.
pub(super) fn judged_again(
    (before, after): (Verdict, Verdict),
    (recorded_at, undone_at): (Timestamp, Option<Timestamp>),
    now: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    match (before == Verdict::Accepted, after == Verdict::Accepted) {
        (false, true) => (now, None),
        (true, false) => (recorded_at, Some(now)),
        _ => (recorded_at, undone_at),
    }
}

/// Takes a problem out of the solved set, unless the log shows it as solved in this epoch by an entry that is
/// not `gone`.
pub(super) fn remove_solved(
    change: &mut Change<'_>,
    given: &Context<'_>,
    problem: ProblemId,
    gone: impl Fn(&AttemptKey) -> bool,
) -> Result<(), Stop> {
    let Some(history) = given.history.filter(|history| history.has_all_attempts) else {
        return Err(Stop::Needs(HistoryNeeds {
            log: Some(HistoryNeeds::ALWAYS),
            ..HistoryNeeds::default()
        }));
    };
    let record = &mut change.record;
    let epoch = record.epoch.number;
    let others = history.attempts.iter().filter(|entry| {
        entry.problem == problem && entry.epoch == epoch && entry.is_solve() && !gone(&entry.key())
    });
    let open = record.open.as_ref().map(|open| open.id);
    let (of_open, elsewhere): (Vec<_>, Vec<_>) =
        others.partition(|entry| entry.contest.is_some() && entry.contest == open);
    if !elsewhere.is_empty() {
        return Ok(());
    }
    record.solved.remove(given.ordinal(problem)?);
    if let Some(open) = &mut record.open
        && !of_open.is_empty()
        && !open.newly_marked.contains(&problem)
    {
        open.newly_marked.push(problem);
    }
    Ok(())
}
