//! The life of a contest: extra time, an abandonment that is undone, and marks after the deadline. At the
//! end: the time for each problem, and the erasure of the user.
//!
//! ```text
//! cargo run --example life_cycle
//! ```

use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A clock moved by hand, so that an hour takes no time. Leave it out to use the system's clock.
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = Engine::builder(store)
        .clock(Arc::clone(&clock))
        .seeds(SequentialSeeds::new(150))
        // Policies: marks up to ten minutes late count, and an abandoned contest can be resumed.
        .late_policy(LatePolicy::AcceptFor(10 * MINUTE))
        .resume_policy(ResumePolicy::BeforeDeadline)
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let request = ContestRequest::new(ProblemCount::new(4)?, ContestDuration::from_minutes(60)?);
    let contest = engine.create_contest(user, &request).await?.contest;
    let say = |text: &str| println!("{}  {text}", minutes(&clock));
    say("created, due after 60 minutes");

    clock.advance(12 * MINUTE);
    mark(&engine, &contest, 1).await?;
    say("problem 1 is solved");

    clock.advance(8 * MINUTE);
    let abandoned = engine.abandon_contest(user, contest.id).await?;
    say(&format!("{}", abandoned.status));
    clock.advance(10 * MINUTE);
    let resumed = engine.resume_contest(user, contest.id).await?;
    let left = resumed.time_remaining().as_secs() / 60;
    say(&format!(
        "{} again, {left} minutes are left",
        resumed.status
    ));
    mark(&engine, &contest, 2).await?;
    say("problem 2 is solved");

    // Your application grants extra time. Repeating the call would change nothing.
    let later = contest.deadline + 15 * MINUTE;
    let extended = engine.extend_contest(user, contest.id, later).await?;
    let length = extended.duration().as_secs() / 60;
    say(&format!("15 more minutes: due after {length} minutes"));

    clock.set(extended.deadline);
    clock.advance(4 * MINUTE);
    mark(&engine, &contest, 3).await?;
    let late = engine.contest(user, contest.id).await?;
    say(&format!(
        "problem 3 is solved, late: the contest is {}",
        late.status
    ));
    clock.advance(6 * MINUTE);
    let refused = mark(&engine, &contest, 4).await;
    let reason = refused.err().map_or("nothing", |error| error.code());
    say(&format!("problem 4 is too late: {reason}"));

    print_times(&engine.contest(user, contest.id).await?);
    let progress = engine.progress(user).await?;
    let counts = progress.contests;
    println!(
        "solved {}; contests: {} expired, {} abandoned",
        progress.overall().solved,
        counts.expired,
        counts.abandoned
    );

    // For the right to erasure: removes the record, contests, log and events of the user.
    engine.erase_user(user).await?;
    let solved = engine.progress(user).await?.overall().solved;
    println!("erased: solved {solved}");
    Ok(())
}

/// Marks the problem with this number in the contest.
async fn mark(engine: &Engine, contest: &Contest, order: u32) -> Result<(), Error> {
    let mut problems = contest.problems.iter();
    if let Some(entry) = problems.find(|entry| entry.order == order) {
        let (user, problem) = (contest.user, entry.problem.id);
        engine.mark_solved(user, contest.id, problem).await?;
    }
    Ok(())
}

/// Prints both times of each solved problem, and how late it was.
fn print_times(contest: &Contest) {
    println!("\n  after    took  late by  problem");
    for timing in contest.timings() {
        let mut problems = contest.problems.iter().map(|entry| &entry.problem);
        let problem = problems.find(|problem| problem.id == timing.problem);
        let minutes = |time: Duration| format!("{} min", time.as_secs() / 60);
        println!(
            "{:>7}  {:>6}  {:>7}  {}",
            minutes(timing.since_start),
            minutes(timing.spent),
            timing.late_by.map(minutes).unwrap_or_default(),
            problem.map_or("", |problem| problem.title.as_str()),
        );
    }
    println!();
}

/// The minutes since the start of the clock.
fn minutes(clock: &ManualClock) -> String {
    let micros = clock.now().as_micros();
    format!("{:>3} min", micros / 60_000_000)
}
