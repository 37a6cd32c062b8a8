//! When does it pay to ask three questions at once, and when to ask one larger one?
//!
//! `cargo bench -p contest-benches --bench patterns`, with `-- --quick` for fewer rounds and smaller
//! tables
//!
//! Two operations, progress by difficulty and a selection, each in three ways: a question for each
//! difficulty, one after another; the same questions side by side through
//! [`fan_out`](contest_core::fan_out::fan_out); one question for the whole answer, which is what the
//! ports ask for. Each question is a call of the same store, so that a question costs it the same in
//! every way and only the way differs. The selections by parts do without what makes one of them: a
//! shortage in one difficulty stays there.
//!
//! Then both operations against the queries of the Go service whose patterns this project carries
//! over, on the same tables, with its own fan-out: what the shape of a query is worth.
//!
//! All ways take turns in one loop and in one thread, which also runs the proxy. A latency is a timer
//! of whole milliseconds, rounded up, so that the shortest is between one and two.

mod reference;
mod ways;

use std::process::ExitCode;
use std::time::Duration;

use contest_benches::{Outcome, Report, Run};
use contest_core::conformance::Delays;
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{Intercepted, ProblemRepository as _, Store};
use contest_sqlx::postgres::{PgPoolConfig, PgStore, StatementTimeout};
use contest_sqlx::testing::{Postgres, PostgresOptions, Proxy};

use self::ways::Place;

/// Decides what is solved and selected.
const SEED: u64 = 20_240_101;
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
/// Of the 150 problems, so many are solved.
const SOLVED: usize = 50;
const PROBLEMS: u16 = 5;

fn main() -> ExitCode {
    Run::main(measure_server)
}

#[tokio::main(flavor = "current_thread")]
async fn measure_server(run: Run) -> Outcome<Report> {
    let own;
    let server = if std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()) {
        Postgres::shared().await?
    } else {
        own = Postgres::start(PostgresOptions::durable()).await?;
        &own
    };
    let database = server.database().await?;
    let mut report = Report::new("patterns", "Patterns");
    report.text(format_args!(
        "PostgreSQL {}; one client makes one call at a time; seed {SEED}. A delay of the network \
         counts in each direction.",
        server.major_version(),
    ));
    let measured = measure(run, &database.url(), &mut report).await;
    database.close().await?;
    measured.map(|()| report)
}

async fn measure(run: Run, url: &str, report: &mut Report) -> Outcome<()> {
    let direct = connect(url).await?;
    direct.migrate().await?;
    direct.publish_catalogue(&Catalogue::neetcode150()).await?;
    let proxies = [Proxy::to(url).await?, Proxy::to(url).await?];
    let mut places = Vec::new();
    let mut stores = Vec::new();
    for (latency, rounds) in latencies(run) {
        let memory = MemoryStore::with_catalogue(Catalogue::neetcode150());
        if latency.is_zero() {
            places.push(place("memory", rounds, memory).await?);
        } else {
            let name = format!("memory, {} ms a call", latency.as_millis());
            let slow = Intercepted::new(memory, Delays::latency(latency));
            places.push(place(&name, rounds, slow).await?);
        }
    }
    places.push(place("Postgres", run.choose(300, 1_500), direct.clone()).await?);
    for (proxy, (latency, rounds)) in proxies.iter().zip(latencies(run).into_iter().skip(1)) {
        let far = connect(&proxy.url()).await?;
        let name = format!("Postgres, {} ms away", latency.as_millis());
        places.push(place(&name, rounds, far.clone()).await?);
        proxy.delay(latency);
        stores.push(far);
    }
    ways::measure(report, &mut places).await?;
    reference::measure(run, &direct, report).await?;
    for proxy in &proxies {
        proxy.resume();
    }
    stores.push(direct);
    for store in stores {
        store.close(Duration::from_secs(5)).await?;
    }
    Ok(())
}

/// How long a call takes on its way, and in how many rounds that is measured.
fn latencies(run: Run) -> [(Duration, usize); 3] {
    [
        (Duration::ZERO, run.choose(500, 3_000)),
        (Duration::from_millis(1), run.choose(60, 400)),
        (Duration::from_millis(10), run.choose(15, 100)),
    ]
}

async fn connect(url: &str) -> Outcome<PgStore> {
    let config = PgPoolConfig::parse(url)?.with_statement_timeout(StatementTimeout::Role);
    Ok(PgStore::connect_with(&config).await?)
}

/// A store with a user who has solved some of its problems.
async fn place(name: &str, rounds: usize, store: impl Store + 'static) -> Outcome<Place> {
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let engine = Engine::builder(store).seeds(SequentialSeeds::new(SEED));
    let engine = engine.build().await?;
    let catalogue = engine.catalogue();
    let every_third = catalogue.problems().iter().step_by(3).take(SOLVED);
    let solves: Vec<_> = every_third.map(|p| NewSolve::new(p.id, NOW)).collect();
    engine.store().record_solves(user, &solves).await?;
    Place::new(name, rounds, engine, user)
}
