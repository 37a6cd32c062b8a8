//! Use case: record solves that happened outside a contest.

use std::collections::BTreeSet;

use crate::id::ProblemId;
use crate::model::{EventKind, NewSolve, RangeError};
use crate::rules::{Change, Context, Decision, HistoryNeeds, Refusal, Stop, UseCase};
use crate::store::ContestSelector;
use crate::time::Timestamp;
use crate::user::{Solve, SolveKey};

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
        check_known(given, &self.solves)?;
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
        let mut today = given.today();
        let more = u32::try_from(new.len()).unwrap_or(u32::MAX);
        today.solves = today.solves.saturating_add(more);
        given.check_today("solves", today.solves, given.settings.limits.solves_per_day)?;
        change.record.day = Some(today);
        let epoch = change.record.epoch.number;
        for (at, problem) in new {
            let (contest, recorded_at, undone_at) = (None, given.now, None);
            change.solve(Solve {
                at,
                problem,
                contest,
                epoch,
                recorded_at,
                undone_at,
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
        let latest = given.now + given.settings.clock_allowance;
        let in_time = |solve: &NewSolve| {
            let solved_at = solve.solved_at.unwrap_or(given.now);
            let [at, first, last] =
                [solved_at, Timestamp::MIN, Timestamp::MAX].map(Timestamp::as_micros);
            let what = "time of a solve, in microseconds since 1970,";
            RangeError::check("solved_at", what, at, first..=last)?;
            if solved_at > latest {
                Err(Refusal::SolveInFuture {
                    problem: solve.problem,
                })
            } else {
                Ok((solved_at.min(given.now), solve.problem))
            }
        };
        self.solves.iter().map(in_time).collect()
    }

    /// How many solves are in the future.
    fn ahead(&self, given: &Context<'_>) -> u64 {
        let times = self.solves.iter().filter_map(|solve| solve.solved_at);
        times.filter(|at| *at > given.now).count() as u64
    }
}

fn check_known(given: &Context<'_>, solves: &[NewSolve]) -> Result<(), Refusal> {
    let problems = solves.iter().map(|solve| solve.problem);
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
    let Some(history) = given.history else {
        return Err(Stop::Needs(HistoryNeeds {
            log: times,
            ..HistoryNeeds::default()
        }));
    };
    let epoch = given
        .snapshot
        .record
        .as_ref()
        .map(|record| record.epoch.number);
    let here = |solve: &&Solve| Some(solve.epoch) == epoch && solve.is_live();
    let keys = history.solves.iter().filter(here).map(Solve::key);
    let outside = keys.filter(|key| key.contest.is_none());
    Ok(outside
        .map(|SolveKey { at, problem, .. }| (at, problem))
        .collect())
}
