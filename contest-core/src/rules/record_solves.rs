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
        let mut known = known_outside(given, bounds)?;
        let mut change = Change::new(given);
        change.rely_on_catalogue();
        let mut answer = RecordedAttempts::default();
        let (mut solved, mut gone) = (BTreeSet::new(), BTreeSet::new());
        let epoch = change.record.epoch.number;
        for attempt in &self.attempts {
            let entry = AttemptRecord::of(attempt, None, epoch, given.now);
            let key = entry.key();
            let entry = match known.get(&key) {
                None => {
                    answer.recorded += 1;
                    entry
                }
                Some(before) if same_judgement(before, &entry) => {
                    answer.unchanged += 1;
                    continue;
                }
                Some(before) => {
                    answer.rejudged += 1;
                    judge_again(before, entry, given.now)
                }
            };
            if entry.epoch == epoch {
                gone.remove(&key);
                if entry.is_solve() {
                    solved.insert(entry.problem);
                } else if known.get(&key).is_some_and(AttemptRecord::is_solve) {
                    gone.insert(key.clone());
                }
            }
            known.insert(key, entry.clone());
            write(&mut change, entry);
        }
        if answer.recorded + answer.rejudged == 0 {
            return Ok(Decision::unchanged(answer));
        }
        let recorded = usize::try_from(answer.recorded).unwrap_or(usize::MAX);
        count_today(&mut change, given, recorded)?;
        let contest = None;
        for problem in solved {
            if change.add_solved(problem)? {
                change.event(EventKind::ProblemSolved { problem, contest });
            }
            gone.retain(|key| key.problem != problem);
        }
        let unsolved: BTreeSet<_> = gone.iter().map(|key| key.problem).collect();
        for problem in unsolved {
            remove_solved(&mut change, given, problem, |key| gone.contains(key))?;
            change.event(EventKind::ProblemUnsolved { problem, contest });
        }
        Ok(Decision {
            answer,
            commit: Some(change.commit_timeless()),
        })
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

fn same_judgement(before: &AttemptRecord, after: &AttemptRecord) -> bool {
    (before.verdict, before.score) == (after.verdict, after.score)
}

/// A known entry with another verdict. It stays in its epoch.
fn judge_again(before: &AttemptRecord, mut after: AttemptRecord, now: Timestamp) -> AttemptRecord {
    after.epoch = before.epoch;
    (after.recorded_at, after.undone_at) = judged_again(
        (before.verdict, after.verdict),
        (before.recorded_at, before.undone_at),
        now,
    );
    after
}

/// Writes an entry of the log, and its event.
fn write(change: &mut Change<'_>, entry: AttemptRecord) {
    let kind = EventKind::AttemptJudged {
        problem: entry.problem,
        contest: entry.contest,
        submission: entry.submission.clone(),
        verdict: entry.verdict,
    };
    change.event_at(entry.at, kind);
    change.attempt(entry);
}
