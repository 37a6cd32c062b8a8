//! Boards of rounds, against published rules and against a naive count.

mod icpc;
mod naive;
mod points;
mod properties;
mod stored;

use std::time::Duration;

use contest_core::model::{Slug, SubmissionId};
use contest_core::scoring::{Attempt, Points, Score, Scoring, Verdict};
use contest_core::standings::{Board, Cell, Freeze, Participant, Round, RoundProblem, Row, View};
use contest_core::time::Timestamp;
use contest_core::uuid::Uuid;
use contest_core::{ParticipantId, ProblemId};

/// When rounds begin. They last five hours.
const START: Timestamp = Timestamp::from_micros(1_769_860_800_000_000);
const MINUTE: Duration = Duration::from_mins(1);
const HOURS: u32 = 5;

fn after(minutes: u32) -> Timestamp {
    START + MINUTE * minutes
}

fn end() -> Timestamp {
    after(HOURS * 60)
}

fn problem(name: &str) -> ProblemId {
    ProblemId::from_slug(&Slug::new(name).unwrap())
}

fn team(number: u32) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(number.into()))
}

/// A round of the problems A, B and C, with these points each.
fn round(scoring: impl Into<Scoring>, points: u32) -> Round {
    let problems = ["A", "B", "C"].map(|name| RoundProblem::new(problem(name)).with_points(points));
    Round::new(START, end(), problems)
        .unwrap()
        .with_scoring(scoring)
}

/// A board of the teams 1 up to this number.
fn board(round: Round, teams: u32) -> Board {
    Board::new(round).with_participants((1..=teams).map(|number| Participant::new(team(number))))
}

fn attempt(id: u32, name: &str, at: Timestamp, verdict: Verdict) -> Attempt {
    let submission = SubmissionId::new(id.to_string()).unwrap();
    Attempt::new(problem(name), at, verdict).with_submission(submission)
}

fn scored(id: u32, name: &str, minute: u32, points: f64) -> Attempt {
    let score = Score::of(Points::try_from(points).unwrap());
    attempt(id, name, after(minute), Verdict::Rejected).with_score(score)
}

/// Records attempts of a team: problem, minute and verdict. They have no submission ids.
fn record(board: &mut Board, number: u32, attempts: &[(&str, u32, Verdict)]) {
    for (name, minute, verdict) in attempts {
        let attempt = Attempt::new(problem(name), after(*minute), *verdict);
        board.record(team(number), &attempt).unwrap();
    }
}

fn row_of(board: &Board, view: View, number: u32) -> Row {
    board.row(view, end(), team(number)).unwrap()
}

fn row(board: &Board, number: u32) -> Row {
    row_of(board, View::Host, number)
}

fn cell(row: &Row, name: &str) -> Cell {
    let cells = row.cells.iter();
    let mut found = cells.filter(|cell| cell.problem == problem(name));
    *found.next().unwrap()
}

/// Penalty time in minutes.
fn minutes(time: Duration) -> u64 {
    assert_eq!(time.as_secs() % 60, 0, "{time:?}");
    time.as_secs() / 60
}

/// The ranks, and the teams' numbers, in the order of the board.
fn ranks(board: &Board, view: View) -> Vec<(usize, u128)> {
    let rows = board.standings(view, end()).rows;
    let number = |row: &Row| row.participant.as_uuid().as_u128();
    rows.iter().map(|row| (row.rank, number(row))).collect()
}

/// The teams that were first to solve this problem.
fn first_to_solve(board: &Board, view: View, name: &str) -> Vec<u128> {
    let rows = board.standings(view, end()).rows;
    let first = rows.iter().filter(|row| cell(row, name).first_to_solve);
    first
        .map(|row| row.participant.as_uuid().as_u128())
        .collect()
}

fn frozen_from(minute: u32) -> Freeze {
    Freeze::from(after(minute))
}
