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

use std::process::ExitCode;
use std::time::Duration;

use contest_benches::stores::{Budgets, CANDIDATES, Comparison, Floor, Scale, Stored};
use contest_benches::{Outcome, Report, Run, Server, catalogue};
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
    rounds: 1_500,
};
const QUICK: Scale = Scale {
    problems: 100_000,
    solves: 10_000,
    warm_up: 60,
    rounds: 300,
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
    let floor = Floor::postgres(&store).await?;
    report.text(format_args!(
        "What each call of the store takes next to the cheapest statement of its kind through the \
         same pool: `SELECT 1` for a read, the insert of one row of two columns, committed, for a \
         write. One client makes one call at a time, call and floor in turn. Creating, marking and \
         ending go through the engine; the rest is the store alone. Loading and publishing the \
         catalogue, which no request does, are left out.\n\n{}; {} rounds after {} to warm up; \
         {CANDIDATES} candidates; seed {SEED}.",
        Server::describe(&store).await?,
        scale.rounds,
        scale.warm_up,
    ));
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let small = stored(&store, "small", &Catalogue::neetcode150()).await?;
    let large = stored(&store, "large", &catalogue(scale.problems)?).await?;
    let budgets = Budgets::Judged;
    let comparison = Comparison::load(small, large, scale, budgets, &mut random).await?;
    for state in ["as loaded, never vacuumed", "after VACUUM ANALYZE"] {
        comparison.reads(report, state, &floor, &mut random).await?;
        execute(&store, "VACUUM (ANALYZE)".to_owned()).await?;
    }
    comparison.writes(report, &floor, &mut random).await?;
    Ok(store.close(Duration::from_secs(5)).await?)
}

/// In a schema of its own, with no autovacuum where it would change what is measured.
async fn stored(store: &PgStore, schema: &str, catalogue: &Catalogue) -> Outcome<Stored> {
    let store = store.clone().with_schema(PgSchema::new(schema)?);
    store.migrate().await?;
    for table in ["solves", "user_progress"] {
        let off = "SET (autovacuum_enabled = false)";
        execute(&store, format!("ALTER TABLE {schema}.{table} {off}")).await?;
    }
    Stored::new(store, catalogue).await
}

async fn execute(store: &PgStore, sql: String) -> Outcome<()> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(store.writer())
        .await?;
    Ok(())
}
