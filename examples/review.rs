//! Four new problems and one to solve again: spaced review with FSRS, over a month of practice.
//!
//! ```text
//! cargo run --example review --features review
//! ```
//!
//! Spaced review needs the feature `fsrs` of `contest-core`.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;

const DAY: Duration = Duration::from_hours(24);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(
        1_772_355_600_000_000,
    )));
    let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
        .clock(Arc::clone(&clock))
        .seeds(SequentialSeeds::new(31))
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;

    // One of five problems is a review, if a problem is due; otherwise it is a new problem. A problem
    // is due when the estimated chance that the user can still solve it falls below 90 %.
    let review = Strategy::Review(ReviewOptions::default());
    let parts = vec![
        Part::new(ProblemCount::new(4)?),
        Part::new(ProblemCount::new(1)?).with_strategy(review),
    ];
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(90)?)
        .with_parts(parts)?;

    let mut solved = HashSet::new();
    for week in 1..=5 {
        let contest = engine.create_contest(user, &request).await?.contest;
        let (again, new): (Vec<_>, Vec<_>) = contest
            .problems
            .iter()
            .partition(|entry| solved.contains(&entry.problem.id));
        println!("week {week}: {} new", new.len());
        for entry in again {
            println!("        again: {}", entry.problem.title);
        }
        for entry in &contest.problems {
            clock.advance(Duration::from_mins(10));
            engine
                .mark_solved(user, contest.id, entry.problem.id)
                .await?;
            solved.insert(entry.problem.id);
        }
        engine.complete_contest(user, contest.id).await?;
        clock.advance(7 * DAY);
    }

    // A review is a mark in its contest. It does not count the problem as solved twice.
    let overall = engine.progress(user).await?.overall();
    println!("{} of {} solved", overall.solved, overall.total);
    assert_eq!(overall.solved, solved.len() as u64);
    Ok(())
}
