//! Practises the bundled 150 problems to the end, ten at a time, and shows how far the user has come.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use contest_core::model::Tally;
use contest_core::prelude::*;
use contest_core::select::{SelectionError, SequentialSeeds};
use contest_core::time::ManualClock;

/// How many cells a full bar has.
const BAR: u64 = 30;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
        // These two make every run print the same. Leave them out for fresh problems and real time.
        .seeds(SequentialSeeds::new(150))
        .clock(ManualClock::new(Timestamp::from_micros(0)))
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let request = ContestRequest::new(ProblemCount::new(10)?, ContestDuration::from_minutes(60)?);

    let mut latest = None;
    for number in 1.. {
        let contest = match engine.create_contest(user, &request).await {
            Ok(contest) => practise(&engine, contest).await?,
            // Everything is solved: there is nothing left to select.
            Err(refusal @ Error::Selection(SelectionError::NoEligibleProblems)) => {
                println!("contest {number}: refused, {refusal}");
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
async fn practise(engine: &Engine, contest: Contest) -> Result<Contest, Error> {
    for entry in &contest.problems {
        engine
            .mark_solved(contest.user, contest.id, entry.problem.id)
            .await?;
    }
    engine.complete_contest(contest.user, contest.id).await
}

/// A contest in one line.
fn print_summary(number: u32, contest: &Contest, progress: &Progress) {
    let taken = contest.selection.taken;
    let Tally { solved, total } = progress.overall();
    let short = match contest.selection.shortfall() {
        0 => String::new(),
        missing => format!(", {missing} fewer than asked for"),
    };
    println!(
        "contest {number}: {} problems ({} easy, {} medium, {} hard){short}, solved {solved} of {total}",
        contest.problems.len(),
        taken.easy,
        taken.medium,
        taken.hard,
    );
}

/// A contest's problems in columns, easy to hard.
fn print_table(contest: &Contest) {
    let problems = || contest.problems.iter().map(|entry| &entry.problem);
    let titles = width_of(problems().map(|problem| problem.title.as_str()));
    let topics = width_of(problems().map(|problem| topic_of(problem)));
    println!(
        "\n   #  {:<10}  {:<titles$}  {:<topics$}  Link",
        "Difficulty", "Problem", "Topic"
    );
    for entry in &contest.problems {
        let problem = &entry.problem;
        println!(
            "  {:>2}  {:<10}  {:<titles$}  {:<topics$}  {}",
            entry.order,
            problem.difficulty,
            problem.title,
            topic_of(problem),
            problem.link.as_deref().unwrap_or_default(),
        );
    }
}

/// Progress as bars, by difficulty and by topic.
fn print_bars(progress: &Progress) {
    let width = width_of(progress.by_topic.keys().map(Topic::as_str));
    println!();
    for (difficulty, tally) in progress.by_difficulty.iter() {
        println!("  {difficulty:<width$}  {}", bar(*tally));
    }
    println!();
    for (topic, tally) in &progress.by_topic {
        println!("  {topic:<width$}  {}", bar(*tally));
    }
    println!();
}

fn bar(Tally { solved, total }: Tally) -> String {
    let cell = |n| {
        if n * total <= solved * BAR {
            '█'
        } else {
            '░'
        }
    };
    let cells: String = (1..=BAR).map(cell).collect();
    format!("{cells} {solved:>3} of {total:>3}")
}

/// The first topic of a problem; the bundled ones have one each.
fn topic_of(problem: &Problem) -> &str {
    problem.topics.first().map_or("", Topic::as_str)
}

fn width_of<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts
        .map(|text| text.chars().count())
        .max()
        .unwrap_or_default()
}
