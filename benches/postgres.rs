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

use contest_benches::{Bound, Outcome, Ratios, Report, Run, Series, catalogue};
use contest_core::catalogue::Catalogue;
use contest_core::prelude::*;
use contest_core::store::{
    ProblemRepository as _, ProgressRepository as _, SolveRepository as _, StoreError,
};
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore, StatementTimeout};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Decides who the users are and which candidates a round asks for.
const SEED: u64 = 20_240_101;
const CANDIDATES: usize = 30;
/// So many other users of each store have solved as many problems each: nobody is alone in a table.
const OTHERS: usize = 100;
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// How much is stored and measured.
struct Scale {
    problems: u32,
    solves: usize,
    warm_up: usize,
    rounds: usize,
}

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
    Run::main(|run| measure_server(&run.choose(QUICK, FULL)))
}

#[tokio::main(flavor = "current_thread")]
async fn measure_server(scale: &Scale) -> Outcome<Report> {
    let own;
    let server = if std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()) {
        Postgres::shared().await?
    } else {
        own = Postgres::start(PostgresOptions::durable()).await?;
        &own
    };
    let database = server.database().await?;
    let mut report = Report::new("postgres", "Postgres");
    let measured = measure(&database.url(), scale, &mut report).await;
    database.close().await?;
    measured.map(|()| report)
}

async fn measure(url: &str, scale: &Scale, report: &mut Report) -> Outcome<()> {
    let config = PgPoolConfig::parse(url)?.with_statement_timeout(StatementTimeout::Role);
    let bundled = PgStore::connect_with(&config).await?;
    describe(&bundled, scale, report).await?;
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let small = Stored::new(&bundled, "small", &Catalogue::neetcode150(), &mut random).await?;
    let large = Stored::new(&bundled, "large", &catalogue(scale.problems)?, &mut random).await?;
    let few = small.solver(&mut random, 10).await?;
    let most = small.solver(&mut random, 100).await?;
    let some = large.solver(&mut random, 100).await?;
    let many = large.solver(&mut random, scale.solves).await?;
    let solvers = [few, most, some, many];
    for state in ["as loaded, never vacuumed", "after VACUUM ANALYZE"] {
        reads(report, scale, state, [&small, &large], solvers, &mut random).await?;
        execute(&bundled, "VACUUM (ANALYZE)".to_owned()).await?;
    }
    writes(report, scale, &small, &mut random).await?;
    Ok(bundled.close(std::time::Duration::from_secs(5)).await?)
}

/// What the numbers depend on.
async fn describe(store: &PgStore, scale: &Scale, report: &mut Report) -> Outcome<()> {
    let setting = |name| sqlx::query_scalar(name).fetch_one(store.writer());
    let version: String = setting("SHOW server_version").await?;
    let fsync: String = setting("SHOW fsync").await?;
    let commit: String = setting("SHOW synchronous_commit").await?;
    let buffers: String = setting("SHOW shared_buffers").await?;
    report.text(format_args!(
        "PostgreSQL {version}; fsync {fsync}, synchronous_commit {commit}, shared_buffers {buffers}; \
         pool of {} to {}; {} rounds after {} to warm up; {CANDIDATES} candidates; seed {SEED}",
        store.writer().options().get_min_connections(),
        store.metrics().max,
        scale.rounds,
        scale.warm_up,
    ));
    Ok(())
}

async fn execute(store: &PgStore, sql: String) -> Outcome<()> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(store.writer())
        .await?;
    Ok(())
}

/// A user with that many solves.
#[derive(Clone, Copy)]
struct Solver {
    id: UserId,
    solves: usize,
}

fn new_user(random: &mut ChaCha8Rng) -> UserId {
    UserId::from_uuid(Uuid::from_u128(random.random()))
}

/// A store with its catalogue.
struct Stored {
    store: PgStore,
    problems: Vec<ProblemId>,
}

impl Stored {
    /// In a schema of its own, with no autovacuum where it would change what is measured.
    async fn new(
        store: &PgStore,
        schema: &str,
        catalogue: &Catalogue,
        random: &mut ChaCha8Rng,
    ) -> Outcome<Self> {
        let store = store.clone().with_schema(PgSchema::new(schema)?);
        store.migrate().await?;
        for table in ["solves", "user_progress"] {
            let off = "SET (autovacuum_enabled = false)";
            execute(&store, format!("ALTER TABLE {schema}.{table} {off}")).await?;
        }
        store.publish_catalogue(catalogue).await?;
        let problems = catalogue.problems().iter().map(|p| p.id).collect();
        let stored = Self { store, problems };
        for _ in 0..OTHERS {
            stored.solver(random, OTHERS).await?;
        }
        Ok(stored)
    }

    async fn solver(&self, random: &mut ChaCha8Rng, solves: usize) -> Outcome<Solver> {
        let id = new_user(random);
        let drawn: Vec<_> = self.problems.sample(random, solves).collect();
        for chunk in drawn.chunks(10_000) {
            let solves: Vec<_> = chunk.iter().map(|id| NewSolve::new(**id, NOW)).collect();
            self.store.record_solves(id, &solves).await?;
        }
        Ok(Solver { id, solves })
    }

    fn candidates(&self, random: &mut ChaCha8Rng) -> Vec<ProblemId> {
        let drawn = self.problems.sample(random, CANDIDATES);
        drawn.copied().collect()
    }
}

async fn select_one(store: &PgStore) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("SELECT 1")
        .fetch_one(store.writer())
        .await
}

async fn reads(
    report: &mut Report,
    scale: &Scale,
    state: &str,
    [small, large]: [&Stored; 2],
    [few, most, some, many]: [Solver; 4],
    random: &mut ChaCha8Rng,
) -> Outcome<()> {
    let mut floor = Series::after(scale.warm_up);
    let mut progress = [(small, few), (large, many)].map(|of| (of, floor.clone()));
    let mut members = [(small, most), (large, some), (large, many)].map(|of| (of, floor.clone()));
    for _ in 0..scale.warm_up + scale.rounds {
        floor.time(select_one(&small.store)).await?;
        for ((stored, user), series) in &mut progress {
            series
                .time(stored.store.solved_by_difficulty(user.id))
                .await?;
        }
        for ((stored, user), series) in &mut members {
            let candidates = stored.candidates(random);
            series
                .time(stored.store.solved_among(user.id, &candidates))
                .await?;
        }
    }
    report.heading(&format!("Reads, {state}"));
    let mut ratios = Ratios::default();
    ratios.floor("SELECT 1", &floor);
    for ((_, user), series) in &progress {
        let name = format!("progress by difficulty, {} solves", user.solves);
        ratios.judge(&name, series, &floor, Bound::AtMost(1.5));
    }
    let [(_, little), (_, much)] = &progress;
    ratios.judge(
        "progress, the last over the first",
        much,
        little,
        Bound::AtMost(1.3),
    );
    for ((stored, user), series) in &members {
        let (problems, solves) = (stored.problems.len(), user.solves);
        let name = format!("membership, {problems} problems, {solves} solves");
        ratios.judge(&name, series, &floor, Bound::AtMost(2.0));
    }
    let [(_, first), (_, middle), (_, last)] = &members;
    ratios.judge(
        "membership, the second over the first",
        middle,
        first,
        Bound::AtMost(1.5),
    );
    ratios.judge(
        "membership, the last over the first",
        last,
        first,
        Bound::AtMost(1.5),
    );
    report.ratios(ratios);
    Ok(())
}

async fn bare_insert(store: &PgStore, number: i64) -> Result<(), sqlx::Error> {
    let query = sqlx::query("INSERT INTO floor (id, note) VALUES ($1, 'bare')");
    query.bind(number).execute(store.writer()).await?;
    Ok(())
}

/// The calls of one user's two contests.
struct Writes {
    floor: Series,
    first_create: Series,
    first_mark: Series,
    mark: Series,
    unmark: Series,
    finish: Series,
    create: Series,
}

async fn writes(
    report: &mut Report,
    scale: &Scale,
    stored: &Stored,
    random: &mut ChaCha8Rng,
) -> Outcome<()> {
    let store = &stored.store;
    execute(
        store,
        "CREATE TABLE floor (id bigint PRIMARY KEY, note text)".to_owned(),
    )
    .await?;
    let engine = Engine::builder(store.clone()).build().await?;
    let series = Series::after(scale.warm_up);
    let mut writes = Writes {
        floor: series.clone(),
        first_create: series.clone(),
        first_mark: series.clone(),
        mark: series.clone(),
        unmark: series.clone(),
        finish: series.clone(),
        create: series,
    };
    for number in 0..scale.warm_up + scale.rounds {
        writes
            .floor
            .time(bare_insert(store, i64::try_from(number)?))
            .await?;
        writes.round(&engine, new_user(random)).await?;
    }
    report.heading("Writes");
    report.ratios(writes.ratios());
    Ok(())
}

impl Writes {
    fn ratios(&self) -> Ratios {
        let mut ratios = Ratios::default();
        let floor = &self.floor;
        ratios.floor("a bare single-row insert, committed", floor);
        for (name, series, most) in [
            (
                "create a contest of 5 problems, a user's first",
                &self.first_create,
                3.0,
            ),
            (
                "create a contest of 5 problems, a later one",
                &self.create,
                3.0,
            ),
            ("mark a problem, a user's first", &self.first_mark, 2.0),
            ("mark a problem, a later one", &self.mark, 2.0),
        ] {
            ratios.judge(name, series, floor, Bound::AtMost(most));
        }
        ratios.ratio("unmark a problem", &self.unmark, floor);
        ratios.ratio("complete a contest", &self.finish, floor);
        ratios
    }

    async fn round(&mut self, engine: &Engine, user: UserId) -> Outcome<()> {
        let duration = ContestDuration::from_minutes(60)?;
        let request = ContestRequest::new(ProblemCount::new(5)?, duration);
        let contest = self
            .first_create
            .time(engine.create_contest(user, &request))
            .await?;
        let [first, second, ..] = &contest.problems[..] else {
            return Err(StoreError::permanent("a contest without its problems").into());
        };
        let (id, first, second) = (contest.id, first.problem.id, second.problem.id);
        self.first_mark
            .time(engine.mark_solved(user, id, first))
            .await?;
        self.mark.time(engine.mark_solved(user, id, second)).await?;
        self.unmark.time(engine.unmark(user, id, second)).await?;
        self.finish.time(engine.complete_contest(user, id)).await?;
        self.create
            .time(engine.create_contest(user, &request))
            .await?;
        Ok(())
    }
}
