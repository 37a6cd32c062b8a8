//! A production set-up over PostgreSQL: a pool of fixed size with timeouts, a separate schema, a
//! limit on calls in flight, a health check, metrics, and an orderly shutdown.
//!
//! ```text
//! DATABASE_URL=postgres://app:secret@localhost/app cargo run --example postgres --features postgres
//! ```

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use contest_core::prelude::*;
use contest_core::store::{InFlightLimit, Intercepted};
use contest_core::uuid::Uuid;
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore, StatementTimeout};
use tokio::task::JoinSet;
use tokio::time::timeout;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Four processes like this one take 40 of a server's 100 connections (its default).
const CONNECTIONS: u32 = 10;

/// Twice the connections: a short queue in front of the pool. A longer queue would only delay all calls.
const IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(20).unwrap();

/// The number of devices that the user uses at the same time.
const DEVICES: usize = 4;

#[tokio::main]
async fn main() -> ExitCode {
    let Ok(url) = std::env::var("DATABASE_URL") else {
        eprintln!(
            "DATABASE_URL is not set. Set it to a database whose role may create a schema:\n\n    \
             DATABASE_URL=postgres://app:secret@localhost/app \
             cargo run --example postgres --features postgres"
        );
        return ExitCode::FAILURE;
    };
    match run(&url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(url: &str) -> Outcome {
    let store = connect(url).await?;
    let limit = InFlightLimit::new(IN_FLIGHT);
    let engine = Engine::builder(Intercepted::new(store.clone(), limit.clone()))
        // Longer than the wait for a connection and a statement together.
        .operation_timeout(Duration::from_secs(5))
        .build()
        .await?;
    // Changes nothing if the catalogue is already stored, so every process can do this at its start.
    engine.publish_catalogue(&Catalogue::neetcode150()).await?;
    let catalogue = engine.catalogue();
    let (problems, revision) = (catalogue.problems().len(), catalogue.revision().number);
    println!("catalogue: {problems} problems, revision {revision}");

    check_health(&store).await?;
    practise(&engine, new_user()?).await?;
    print_figures(&store, &limit);

    // Last, when no more calls are made.
    store.close(Duration::from_secs(10)).await?;
    println!("closed");
    Ok(())
}

/// Opens the pool, and creates the tables in their own schema.
async fn connect(url: &str) -> Outcome<PgStore> {
    let config = PgPoolConfig::parse(url)?
        .with_max_connections(CONNECTIONS)
        .with_idle_connections(2)
        .with_acquire_timeout(Duration::from_secs(2))
        // Behind PgBouncer: `Role`, and `ALTER ROLE … SET statement_timeout`.
        .with_statement_timeout(StatementTimeout::Startup(Duration::from_secs(2)));
    let store = PgStore::connect_with(&config).await?;
    let store = store.with_schema(PgSchema::new("contest_example")?);
    // Any number of processes can do this at once. Behind PgBouncer, do it over a direct connection.
    store.migrate().await?;
    Ok(store)
}

/// For a readiness probe. The timeout must be shorter than that of the probe.
async fn check_health(store: &PgStore) -> Outcome {
    timeout(Duration::from_secs(1), store.ping()).await??;
    println!("healthy");
    Ok(())
}

/// The user creates a contest on several devices at once, and then solves the problems on all of them.
async fn practise(engine: &Engine, user: UserId) -> Outcome {
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?)
        // Repeated requests, also after a lost answer, create one contest.
        .with_idempotency_key(IdempotencyKey::new("monday")?);
    let mut devices = JoinSet::new();
    for _ in 0..DEVICES {
        devices.spawn(practise_on_a_device(engine.clone(), user, request.clone()));
    }
    let mut contests = HashSet::new();
    while let Some(device) = devices.join_next().await {
        contests.insert(device??);
    }
    let progress = engine.progress(user).await?;
    println!(
        "{DEVICES} devices, {} contest, {} completed, {} problems solved",
        contests.len(),
        progress.contests.completed,
        progress.overall().solved
    );
    Ok(())
}

async fn practise_on_a_device(
    engine: Engine,
    user: UserId,
    request: ContestRequest,
) -> Result<ContestId, Error> {
    let contest = engine.create_contest(user, &request).await?.contest;
    // Another device may have been faster: marking or completing again succeeds.
    for entry in &contest.problems {
        engine
            .mark_solved(user, contest.id, entry.problem.id)
            .await?;
    }
    Ok(engine.complete_contest(user, contest.id).await?.id)
}

/// Prints the metrics. In production, export them every few seconds.
fn print_figures(store: &PgStore, limit: &InFlightLimit) {
    let pool = store.metrics();
    println!(
        "pool: {} open, {} in use of {}",
        pool.open, pool.in_use, pool.max
    );
    println!(
        "in flight: {} of {IN_FLIGHT}",
        IN_FLIGHT.get() - limit.available()
    );
}

/// A different user in every run.
fn new_user() -> Outcome<UserId> {
    let now = SystemTime::UNIX_EPOCH.elapsed()?;
    Ok(Uuid::from_u128(now.as_nanos()).into())
}
