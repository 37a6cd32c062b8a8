//! Solves all bundled 150 problems, ten per contest, and shows the user's progress.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use contest_core::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In memory here. `contest-sqlx` has stores in Postgres and SQLite, or bring your own.
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = Engine::builder(store)
        // With these two, every run prints the same. Leave them out for random problems and real time.
        .seeds(SequentialSeeds::new(150))
        .clock(ManualClock::new(Timestamp::from_micros(0)))
        .build()
        .await?;
    // Your application manages its users; contests only need their ids.
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let request = ContestRequest::new(ProblemCount::new(10)?, ContestDuration::from_minutes(60)?);

    let mut latest = None;
    for number in 1.. {
        let contest = match engine.create_contest(user, &request).await {
            Ok(created) => practise(&engine, &created.contest).await?,
            // Everything is solved, so no problem is left to select.
            Err(Error::Refused(Refusal::Selection(SelectionError::NoEligibleProblems))) => {
                println!("contest {number}: refused, no problem is left to solve");
                break;
            }
            Err(error) => return Err(error.into()),
        };
        let progress = engine.progress(user).await?;
        print_summary(number, &contest, &progress);
        if number == 1 {
            print_table(&contest);
            print_bars(&progress);
        }
        latest = Some(contest);
    }

    println!("\nThe last contest:");
    latest.iter().for_each(print_table);
    print_bars(&engine.progress(user).await?);
    Ok(())
}

/// Solves every problem of a contest and completes it.
async fn practise(engine: &Engine, contest: &Contest) -> Result<Contest, Error> {
    for entry in &contest.problems {
        engine
            .mark_solved(contest.user, contest.id, entry.problem.id)
            .await?;
    }
    engine.complete_contest(contest.user, contest.id).await
}

/// Prints a contest in one line.
fn print_summary(number: u32, contest: &Contest, progress: &Progress) {
    let taken = contest.selection.taken;
    let Tally { solved, total } = progress.overall();
    let short = match contest.selection.shortfall() {
        0 => String::new(),
        missing => format!(", {missing} fewer than requested"),
    };
    println!(
        "contest {number}: {} problems ({} easy, {} medium, {} hard){short}, solved {solved} of {total}",
        contest.problems.len(),
        taken.easy,
        taken.medium,
        taken.hard,
    );
}

/// Prints a contest's problems in columns, from easy to hard.
fn print_table(contest: &Contest) {
    println!();
    for entry in &contest.problems {
        let problem = &entry.problem;
        println!(
            "  {:>2}  {:<6}  {:<57}  {:<23}  {}",
            entry.order,
            problem.difficulty,
            problem.title,
            problem.topics.first().map_or("", Topic::as_str),
            problem.links.first().map_or("", String::as_str),
        );
    }
}

/// Prints progress as bars, by difficulty and by topic.
fn print_bars(progress: &Progress) {
    println!();
    for (difficulty, tally) in progress.by_difficulty.iter() {
        print_bar(difficulty.as_str(), *tally);
    }
    println!();
    for (topic, tally) in &progress.by_topic {
        print_bar(topic.as_str(), *tally);
    }
    println!();
}

fn print_bar(name: &str, Tally { solved, total }: Tally) {
    const CELLS: u64 = 30;
    let is_full = |cell| cell * total <= solved * CELLS;
    let cells = (1..=CELLS).map(|cell| if is_full(cell) { '█' } else { '░' });
    let bar: String = cells.collect();
    println!("  {name:<23}  {bar} {solved:>3} of {total:>3}");
}
