//! What do rules and strategies cost over the default selection, and what does balancing bring?
//!
//! `cargo bench -p contest-benches --bench strategies`, with `-- --quick` for fewer rounds
//!
//! Five problems for a user who has solved half of the bundled 150, in contests, by each kind of
//! request in turn: over the store in memory, where only the time of the processor counts, and on
//! Postgres, where questions count.

mod requests;

use std::process::ExitCode;

use contest_benches::coverage::{CONTESTS, unevenness};
use contest_benches::{Outcome, Plot, Ratios, Report, Run, Series, Server};
use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::{SequentialSeeds, Strategy};
use contest_core::store::Store;
use contest_core::time::ManualClock;
use contest_sqlx::postgres::PgStore;

/// Decides what is selected and solved.
const SEED: u64 = 20_240_101;
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
/// Users of the simulation.
const USERS: u64 = 8;

fn main() -> ExitCode {
    Run::main(measure)
}

#[tokio::main(flavor = "current_thread")]
async fn measure(run: Run) -> Outcome<Report> {
    let mut report = Report::new("strategies", "Rules and strategies");
    report.text(format_args!(
        "`Engine::select` of five of the bundled 150 problems, for a user who has solved half of them \
         in fifteen contests; each request beside the default one, seed {SEED}. A rule or a strategy \
         that needs to know more than what is solved asks other questions, or one more."
    ));
    let memory = MemoryStore::new();
    compare(&mut report, "In memory", memory, run.choose(2_000, 20_000)).await?;
    let server = Server::start().await?;
    let store = PgStore::connect_with(&server.pool()?).await?;
    store.migrate().await?;
    let rounds = run.choose(200, 1_000);
    let measured = compare(&mut report, "On Postgres", store.clone(), rounds).await;
    store.close(std::time::Duration::from_secs(5)).await?;
    server.close().await?;
    measured?;
    coverage(&mut report).await?;
    Ok(report)
}

/// Each kind of request beside the default, in one loop.
async fn compare(
    report: &mut Report,
    title: &str,
    store: impl Store + 'static,
    rounds: usize,
) -> Outcome<()> {
    let (engine, user) = practised(store).await?;
    let default = SelectionRequest::new(ProblemCount::new(5)?);
    let requests = requests::all(&default)?;
    let warm_up = rounds / 10;
    let mut floor = Series::after(warm_up);
    let mut series: Vec<_> = requests.iter().map(|_| Series::after(warm_up)).collect();
    for _ in 0..rounds + warm_up {
        floor.time(engine.select(user, &default)).await?;
        for ((_, request), series) in requests.iter().zip(&mut series) {
            series.time(engine.select(user, request)).await?;
        }
    }
    report.heading(title);
    let mut ratios = Ratios::default();
    ratios.floor("the default request", &floor);
    for ((name, _), series) in requests.iter().zip(&series) {
        ratios.ratio(name, series, &floor);
    }
    report.ratios(ratios);
    Ok(())
}

/// A user who has solved 75 problems in 15 contests.
async fn practised(store: impl Store + 'static) -> Outcome<(Engine, UserId)> {
    let clock = std::sync::Arc::new(ManualClock::new(NOW));
    let engine = Engine::builder(store)
        .clock(std::sync::Arc::clone(&clock))
        .seeds(SequentialSeeds::new(SEED))
        .strategy(requests::name()?, requests::Alphabetical)
        .build()
        .await?;
    engine.publish_catalogue(&rated()?).await?;
    let user = requests::user(1);
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    for _ in 0..15 {
        let contest = engine.create_contest(user, &request).await?;
        for entry in &contest.problems {
            engine
                .mark_solved(user, contest.id, entry.problem.id)
                .await?;
        }
        engine.complete_contest(user, contest.id).await?;
        clock.advance(std::time::Duration::from_hours(48));
    }
    Ok((engine, user))
}

/// The bundled catalogue, with ratings from 1,000 up in its order.
fn rated() -> Outcome<Catalogue> {
    let bundled = Catalogue::neetcode150();
    let mut problems = Vec::new();
    for (problem, rating) in bundled.problems().iter().zip((1_000..).step_by(8)) {
        problems.push(Problem::clone(problem).with_rating(Rating::new(rating)?));
    }
    Ok(Catalogue::new(problems)?)
}

async fn coverage(report: &mut Report) -> Outcome<()> {
    report.heading("What balancing brings");
    report.text(format_args!(
        "How unevenly a user knows the topics after each of {CONTESTS} contests of five, all solved: \
         the standard deviation over topics of the share that is solved, in percent points, as the \
         mean of {USERS} users. After the last contest all 150 problems are solved."
    ));
    let title = "Unevenness of the topics known";
    let mut plot = Plot::new("coverage", title, "contests", "percent points").linear();
    for (name, strategy) in [
        ("uniform", Strategy::Uniform),
        ("topic-balanced", Strategy::TopicBalanced),
    ] {
        let values = unevenness(&strategy, USERS).await?;
        let points: Vec<_> = (1_u32..).map(f64::from).zip(values).collect();
        plot.line(name, &points);
    }
    report.plot(&plot);
    Ok(())
}
