//! How do the Go service's query patterns compare with one load of the user's record?
//!
//! `cargo bench -p contest-benches --bench patterns`, with `-- --quick` for fewer rounds and smaller
//! tables.
//!
//! Progress and a selection are measured in three ways: the service's query for each difficulty, one
//! after another; the same queries concurrently through [`fan_out`], as in the service; and our engine.
//! The service counts `DISTINCT` over a join of solves and problems, and draws by sorting all unsolved
//! problems in random order. Its queries run on separate tables with the same data.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use contest_benches::{
    Budget, Outcome, Place, Report, Run, Server, Turns, catalogue, five, seeded,
};
use contest_core::fan_out::fan_out;
use contest_core::prelude::*;
use contest_core::uuid::Uuid;
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::testing::Proxy;
use sqlx::{AssertSqlSafe, PgPool};

const WARM_UP: usize = 5;
const PARTS: NonZeroUsize = NonZeroUsize::new(Difficulty::ALL.len()).unwrap();

fn main() -> ExitCode {
    Run::main(measure_server)
}

#[tokio::main(flavor = "current_thread")]
async fn measure_server(run: Run) -> Outcome<Report> {
    let server = Server::start().await?;
    let mut report = Report::new("patterns", "Patterns");
    report.text(
        "The Go service's queries, one for each difficulty, run on separate tables with the same data. \
         A ratio below 1 means that our engine, with one load of the user's record, is faster.",
    );
    let measured = measure(run, &server, &mut report).await;
    server.close().await?;
    measured.map(|()| report)
}

async fn measure(run: Run, server: &Server, report: &mut Report) -> Outcome<()> {
    let near = PgStore::connect_with(&server.pool()?).await?;
    let proxy = Proxy::to(&server.url()).await?;
    let far = PgStore::connect_with(&PgPoolConfig::parse(&proxy.url())?).await?;
    let sizes: &[(u32, usize, usize)] = run.choose(
        &[(150, 10, 100), (20_000, 1_000, 30), (100_000, 10_000, 10)],
        &[
            (150, 10, 500),
            (20_000, 1_000, 200),
            (100_000, 10_000, 50),
            (1_000_000, 100_000, 20),
        ],
    );
    let mut scenes = Vec::new();
    for (problems, solves, rounds) in sizes {
        let scene = Scene::new(&near, *problems, *solves).await?;
        scenes.push((scene, *rounds));
    }
    Server::execute(&near, "VACUUM (ANALYZE)").await?;
    report.heading(
        "On the same machine",
        "The service's queries grow with the solves and the problems; our engine's load hardly does.",
    );
    for (scene, rounds) in &scenes {
        scene.compare(report, *rounds, true).await?;
    }
    let [(small, _), ..] = &scenes[..] else {
        return Ok(());
    };
    let small = small.over(&far).await?;
    proxy.delay(Duration::from_millis(1));
    report.heading(
        "150 problems, 1 ms away in each direction",
        "On a slow network, a fan-out takes as long as one query, but uses three connections: \
         only sequential round trips count.",
    );
    small.compare(report, run.choose(30, 200), false).await?;
    proxy.resume();
    for store in [far, near] {
        store.close(Duration::from_secs(5)).await?;
    }
    Ok(())
}

/// A user in a store, and in the service's tables beside it.
struct Scene {
    problems: u32,
    solves: usize,
    schema: String,
    engine: Engine,
    pool: PgPool,
    user: UserId,
}

impl Scene {
    async fn new(store: &PgStore, problems: u32, solves: usize) -> Outcome<Self> {
        let schema = format!("of_{problems}");
        let store = Server::schema(store, &schema).await?;
        let place = Place::new(store.clone(), &catalogue(problems)?).await?;
        let mut random = seeded();
        for _ in 0..100 {
            place.solver(100, &mut random).await?;
        }
        let user = place.solver(solves, &mut random).await?;
        let tables = format!(
            "CREATE TABLE {schema}.their_problems AS
                 SELECT id, value::jsonb ->> 'difficulty' AS difficulty FROM {schema}.problems;
             ALTER TABLE {schema}.their_problems ADD PRIMARY KEY (id);
             CREATE TABLE {schema}.their_solves AS
                 SELECT user_id, problem AS problem_id FROM {schema}.solves;
             ALTER TABLE {schema}.their_solves ADD PRIMARY KEY (user_id, problem_id);"
        );
        Server::execute(&store, tables).await?;
        Ok(Self {
            problems,
            solves,
            schema,
            engine: place.engine,
            pool: store.pool().clone(),
            user,
        })
    }

    /// The same through another pool.
    async fn over(&self, store: &PgStore) -> Outcome<Self> {
        let store = store.clone().with_schema(PgSchema::new(&self.schema)?);
        Ok(Self {
            schema: self.schema.clone(),
            pool: store.pool().clone(),
            engine: Engine::builder(store).build().await?,
            ..*self
        })
    }

    /// Measures the ways in turn, and reports a table for progress and one for selection.
    async fn compare(&self, report: &mut Report, rounds: usize, judged: bool) -> Outcome<()> {
        let (mut progress, mut selection) = (Turns::after(WARM_UP), Turns::after(WARM_UP));
        let five = five()?.selection().clone();
        let of = |call: &str| format!("{call}, {} solves of {}", self.solves, self.problems);
        for _ in 0..WARM_UP + rounds {
            let turns = &mut progress;
            let fanned = fan_out(PARTS, self.counts());
            let fanned = turns.time(&of("progress, side by side"), fanned).await?;
            let counts = in_sequence(self.counts());
            let counts = turns
                .time(&of("progress, one after another"), counts)
                .await?;
            let ours = self.engine.progress(self.user);
            let ours = turns.time(&of("progress, ours"), ours).await?;
            let solved = u64::try_from(counts.iter().sum::<i64>())?;
            if fanned != counts || solved != ours.overall().solved {
                return Err("the ways to progress disagree".into());
            }
            let turns = &mut selection;
            let fanned = fan_out(PARTS, self.draws(&five));
            let fanned = turns.time(&of("select 5, side by side"), fanned).await?;
            let drawn = in_sequence(self.draws(&five));
            let drawn = turns
                .time(&of("select 5, one after another"), drawn)
                .await?;
            let ours = self.engine.select(self.user, &five);
            let ours = turns.time(&of("select 5, ours"), ours).await?;
            let lengths = [fanned.concat().len(), drawn.concat().len()];
            if lengths != [ours.problems.len(); 2] {
                return Err("the ways to a selection disagree".into());
            }
        }
        for (turns, call) in [(progress, "progress"), (selection, "select 5")] {
            let [ours, floor] = ["ours", "side by side"].map(|way| of(&format!("{call}, {way}")));
            let budget = Budget::at_most(ours, floor, 1.0);
            let budgets: &[Budget] = if judged { &[budget] } else { &[] };
            report.ratios(&turns, budgets);
        }
        Ok(())
    }

    /// How many problems of each difficulty are solved.
    fn counts(&self) -> [impl Future<Output = Result<i64, sqlx::Error>>; 3] {
        let schema = &self.schema;
        let count = format!(
            "SELECT count(DISTINCT s.problem_id) FROM {schema}.their_solves s
             JOIN {schema}.their_problems p ON p.id = s.problem_id
             WHERE s.user_id = $1 AND p.difficulty = $2"
        );
        Difficulty::ALL.map(|difficulty| {
            let query = sqlx::query_scalar(AssertSqlSafe(count.clone()));
            let query = query.bind(self.user.as_uuid()).bind(stored(difficulty));
            query.fetch_one(&self.pool)
        })
    }

    /// Unsolved problems of each difficulty.
    fn draws(
        &self,
        request: &SelectionRequest,
    ) -> [impl Future<Output = Result<Vec<Uuid>, sqlx::Error>>; 3] {
        let schema = &self.schema;
        let draw = format!(
            "SELECT p.id FROM {schema}.their_problems p
             WHERE p.difficulty = $2 AND NOT EXISTS (
                 SELECT FROM {schema}.their_solves s
                 WHERE s.user_id = $1 AND s.problem_id = p.id)
             ORDER BY random() LIMIT $3"
        );
        let quota = request.mix().quota(request.count());
        Difficulty::ALL.map(|difficulty| {
            let query = sqlx::query_scalar(AssertSqlSafe(draw.clone()));
            let query = query.bind(self.user.as_uuid()).bind(stored(difficulty));
            query
                .bind(i64::from(quota[difficulty]))
                .fetch_all(&self.pool)
        })
    }
}

async fn in_sequence<T, E>(
    questions: [impl Future<Output = Result<T, E>>; 3],
) -> Result<Vec<T>, E> {
    let mut answers = Vec::new();
    for question in questions {
        answers.push(question.await?);
    }
    Ok(answers)
}

/// The difficulty as problems store it.
fn stored(difficulty: Difficulty) -> String {
    format!("{difficulty:?}")
}
