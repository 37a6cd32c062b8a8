//! A teacher gives a class a round of ten problems, and watches the board.
//!
//! ```text
//! cargo run --example class_round
//! ```
//!
//! The clock is set by hand, so that an hour takes no time and each run prints the same. In the tables, `+` is a
//! problem solved at the first try, `+1` one solved after one rejected attempt, `-2` two rejected attempts so far.
//! The penalty is the minutes to each solved problem, and 20 for each rejected attempt before.

use std::sync::Arc;
use std::time::Duration;

use contest_core::engine::{BoardPage, BoardPosition, PageLimit, Rounds, Viewer};
use contest_core::model::{SubmissionId, Title};
use contest_core::prelude::*;
use contest_core::scoring::{Attempt, Icpc, ProblemScore, Verdict};
use contest_core::standings::{Admission, Judging, Round, RoundProblem};
use contest_core::store::Member;
use contest_core::uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const MINUTE: Duration = Duration::from_mins(1);
const CLASS: [&str; 4] = ["Ada", "Ben", "Cleo", "Dan"];

/// What the judge finds: the minute, the student, the number of the problem, and the verdict.
const ATTEMPTS: [(u32, &str, usize, Verdict); 9] = [
    (7, "Ada", 1, Verdict::Accepted),
    (12, "Ben", 1, Verdict::Rejected),
    (16, "Ben", 1, Verdict::Accepted),
    (21, "Cleo", 2, Verdict::Accepted),
    (35, "Ada", 3, Verdict::Rejected),
    (41, "Ada", 3, Verdict::Rejected),
    (44, "Cleo", 1, Verdict::Accepted),
    (58, "Ben", 2, Verdict::Accepted),
    (66, "Dan", 10, Verdict::Accepted),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = Engine::builder(store.clone())
        .clock(Arc::clone(&clock))
        .build()
        .await?;
    // The same store keeps the rounds.
    let rounds = Rounds::new(engine, store);
    let class = Class { clock, rounds };

    class.give_the_round().await?;
    class.clock.advance(30 * MINUTE);
    for name in CLASS {
        let joined = class.rounds.join(student(name), round()).await?;
        println!(
            "{name} has until minute {}",
            minute(joined.contest.deadline)
        );
    }
    // Joining again changes nothing.
    assert!(class.rounds.join(student("Ada"), round()).await?.repeated);

    for (after, name, number, verdict) in ATTEMPTS {
        class.clock.set(at(after));
        class.judge(after, name, number, verdict).await?;
        if [21, 58, 66].contains(&after) {
            class.print_board(after).await?;
        }
    }
    // Another look at the attempt of minute 12: it did not even compile, so it costs nothing.
    class.judge(12, "Ben", 1, Verdict::CompileError).await?;
    println!("\nBen's attempt of minute 12 is judged again:");
    class.print_board(66).await
}

/// The teacher's application.
struct Class {
    clock: Arc<ManualClock>,
    rounds: Rounds,
}

impl Class {
    /// Ten problems for an hour, to the class alone. Dan has ten minutes of extra time.
    async fn give_the_round(&self) -> Outcome {
        let catalogue = self.rounds.engine().catalogue();
        let problems = catalogue.problems().iter().take(10);
        let problems = problems.map(|problem| RoundProblem::new(problem.id));
        let given = Round::new(at(0), at(60), problems)?
            .with_title(Title::new("Monday's ten")?)
            .with_scoring(Icpc::default())
            .with_admission(Admission::Listed)
            .with_judging(Judging::Host);
        self.rounds.put(round(), &given).await?;
        let members = CLASS.map(|name| Member::alone(student(name)));
        self.rounds.put_members(round(), &members).await?;
        let dan = student("Dan");
        self.rounds
            .grant_extra_time(dan, round(), 10 * MINUTE)
            .await?;
        Ok(())
    }

    /// Records an attempt. The same submission again is judged again.
    async fn judge(&self, after: u32, name: &str, number: usize, verdict: Verdict) -> Outcome {
        let (rounds, user) = (&self.rounds, student(name));
        let contest = rounds.contest(user, round()).await?.ok_or("not joined")?;
        let problem = contest.problems.get(number - 1).ok_or("no such problem")?;
        let submission = SubmissionId::new(format!("{name}-{after}"))?;
        let attempt = Attempt::new(problem.problem.id, at(after), verdict);
        let attempts = [attempt.with_submission(submission)];
        rounds
            .engine()
            .record_attempts(user, contest.id, &attempts)
            .await?;
        Ok(())
    }

    async fn print_board(&self, after: u32) -> Outcome {
        let (top, limit) = (BoardPosition::default(), PageLimit::default());
        let board = self.rounds.board(round(), Viewer::Host, top, limit).await?;
        println!("\nafter {after} minutes");
        print(&board);
        Ok(())
    }
}

fn print(board: &BoardPage) {
    print!("rank  name  solved  penalty");
    for number in 1..=10 {
        print!("{number:>4}");
    }
    println!();
    for row in &board.rows {
        let cells: String = row.problems.iter().map(cell).collect();
        println!(
            "{:>4}  {:<4}  {:>6}  {:>7}{cells}",
            row.rank,
            name(row.participant.as_uuid()),
            row.total.solved,
            row.total.penalty.as_secs() / 60,
        );
    }
}

fn cell(score: &ProblemScore) -> String {
    let text = match (score.solved, score.judged) {
        (true, 1) => "+".to_owned(),
        (true, tries) => format!("+{}", tries - 1),
        (false, 0) => ".".to_owned(),
        (false, tries) => format!("-{tries}"),
    };
    format!("{text:>4}")
}

/// The round's id, which the application chooses.
fn round() -> contest_core::id::RoundId {
    Uuid::from_u128(0x0190_d3f4_7a00_7000_8000_0000_0000_0001).into()
}

/// The ids of students, which the application's accounts give.
fn student(name: &str) -> UserId {
    let number = CLASS.iter().position(|other| *other == name);
    Uuid::from_u128(number.map_or(0, |number| number as u128 + 1)).into()
}

fn name(id: Uuid) -> &'static str {
    let number = usize::try_from(id.as_u128()).unwrap_or_default();
    let name = number.checked_sub(1).and_then(|number| CLASS.get(number));
    name.copied().unwrap_or("?")
}

/// The round opens half an hour after the clock begins.
fn at(after: u32) -> Timestamp {
    Timestamp::from_micros(0) + 30 * MINUTE + after * MINUTE
}

fn minute(at_time: Timestamp) -> u64 {
    at_time.saturating_since(at(0)).as_secs() / 60
}
