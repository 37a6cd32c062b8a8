//! Shows a user's month in their time zone: solved problems, active days, solve times, and the result of
//! each contest.
//!
//! ```text
//! cargo run --example progress
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;

/// The number of cells in a full bar.
const BAR: u64 = 20;

/// Days of October 2026 on which the user practises, and the number of problems solved, of five.
const PRACTICE: [(u64, usize); 14] = [
    (1, 5),
    (2, 4),
    (3, 5),
    (6, 2),
    (9, 5),
    (12, 3),
    (13, 5),
    (14, 0),
    (21, 4),
    (22, 5),
    (23, 5),
    (24, 3),
    (25, 5),
    (30, 4),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Only this program moves the clock, so every run prints the same.
    let clock = Arc::new(ManualClock::new("2026-10-01T17:00:00Z".parse()?));
    let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
        .seeds(SequentialSeeds::new(2026))
        .clock(Arc::clone(&clock))
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    practise(&engine, &clock, user).await?;
    clock.set("2026-10-31T11:00:00Z".parse()?);

    let zone = TimeZone::named("Europe/Berlin")?;
    println!("October 2026 in {}\n", zone.name());
    print_solved(&engine.progress(user).await?);

    let month = ActivityWindow::between("2026-10-01".parse()?, "2026-10-31".parse()?, zone)?;
    print_days(&engine.activity(user, &month).await?);
    print_pace(&engine.pace(user, &PaceWindow::latest(50)?).await?);

    let mut after = None;
    println!("\nThe contests, latest first:");
    loop {
        let page = engine
            .contest_results(user, after, PageLimit::new(10)?)
            .await?;
        page.items.iter().for_each(print_result);
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Runs a contest of an hour on the evening of each day of the plan.
async fn practise(
    engine: &Engine,
    clock: &ManualClock,
    user: UserId,
) -> Result<(), Box<dyn Error>> {
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    for (day, solved) in PRACTICE {
        clock.set(format!("2026-10-{day:02}T17:00:00Z").parse()?);
        let contest = engine.create_contest(user, &request).await?.contest;
        for (entry, pause) in contest.problems.iter().zip(day..).take(solved) {
            let minutes = match entry.problem.difficulty {
                Difficulty::Easy => 4 + pause % 3,
                Difficulty::Medium => 9 + pause % 5,
                Difficulty::Hard => 17 + pause % 4,
            };
            clock.advance(Duration::from_mins(minutes));
            engine
                .mark_solved(user, contest.id, entry.problem.id)
                .await?;
        }
        // Completed, abandoned, or left to expire.
        match solved {
            5 => engine.complete_contest(user, contest.id).await.map(drop)?,
            0 => engine.abandon_contest(user, contest.id).await.map(drop)?,
            _ => {}
        }
    }
    Ok(())
}

/// Prints solved and total problems by difficulty, and for the five topics with most solves.
fn print_solved(progress: &Progress) {
    for (difficulty, tally) in progress.by_difficulty.iter() {
        print_bar(difficulty.as_str(), *tally);
    }
    let mut topics: Vec<_> = progress.by_topic.iter().collect();
    topics.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.solved));
    println!();
    for (topic, tally) in topics.into_iter().take(5) {
        print_bar(topic.as_str(), *tally);
    }
    let contests = progress.contests;
    println!(
        "\n{} contests: {} completed, {} abandoned, {} expired",
        contests.total(),
        contests.completed,
        contests.abandoned,
        contests.expired,
    );
}

fn print_bar(name: &str, tally: Tally) {
    let full = tally.solved * BAR / tally.total.max(1);
    let bar: String = (0..BAR)
        .map(|cell| if cell < full { '█' } else { '░' })
        .collect();
    println!("{name:<24} {bar} {:>3} of {}", tally.solved, tally.total);
}

/// Prints the days as a heat map, with a week in each column, and the streaks.
fn print_days(activity: &Activity) {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    // The first of October 2026 is a Thursday.
    const FIRST: usize = 3;
    println!();
    for (row, weekday) in WEEKDAYS.iter().enumerate() {
        print!("{weekday}");
        for column in 0..5 {
            let place = (column * 7 + row).checked_sub(FIRST);
            let day = place.and_then(|place| activity.days.get(place));
            print!("  {}", day.map_or(' ', |day| shade(day.solved)));
        }
        println!();
    }
    println!(
        "\ncurrent streak {}, longest {} days",
        activity.streaks.current, activity.streaks.longest
    );
}

fn shade(solved: u64) -> char {
    match solved {
        0 => '·',
        1..=2 => '░',
        3..=4 => '▒',
        _ => '█',
    }
}

fn print_pace(pace: &Pace) {
    println!("\nMedian time over {} contests:", pace.contests);
    for (difficulty, SolveTimes { solves, median, .. }) in pace.by_difficulty.iter() {
        let median = median.map_or("-".to_owned(), minutes);
        println!(
            "{:<8} {median:>7}  from {solves} solves",
            difficulty.as_str()
        );
    }
}

fn minutes(time: Duration) -> String {
    format!("{} min", time.as_secs() / 60)
}

fn print_result(result: &ContestResult) {
    let longest = result.timings.iter().map(|timing| timing.spent).max();
    println!(
        "{}  {:<9}  {} of {}  {:>6}  longest {}",
        &result.started_at.to_string()[..10],
        result.status,
        result.problems.completed,
        result.problems.total,
        minutes(result.time_spent),
        longest.map_or("-".to_owned(), minutes),
    );
}
