//! A contest with everything that can happen to one: extra time, an abandonment that is taken back, and
//! marks after the deadline. In the end, how long each problem took; then the user leaves for good.
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
    // Moved by hand, so that an hour takes no time. Leave it out for the system's clock.
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = Engine::builder(store)
        .clock(Arc::clone(&clock))
        .seeds(SequentialSeeds::new(150))
        // The host's policies: what is late by ten minutes still counts, and giving up is not final.
        .late_policy(LatePolicy::AcceptFor(10 * MINUTE))
        .resume_policy(ResumePolicy::BeforeDeadline)
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let request = ContestRequest::new(ProblemCount::new(4)?, ContestDuration::from_minutes(60)?);
    let contest = engine.create_contest(user, &request).await?.contest;
    let say = |what: &str| println!("{}  {what}", minutes(&clock));
    say("begun, due after 60 minutes");

    clock.advance(12 * MINUTE);
    mark(&engine, &contest, 1).await?;
    say("problem 1 is solved");

    clock.advance(8 * MINUTE);
    let given_up = engine.abandon_contest(user, contest.id).await?;
    say(&format!("{}", given_up.status));
    clock.advance(10 * MINUTE);
    let resumed = engine.resume_contest(user, contest.id).await?;
    let left = resumed.time_remaining().as_secs() / 60;
    say(&format!(
        "{} again, {left} minutes are left",
        resumed.status
    ));
    mark(&engine, &contest, 2).await?;
    say("problem 2 is solved");

    // The host has a reason. The same call again would change nothing.
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

    // For the right to be forgotten: the record, the contests, the log and the events of the user.
    engine.erase_user(user).await?;
    let solved = engine.progress(user).await?.overall().solved;
    println!("erased: solved {solved}");
    Ok(())
}

/// Marks the problem at this place.
async fn mark(engine: &Engine, contest: &Contest, order: u32) -> Result<(), Error> {
    let mut problems = contest.problems.iter();
    if let Some(entry) = problems.find(|entry| entry.order == order) {
        let (user, problem) = (contest.user, entry.problem.id);
        engine.mark_solved(user, contest.id, problem).await?;
    }
    Ok(())
}

/// Both times of each solved problem, and whether it was late.
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

/// The time, as minutes since the clock was made.
fn minutes(clock: &ManualClock) -> String {
    let micros = clock.now().as_micros();
    format!("{:>3} min", micros / 60_000_000)
}
