//! Use cases: record solves and attempts outside contests.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::ProblemId;
use crate::model::{EventKind, NewSolve, RangeError};
use crate::rules::record_attempts::{judged_again, remove_solved};
use crate::rules::{
    Change, Context, Decision, History, HistoryNeeds, RecordedAttempts, Refusal, Stop, UseCase,
};
use crate::scoring::Attempt;
use crate::store::ContestSelector;
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord};

/// Records solves of any time up to now, such as a history from elsewhere: all or none.
///
/// | in this order | |
/// |---|---|
/// | too many at once | [`Refusal::LimitExceeded`] |
/// | one is not of the years 1 to 9999 | [`Refusal::LimitExceeded`] |
/// | one is ahead by more than the clock allowance | [`Refusal::SolveInFuture`] |
/// | problems are not stored | [`Refusal::UnknownProblems`] |
/// | more than the limits allow on one day | [`Refusal::DailyLimit`] |
///
/// A solve of a problem that is already solved is a repeated solve. The same problem at the same time
/// is the same solve, so a call can be repeated. Marks in contests do not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSolves {
    /// The solves.
    pub solves: Vec<NewSolve>,
}

/// The result of recording solves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordedSolves {
    /// How many problems became solved.
    pub recorded: u64,
    /// How many were solved before.
    pub already_solved: u64,
    /// How many solves were dated ahead, by no more than the clock allowance, and count as of now.
    pub taken_as_now: u64,
}

impl UseCase for RecordSolves {
    type Answer = RecordedSolves;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<RecordedSolves>, Stop> {
        let most = given.settings.limits.solves;
        RangeError::check_size("solves", "number of solves", self.solves.len(), 0..=most)?;
        let solves = self.in_time(given)?;
        given.check_catalogue()?;
        check_known(given, self.solves.iter().map(|solve| solve.problem))?;
        let mut change = Change::new(given);
        change.rely_on_catalogue();
        let problems: BTreeSet<_> = solves.iter().map(|(_, problem)| *problem).collect();
        let mut answer = RecordedSolves {
            taken_as_now: self.ahead(given),
            ..RecordedSolves::default()
        };
        for problem in problems {
            if change.add_solved(problem)? {
                answer.recorded += 1;
            } else {
                answer.already_solved += 1;
            }
        }
        let recorded = if answer.already_solved == 0 {
            BTreeSet::new()
        } else {
            already_recorded(given, &solves)?
        };
        let new: Vec<_> = solves
            .into_iter()
            .filter(|solve| !recorded.contains(solve))
            .collect();
        if new.is_empty() {
            return Ok(Decision::unchanged(answer));
        }
        count_today(&mut change, given, new.len())?;
        let epoch = change.record.epoch.number;
        for (at, problem) in new {
            let (contest, recorded_at) = (None, given.now);
            change.attempt(AttemptRecord {
                recorded_at,
                ..AttemptRecord::tick(problem, at, contest, epoch)
            });
            change.event_at(at, EventKind::ProblemSolved { problem, contest });
        }
        Ok(Decision {
            answer,
            commit: Some(change.commit_timeless()),
        })
    }
}

impl RecordSolves {
    /// The solves without duplicates. A solve slightly in the future is moved to now.
    fn in_time(&self, given: &Context<'_>) -> Result<BTreeSet<(Timestamp, ProblemId)>, Refusal> {
        let in_time = |solve: &NewSolve| {
            let solved_at = solve.solved_at.unwrap_or(given.now);
            check_time(given, solve.problem, solved_at)?;
            Ok((solved_at.min(given.now), solve.problem))
        };
        self.solves.iter().map(in_time).collect()
    }

    /// How many solves are in the future.
    fn ahead(&self, given: &Context<'_>) -> u64 {
        let times = self.solves.iter().filter_map(|solve| solve.solved_at);
        times.filter(|at| *at > given.now).count() as u64
    }
}

/// Checks the time of an attempt: of the years that stores keep, and not in the future.
fn check_time(given: &Context<'_>, problem: ProblemId, at: Timestamp) -> Result<(), Refusal> {
    let [micros, first, last] = [at, Timestamp::MIN, Timestamp::MAX].map(Timestamp::as_micros);
    let what = "time of a solve, in microseconds since 1970,";
    RangeError::check("solved_at", what, micros, first..=last)?;
    if at > given.now + given.settings.clock_allowance {
        return Err(Refusal::SolveInFuture { problem });
    }
    Ok(())
}

fn check_known(
    given: &Context<'_>,
    problems: impl Iterator<Item = ProblemId>,
) -> Result<(), Refusal> {
    let unknown: Vec<_> = problems
        .filter(|id| given.catalogue.get(*id).is_none())
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Refusal::UnknownProblems { problems: unknown })
    }
}

/// The solves that are already in the log of this epoch, recorded outside a contest.
fn already_recorded(
    given: &Context<'_>,
    solves: &BTreeSet<(Timestamp, ProblemId)>,
) -> Result<BTreeSet<(Timestamp, ProblemId)>, Stop> {
    let times = solves
        .first()
        .zip(solves.last())
        .map(|(first, last)| (first.0, last.0));
    let history = part_of_log(given, times)?;
    let epoch = given
        .snapshot
        .record
        .as_ref()
        .map(|record| record.epoch.number);
    let here = |entry: &&AttemptRecord| {
        Some(entry.epoch) == epoch && entry.is_solve() && entry.contest.is_none()
    };
    let outside = history.attempts.iter().filter(here);
    let ticks = outside.filter(|entry| entry.submission.is_none());
    Ok(ticks.map(|entry| (entry.at, entry.problem)).collect())
}

/// The log between two times.
fn part_of_log<'a>(
    given: &Context<'a>,
    log: Option<(Timestamp, Timestamp)>,
) -> Result<&'a History, Stop> {
    given.history.ok_or(Stop::Needs(HistoryNeeds {
        log,
        ..HistoryNeeds::default()
    }))
}

/// Counts more solves recorded today.
fn count_today(change: &mut Change<'_>, given: &Context<'_>, more: usize) -> Result<(), Refusal> {
    let mut today = given.today();
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    today.solves = today.solves.saturating_add(more);
    given.check_today("solves", today.solves, given.settings.limits.solves_per_day)?;
    change.record.day = Some(today);
    Ok(())
}

/// Records attempts outside contests that the host has judged, or is judging: all or none. It is for the host,
/// not for users.
///
/// It is refused as recording solves is. The same problem, time and submission is the same attempt; with another
/// verdict or score it is judged again. A problem without an accepted attempt any more is unsolved, which takes a
/// read of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordAttemptsOutside {
    /// The attempts.
    pub attempts: Vec<Attempt>,
}

impl UseCase for RecordAttemptsOutside {
    type Answer = RecordedAttempts;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<RecordedAttempts>, Stop> {
        let most = given.settings.limits.solves;
        RangeError::check_size(
            "attempts",
            "number of attempts",
            self.attempts.len(),
            0..=most,
        )?;
        let times = self.attempts.iter().map(|attempt| attempt.at);
        let bounds = times.clone().min().zip(times.max());
        for attempt in &self.attempts {
            check_time(given, attempt.problem, attempt.at)?;
        }
        given.check_catalogue()?;
        check_known(given, self.attempts.iter().map(|attempt| attempt.problem))?;
        let mut outside = Outside {
            given,
            change: Change::new(given),
            known: known_outside(given, bounds)?,
            touched: BTreeMap::new(),
            answer: RecordedAttempts::default(),
        };
        outside.change.rely_on_catalogue();
        for attempt in &self.attempts {
            outside.put(attempt);
        }
        let answer = outside.answer;
        if outside.touched.is_empty() {
            return Ok(Decision::unchanged(answer));
        }
        let commit = Some(outside.settle()?.commit_timeless());
        Ok(Decision { answer, commit })
    }
}

/// Attempts outside contests that are being judged.
struct Outside<'a> {
    given: &'a Context<'a>,
    change: Change<'a>,
    known: BTreeMap<AttemptKey, AttemptRecord>,
    /// The entries written, and whether each was a solve before.
    touched: BTreeMap<AttemptKey, bool>,
    answer: RecordedAttempts,
}

impl<'a> Outside<'a> {
    /// Adds an attempt, or judges a known one again. That stays in its epoch.
    fn put(&mut self, attempt: &Attempt) {
        let epoch = self.change.record.epoch.number;
        let mut entry = AttemptRecord::of(attempt, None, epoch, self.given.now);
        let key = entry.key();
        match self.known.get(&key) {
            Some(before) if (before.verdict, before.score) == (entry.verdict, entry.score) => {
                self.answer.unchanged += 1;
                return;
            }
            Some(before) => {
                self.answer.rejudged += 1;
                entry.epoch = before.epoch;
                (entry.recorded_at, entry.undone_at) = judged_again(
                    (before.verdict, entry.verdict),
                    (before.recorded_at, before.undone_at),
                    self.given.now,
                );
            }
            None => self.answer.recorded += 1,
        }
        self.change.event_at(
            entry.at,
            EventKind::AttemptJudged {
                problem: entry.problem,
                contest: None,
                submission: entry.submission.clone(),
                verdict: entry.verdict,
            },
        );
        self.change.attempt(entry.clone());
        let before = self.known.insert(key.clone(), entry);
        let was_solve = before.is_some_and(|before| before.is_solve());
        self.touched.entry(key).or_insert(was_solve);
    }

    /// Moves the solved set: by the last verdicts, if an attempt was given twice.
    fn settle(mut self) -> Result<Change<'a>, Stop> {
        let recorded = usize::try_from(self.answer.recorded).unwrap_or(usize::MAX);
        count_today(&mut self.change, self.given, recorded)?;
        let (mut solved, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for (key, was_solve) in self.touched {
            let entry = self.known.get(&key);
            let of_epoch = |entry: &&AttemptRecord| entry.epoch == self.change.record.epoch.number;
            let Some(entry) = entry.filter(of_epoch) else {
                continue;
            };
            if entry.is_solve() {
                solved.insert(key.problem);
            } else if was_solve {
                gone.insert(key);
            }
        }
        let contest = None;
        let unsolved: BTreeSet<_> = gone.iter().map(|key| key.problem).collect();
        for problem in &unsolved - &solved {
            remove_solved(&mut self.change, self.given, problem, |key| {
                gone.contains(key)
            })?;
            self.change
                .event(EventKind::ProblemUnsolved { problem, contest });
        }
        for problem in solved {
            if self.change.add_solved(problem)? {
                self.change
                    .event(EventKind::ProblemSolved { problem, contest });
            }
        }
        Ok(self.change)
    }
}

/// The entries outside contests between two times, by key.
fn known_outside(
    given: &Context<'_>,
    bounds: Option<(Timestamp, Timestamp)>,
) -> Result<BTreeMap<AttemptKey, AttemptRecord>, Stop> {
    if given.snapshot.record.is_none() {
        return Ok(BTreeMap::new());
    }
    let history = part_of_log(given, bounds)?;
    let outside = history
        .attempts
        .iter()
        .filter(|entry| entry.contest.is_none());
    Ok(outside.map(|entry| (entry.key(), entry.clone())).collect())
}
