//! The standings counted naively, as a reader of the rules would: everything anew, without order
//! statistics, from the final state of each attempt.

use std::collections::BTreeMap;

use contest_core::scoring::{AtCoder, CompileErrors, Falling, Icpc, Method, TimeUnit};

use super::*;

/// A participant and its attempts.
pub(super) type Entrants = BTreeMap<ParticipantId, (Participant, Vec<Attempt>)>;

/// What is compared of a cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct NaiveCell {
    judged: u32,
    pending: u32,
    solved: bool,
    points: Points,
    seconds: Option<u64>,
    penalty: u64,
    first: bool,
}

/// What is compared of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NaiveRow {
    rank: usize,
    participant: ParticipantId,
    points: Points,
    penalty: u64,
    cells: Vec<NaiveCell>,
}

impl From<&Row> for NaiveRow {
    fn from(row: &Row) -> Self {
        let cell = |cell: &Cell| NaiveCell {
            judged: cell.judged,
            pending: cell.pending,
            solved: cell.solved,
            points: cell.points,
            seconds: cell.time.map(|time| time.as_secs()),
            penalty: cell.penalty.as_secs(),
            first: cell.first_to_solve,
        };
        Self {
            rank: row.rank,
            participant: row.participant,
            points: row.total.points,
            penalty: row.total.penalty.as_secs(),
            cells: row.cells.iter().map(cell).collect(),
        }
    }
}

/// The rows of the board and those beside it. Outcomes of attempts made at `hidden` or later are pending.
pub(super) fn rows(
    round: &Round,
    entrants: &Entrants,
    hidden: Option<Timestamp>,
) -> [Vec<NaiveRow>; 2] {
    let shown = shown(round, entrants, hidden);
    let cells = |id: &ParticipantId| {
        let problems = round.problems().iter();
        problems
            .map(|entry| cell(round, entry, *id, &shown, entrants))
            .collect::<Vec<_>>()
    };
    let keyed: Vec<_> = entrants
        .iter()
        .map(|(id, (participant, _))| {
            let cells = cells(id);
            (key(round, &cells), participant, cells)
        })
        .collect();
    let mut parts = [Vec::new(), Vec::new()];
    for (key, participant, cells) in &keyed {
        let better = keyed
            .iter()
            .filter(|(other, by, _)| other < key && !by.is_virtual);
        let row = NaiveRow {
            rank: 1 + better.count(),
            participant: participant.id,
            points: cells.iter().map(|cell| cell.points).sum(),
            penalty: key.1,
            cells: cells.clone(),
        };
        parts[usize::from(participant.is_virtual)].push((*key, participant.id, row));
    }
    parts.map(|mut rows| {
        rows.sort_by_key(|(key, id, _)| (*key, *id));
        rows.into_iter().map(|(_, _, row)| row).collect()
    })
}

/// All attempts that count and are shown, in the order in which they were made.
fn shown(
    round: &Round,
    entrants: &Entrants,
    hidden: Option<Timestamp>,
) -> Vec<(ParticipantId, Attempt)> {
    let mut shown = Vec::new();
    for (id, (participant, attempts)) in entrants {
        let start = participant.started_at.unwrap_or(round.opens_at());
        let end = participant.ends_at.unwrap_or(round.closes_at());
        for attempt in attempts {
            let counts = attempt.verdict != Verdict::NotCounted;
            if counts && attempt.at >= start && attempt.at < end {
                let mut attempt = attempt.clone();
                if !participant.is_virtual && hidden.is_some_and(|hidden| attempt.at >= hidden) {
                    (attempt.verdict, attempt.score) = (Verdict::Pending, None);
                }
                shown.push((*id, attempt));
            }
        }
    }
    shown.sort_by_key(|(_, attempt)| (attempt.at, id_of(attempt)));
    shown
}

/// The tests have numbers as submission ids.
pub(super) fn id_of(attempt: &Attempt) -> u32 {
    attempt
        .submission
        .as_ref()
        .unwrap()
        .as_str()
        .parse()
        .unwrap()
}

fn cell(
    round: &Round,
    entry: &RoundProblem,
    id: ParticipantId,
    shown: &[(ParticipantId, Attempt)],
    entrants: &Entrants,
) -> NaiveCell {
    let at_problem = shown
        .iter()
        .filter(|(_, attempt)| attempt.problem == entry.problem);
    let in_board: Vec<_> = at_problem
        .clone()
        .filter(|(by, _)| !entrants[by].0.is_virtual)
        .collect();
    let own: Vec<_> = at_problem
        .filter(|(by, _)| *by == id)
        .map(|(_, attempt)| attempt)
        .collect();
    let start = entrants[&id].0.started_at.unwrap_or(round.opens_at());
    let mut cell = score(round.scoring().method(), entry.points, start, &own);
    let hopeful = |attempt: &Attempt| accepted(attempt) || pending(attempt);
    let first = in_board.iter().find(|(_, attempt)| hopeful(attempt));
    cell.first = first.is_some_and(|(by, attempt)| *by == id && accepted(attempt));
    let taker = in_board.iter().find(|(_, attempt)| accepted(attempt));
    if *round.scoring().method() == Method::Lockout && taker.is_some_and(|(by, _)| *by != id) {
        cell.points = Points::ZERO;
    }
    cell
}

fn accepted(attempt: &Attempt) -> bool {
    attempt.verdict == Verdict::Accepted
}

fn pending(attempt: &Attempt) -> bool {
    attempt.verdict == Verdict::Pending
}

/// The attempts are those of one participant at one problem, in order.
fn score(method: &Method, worth: Points, start: Timestamp, attempts: &[&Attempt]) -> NaiveCell {
    let attempts = relevant(method, attempts);
    let waits = attempts.first().is_some_and(|attempt| pending(attempt));
    let (open, judged): (Vec<_>, Vec<_>) =
        attempts.into_iter().partition(|attempt| pending(attempt));
    let count = |attempts: &[&Attempt]| u32::try_from(attempts.len()).unwrap();
    let mut cell = NaiveCell {
        judged: count(&judged),
        pending: count(&open),
        ..NaiveCell::default()
    };
    let values = values(method, worth, &judged);
    let best = values.iter().max().filter(|best| **best > Points::ZERO);
    let best = best.and_then(|best| values.iter().position(|value| value == best));
    let first_accepted = judged.iter().position(|attempt| accepted(attempt));
    let (chosen, solved) = match method {
        Method::Last => (judged.len().checked_sub(1), None),
        Method::First => ((!judged.is_empty() && !waits).then_some(0), None),
        _ => (best.or(first_accepted), Some(first_accepted.is_some())),
    };
    let Some(place) = chosen else { return cell };
    let seconds = (judged[place].at - start).as_secs();
    cell.solved = solved.unwrap_or_else(|| accepted(judged[place]));
    cell.points = values[place];
    cell.seconds = Some(seconds);
    match method {
        Method::Icpc(Icpc { penalty, unit, .. }) => {
            let by_the_minute = *unit == TimeUnit::Minute;
            let time = if by_the_minute {
                seconds / 60 * 60
            } else {
                seconds
            };
            cell.seconds = Some(time);
            cell.penalty = time + place as u64 * penalty.as_secs();
        }
        Method::AtCoder(AtCoder { penalty, .. }) if cell.points > Points::ZERO => {
            cell.penalty = place as u64 * penalty.as_secs();
        }
        _ => {}
    }
    cell
}

/// Without compile errors that do not count, and without those after the attempt that decides.
fn relevant<'a>(method: &Method, attempts: &[&'a Attempt]) -> Vec<&'a Attempt> {
    let penalised = match method {
        Method::Icpc(options) => options.compile_errors == CompileErrors::Penalised,
        _ => false,
    };
    let counts = |attempt: &&&Attempt| penalised || attempt.verdict != Verdict::CompileError;
    let mut attempts: Vec<_> = attempts.iter().filter(counts).copied().collect();
    match method {
        Method::Best | Method::Last => {}
        Method::First if attempts.first().is_some_and(|first| pending(first)) => {}
        Method::First => attempts.truncate(1),
        _ => {
            let first = attempts.iter().position(|attempt| accepted(attempt));
            attempts.truncate(first.map_or(attempts.len(), |first| first + 1));
        }
    }
    attempts
}

/// What each judged attempt is worth.
fn values(method: &Method, worth: Points, judged: &[&Attempt]) -> Vec<Points> {
    let full = |attempt: &Attempt| {
        if accepted(attempt) {
            worth
        } else {
            Points::ZERO
        }
    };
    let earned = |attempt: &Attempt| attempt.score.map_or(full(attempt), Score::points);
    let value = |(tries, attempt): (u32, &&Attempt)| match method {
        Method::Ticks | Method::Lockout | Method::Icpc(_) => full(attempt),
        Method::Falling(options) => {
            falling(options, earned(attempt), worth, tries, accepted(attempt))
        }
        _ => earned(attempt),
    };
    (0..).zip(judged).map(value).collect()
}

/// The deductions of these tests are percentages.
fn falling(options: &Falling, earned: Points, worth: Points, tries: u32, accepted: bool) -> Points {
    use contest_core::scoring::Amount::Percent;
    let (Percent(per_try), Percent(least)) = (options.per_try, options.least) else {
        unreachable!()
    };
    let (earned, worth) = (earned.as_f64(), worth.as_f64());
    let deducted = (earned - worth * f64::from(per_try) / 100.0 * f64::from(tries)).max(0.0);
    let least = (worth * f64::from(least) / 100.0).min(earned);
    let value = if accepted {
        deducted.max(least)
    } else {
        deducted
    };
    Points::try_from(value).unwrap()
}

type Key = (std::cmp::Reverse<Points>, u64, u64);

fn key(round: &Round, cells: &[NaiveCell]) -> Key {
    let points = std::cmp::Reverse(cells.iter().map(|cell| cell.points).sum());
    let decided = cells
        .iter()
        .filter(|cell| cell.solved || cell.points > Points::ZERO);
    let last = decided.filter_map(|cell| cell.seconds).max().unwrap_or(0);
    let penalty: u64 = cells.iter().map(|cell| cell.penalty).sum();
    match round.scoring().method() {
        Method::Icpc(_) => (points, penalty, last),
        Method::AtCoder(_) => (points, penalty + last, 0),
        _ => (points, 0, 0),
    }
}
