//! How long does an attempt take to update a board, and how does the time grow with the participants?
//!
//! `cargo bench -p contest-benches --bench standings`, with `-- --quick` for fewer rounds.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use contest_benches::{Bound, Budget, NOW, Outcome, Random, Report, Run, Turns, seeded};
use contest_core::model::SubmissionId;
use contest_core::scoring::{AtCoder, Attempt, Icpc, Method, Scoring, Verdict};
use contest_core::standings::{Board, Freeze, Participant, Round, RoundProblem, View};
use contest_core::time::Timestamp;
use contest_core::uuid::Uuid;
use contest_core::{ParticipantId, ProblemId};
use rand::RngExt as _;

const PROBLEMS: u128 = 13;
const HOURS: u32 = 5;
/// Attempts of a participant that the board has before the first measured one.
const EACH: u32 = 20;

fn main() -> ExitCode {
    Run::main(|run| {
        let mut report = Report::new("standings", "Standings");
        report.text(
            "Boards of 13 problems with a freeze, so that each attempt updates two views. Each participant has \
             made 20 attempts; the attempts measured are new ones and rejudgements, at random.",
        );
        one_attempt(run, &mut report)?;
        methods(run, &mut report)?;
        reads(run, &mut report)?;
        Ok(report)
    })
}

/// A board, and the attempts that arrive.
struct World {
    board: Board,
    participants: u32,
    random: Random,
    /// The submission ids given.
    submissions: u32,
}

impl World {
    fn new(scoring: impl Into<Scoring>, participants: u32) -> Outcome<Self> {
        let problems = (1..=PROBLEMS).map(|number| RoundProblem::new(problem(number)));
        let freeze = Freeze::from(NOW + Duration::from_hours(u64::from(HOURS) - 1));
        let end = NOW + Duration::from_hours(u64::from(HOURS));
        let round = Round::new(NOW, end, problems)?
            .with_scoring(scoring)
            .with_freeze(freeze);
        let everyone = (0..participants).map(|number| Participant::new(participant(number)));
        let mut world = Self {
            board: Board::new(round).with_participants(everyone),
            participants,
            random: seeded(),
            submissions: 0,
        };
        let attempts: Outcome<Vec<_>> = (0..participants * EACH).map(|_| world.attempt()).collect();
        world.board.extend(attempts?)?;
        Ok(world)
    }

    /// An attempt with a new id or, one in four, a known one.
    fn attempt(&mut self) -> Outcome<(ParticipantId, Attempt)> {
        let random = &mut self.random;
        let id = if random.random_range(0..4) == 0 && self.submissions > 0 {
            random.random_range(0..self.submissions)
        } else {
            self.submissions += 1;
            self.submissions - 1
        };
        // The place of a submission follows from its id, so that a rejudgement does not move it.
        let place = u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let participant = participant(u32::try_from(place % u64::from(self.participants))?);
        let problem = problem(1 + u128::from(place / 7 % 13));
        let at = NOW + Duration::from_secs(place / 11 % (u64::from(HOURS) * 3_600));
        let verdict = match random.random_range(0..10) {
            0..4 => Verdict::Accepted,
            4..8 => Verdict::Rejected,
            8 => Verdict::CompileError,
            _ => Verdict::Pending,
        };
        let submission = SubmissionId::new(id.to_string())?;
        let attempt = Attempt::new(problem, at, verdict).with_submission(submission);
        Ok((participant, attempt))
    }

    fn time_one(&mut self, turns: &mut Turns, name: &str) -> Outcome<()> {
        let (participant, attempt) = self.attempt()?;
        let start = Instant::now();
        black_box(self.board.record(participant, &attempt)?);
        turns.push(name, start.elapsed());
        Ok(())
    }
}

fn participant(number: u32) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(number.into()))
}

fn problem(number: u128) -> ProblemId {
    ProblemId::from_uuid(Uuid::from_u128(number))
}

fn end() -> Timestamp {
    NOW + Duration::from_hours(u64::from(HOURS))
}

fn one_attempt(run: Run, report: &mut Report) -> Outcome<()> {
    let (few, many) = ("5,000 participants", "100,000 participants");
    let mut worlds = [
        (few, World::new(Icpc::default(), 5_000)?),
        (many, World::new(Icpc::default(), 100_000)?),
    ];
    let (warm_up, rounds) = (1_000, run.choose(20_000, 200_000));
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        for (name, world) in &mut worlds {
            world.time_one(&mut turns, name)?;
        }
    }
    report.heading(
        "One attempt",
        "An attempt scores one problem of one participant again, and moves one row.",
    );
    report.ratios(&turns, &[Budget::at_most(many, few, 5.0)]);
    for percent in [50, 99] {
        let micros = turns.percentile(few, percent).as_secs_f64() * 1e6;
        let what = format!("an attempt on a board of {few}, percentile {percent}, in µs");
        report.judge(&what, micros, Bound::AtMost(50.0));
    }
    Ok(())
}

fn methods(run: Run, report: &mut Report) -> Outcome<()> {
    let methods = [
        ("ticks", Method::Ticks),
        ("ICPC", Icpc::default().into()),
        ("best", Method::Best),
        ("AtCoder", AtCoder::default().into()),
        ("lockout", Method::Lockout),
    ];
    let worlds: Outcome<Vec<_>> = methods
        .into_iter()
        .map(|(name, method)| Ok((name, World::new(method, 5_000)?)))
        .collect();
    let mut worlds = worlds?;
    let (warm_up, rounds) = (500, run.choose(5_000, 50_000));
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        for (name, world) in &mut worlds {
            world.time_one(&mut turns, name)?;
        }
    }
    report.heading(
        "Scoring methods",
        "The method hardly matters. 5,000 participants.",
    );
    report.ratios(&turns, &[]);
    Ok(())
}

fn reads(run: Run, report: &mut Report) -> Outcome<()> {
    let world = World::new(Icpc::default(), 5_000)?;
    let board = &world.board;
    let (warm_up, rounds) = (5, run.choose(50, 500));
    let mut turns = Turns::after(warm_up);
    let mut time = |name: &str, read: &dyn Fn() -> usize| {
        let start = Instant::now();
        black_box(read());
        turns.push(name, start.elapsed());
    };
    for round in 0..warm_up + rounds {
        let middle = participant(u32::try_from(round * 7 % 5_000)?);
        time("a row", &|| {
            usize::from(board.row(View::Host, end(), middle).is_some())
        });
        time("the first 50 rows", &|| {
            board.page(View::Public, end(), 0, 50).len()
        });
        time("50 rows in the middle", &|| {
            board.page(View::Public, end(), 2_500, 50).len()
        });
        time("all rows", &|| {
            board.standings(View::Host, end()).rows.len()
        });
        time("the board of an hour before", &|| {
            board.as_of(end() - Duration::from_hours(1)).len()
        });
    }
    report.heading(
        "Reading",
        "A page costs the same wherever it begins; the past is a board made anew. 5,000 participants.",
    );
    report.ratios(&turns, &[]);
    Ok(())
}
