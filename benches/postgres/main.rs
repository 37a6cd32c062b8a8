//! How much longer do calls on Postgres take than the cheapest statement of their kind, and does it
//! depend on how much is stored?
//!
//! `cargo bench -p contest-benches --bench postgres`, with `-- --quick` for fewer rounds and a tenth
//! of the rows. Prints each ratio with its budget and fails if one is missed.
//!
//! The server is one of our own that forces commits to disk, or the one of `DATABASE_URL`. One
//! client makes one call at a time, the calls of a round in turn; see `contest_benches` for why. They
//! follow each other at once, so that each, floor or not, runs next to the check that the connection
//! of the one before undergoes on its way back, as it does in any busy pool. Candidates differ from
//! round to round: nobody asks the same question twice.
//!
//! A commit that waits for a slow disk hides what the statement before it costs. So the writes are
//! measured twice: as budgeted, and with `synchronous_commit` off for call and floor alike.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use contest_benches::stores::{Budgets, CANDIDATES, Floor, Pair, Scale, Stored};
use contest_benches::{Outcome, Report, Run, Server, catalogue_with_topics};
use contest_core::catalogue::Catalogue;
use contest_sqlx::postgres::{PgSchema, PgStore};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use sqlx::AssertSqlSafe;

/// Decides who the users are and which candidates a round asks for.
const SEED: u64 = 20_240_101;

const FULL: Scale = Scale {
    problems: 1_000_000,
    solves: 100_000,
    warm_up: 100,
    reads: 1_500,
    writes: 1_000,
};
const QUICK: Scale = Scale {
    problems: 100_000,
    solves: 10_000,
    warm_up: 20,
    reads: 300,
    writes: 80,
};

fn main() -> ExitCode {
    Run::main(|run| measure_server(run.choose(QUICK, FULL)))
}

#[tokio::main(flavor = "current_thread")]
async fn measure_server(scale: Scale) -> Outcome<Report> {
    let server = Server::start().await?;
    let mut report = Report::new("postgres", "Postgres");
    let measured = measure(&server, scale, &mut report).await;
    server.close().await?;
    measured.map(|()| report)
}

async fn measure(server: &Server, scale: Scale, report: &mut Report) -> Outcome<()> {
    let store = PgStore::connect_with(&server.pool()?).await?;
    report.text(format_args!("{PROSE}"));
    report.text(format_args!(
        "{}; {} rounds of reads and {} of writes after {} to warm up; {CANDIDATES} candidates; seed \
         {SEED}.",
        Server::describe(&store).await?,
        scale.reads,
        scale.writes,
        scale.warm_up,
    ));
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let pair = pair(&store, scale).await?;
    let solvers = pair.load(&mut random).await?;
    for state in [
        ("as loaded, never vacuumed", ""),
        ("after VACUUM ANALYZE", ", vacuumed"),
    ] {
        pair.reads(report, state, &solvers, &mut random).await?;
        execute(&store, "VACUUM (ANALYZE)".to_owned()).await?;
    }
    pair.writes(report, ("durable", ""), &mut random).await?;
    store.close(Duration::from_secs(5)).await?;

    let mut config = server.pool()?;
    config.connect = config.connect.options([("synchronous_commit", "off")]);
    let store = PgStore::connect_with(&config).await?;
    let budgets = Budgets::None;
    let pair = Pair {
        budgets,
        ..self::pair(&store, scale).await?
    };
    let state = ("not waiting for the disk", "");
    pair.writes(report, state, &mut random).await?;
    Ok(store.close(Duration::from_secs(5)).await?)
}

const PROSE: &str = "What each call of the store takes next to the cheapest statement of its kind \
    through the same pool: `SELECT 1` for a read; for a write the insert of one row of two columns, \
    committed. One client makes one call at a time, call and floor in turn. Contests are created, \
    marked and ended through the engine, on a catalogue it holds; the rest is the store alone. Two \
    stores are measured in the same loop, with a small catalogue and a large one, each with a hundred \
    other users. Loading and publishing a catalogue, which no request does, are left out.\n\n\
    The solves of a user are one an hour, so that the week that is counted by days holds up to 168 of \
    them, and 10 of the user with 10: that read alone may grow so far. Where a commit waits for the \
    disk, the disk hides most of what a statement costs; the last tables do without it.";

/// Each in a schema of its own, made if it is not there, with no autovacuum where it would change
/// what is measured.
async fn pair(store: &PgStore, scale: Scale) -> Outcome<Pair> {
    let floor = Arc::new(Floor::postgres(store).await?);
    Ok(Pair {
        small: stored(store, "small", &floor, &Catalogue::neetcode150()).await?,
        large: stored(
            store,
            "large",
            &floor,
            &catalogue_with_topics(scale.problems)?,
        )
        .await?,
        scale,
        budgets: Budgets::Judged,
    })
}

async fn stored(
    store: &PgStore,
    schema: &str,
    floor: &Arc<Floor>,
    catalogue: &Catalogue,
) -> Outcome<Stored> {
    let store = store.clone().with_schema(PgSchema::new(schema)?);
    store.migrate().await?;
    for table in ["solves", "user_progress"] {
        let off = "SET (autovacuum_enabled = false)";
        execute(&store, format!("ALTER TABLE {schema}.{table} {off}")).await?;
    }
    Stored::new(store, floor, catalogue).await
}

async fn execute(store: &PgStore, sql: String) -> Outcome<()> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(store.writer())
        .await?;
    Ok(())
}
