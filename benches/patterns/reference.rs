//! The queries that counters and the catalogue in process took the place of, on the same tables.

use contest_benches::{Bound, Outcome, Plot, Ratios, Report, Run, Series, catalogue};
use contest_core::fan_out::fan_out;
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{ProblemRepository as _, ProgressRepository as _, SolveRepository as _};
use contest_core::uuid::Uuid;
use contest_sqlx::postgres::{PgSchema, PgStore};
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::AssertSqlSafe;

use crate::{NOW, PROBLEMS, SEED};

const WARM_UP: usize = 3;
/// So many other users have solved as many problems each: nobody is alone in a table.
const OTHERS: usize = 100;

struct Scale {
    problems: u32,
    solves: usize,
    rounds: usize,
}

const fn scale(problems: u32, solves: usize, rounds: usize) -> Scale {
    Scale {
        problems,
        solves,
        rounds,
    }
}

const QUICK: [Scale; 3] = [
    scale(150, 10, 100),
    scale(10_000, 1_000, 30),
    scale(100_000, 10_000, 10),
];
const FULL: [Scale; 4] = [
    scale(150, 10, 500),
    scale(10_000, 1_000, 200),
    scale(100_000, 10_000, 50),
    scale(1_000_000, 100_000, 20),
];

/// A store and a user, and the reference's queries on its tables.
struct Stored {
    scale: &'static Scale,
    store: PgStore,
    engine: Engine,
    user: UserId,
    request: SelectionRequest,
    reference: Reference,
    progress: [Series; 2],
    selection: [Series; 2],
}

pub(crate) async fn measure(run: Run, store: &PgStore, report: &mut Report) -> Outcome<()> {
    let scales: &[Scale] = run.choose(&QUICK, &FULL);
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut sizes = Vec::new();
    for scale in scales {
        sizes.push(Stored::new(store, scale, &mut random).await?);
    }
    execute(store, "VACUUM (ANALYZE)".to_owned()).await?;
    for size in &mut sizes {
        for _ in 0..WARM_UP + size.scale.rounds {
            size.round().await?;
        }
    }
    report.heading("Counted and drawn by the database");
    report.text(
        "The queries of the service that the patterns come from, a fan-out of one for each \
         difficulty: `count(DISTINCT …)` over a join of solves and problems; all unsolved problems \
         in random order, the first of them. Against our calls on the same tables, vacuumed and \
         analysed. Each call of ours comes right after one of theirs and next to what that leaves \
         to do, so the ratios are rather too small.",
    );
    tell(
        report,
        "progress",
        "Progress by difficulty",
        &sizes,
        |size| &size.progress,
    );
    tell(report, "selection", "A selection of 5", &sizes, |size| {
        &size.selection
    });
    Ok(())
}

fn tell(
    report: &mut Report,
    name: &str,
    title: &str,
    sizes: &[Stored],
    series: fn(&Stored) -> &[Series; 2],
) {
    let mut ratios = Ratios::default();
    let mut lines = [Vec::new(), Vec::new()];
    for size in sizes {
        let Scale {
            problems, solves, ..
        } = size.scale;
        let both = series(size);
        let [ours, theirs] = both;
        let suffix = format!("{problems} problems, {solves} solves");
        ratios.floor(&format!("{title}: ours, {suffix}"), ours);
        let what = format!("{title}: the reference's query, {suffix}");
        ratios.judge(&what, theirs, ours, Bound::AtLeast(1.0));
        for (line, times) in lines.iter_mut().zip(both) {
            #[expect(clippy::cast_precision_loss, reason = "at most 100,000")]
            line.push((*solves as f64, times.median().as_secs_f64() * 1e6));
        }
    }
    report.ratios(ratios);
    let [ours, theirs] = lines;
    let mut plot = Plot::new(name, title, "solves of the user", "µs");
    plot.line("ours", &ours);
    plot.line("the reference's queries", &theirs);
    report.plot(&plot);
}

async fn execute(store: &PgStore, sql: String) -> Outcome<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql));
    statement.execute(store.writer()).await?;
    Ok(())
}

impl Stored {
    /// In a schema of its own.
    async fn new(store: &PgStore, scale: &'static Scale, random: &mut ChaCha8Rng) -> Outcome<Self> {
        let schema = format!("of_{}", scale.problems);
        let store = store.clone().with_schema(PgSchema::new(&schema)?);
        store.migrate().await?;
        store.publish_catalogue(&catalogue(scale.problems)?).await?;
        let engine = Engine::builder(store.clone()).seeds(SequentialSeeds::new(SEED));
        let engine = engine.build().await?;
        for _ in 0..OTHERS {
            solver(&engine, OTHERS, random).await?;
        }
        Ok(Self {
            scale,
            user: solver(&engine, scale.solves, random).await?,
            reference: Reference::new(&schema, &store),
            request: SelectionRequest::new(ProblemCount::new(PROBLEMS)?),
            store,
            engine,
            progress: [Series::after(WARM_UP), Series::after(WARM_UP)],
            selection: [Series::after(WARM_UP), Series::after(WARM_UP)],
        })
    }

    async fn round(&mut self) -> Outcome<()> {
        let (user, reference) = (self.user, &self.reference);
        let [ours, theirs] = &mut self.progress;
        let solved = ours.time(self.store.solved_by_difficulty(user)).await?;
        let counted = theirs.time(reference.progress(user)).await?;
        if counted
            .iter()
            .map(|n| n.unsigned_abs())
            .ne(solved.iter().map(|(_, n)| *n))
        {
            return Err("counting gives another number than the counters".into());
        }
        let [ours, theirs] = &mut self.selection;
        let select = self.engine.select(user, &self.request);
        let selected = ours.time(select).await?;
        let drawn = theirs.time(reference.select(user, &self.request)).await?;
        if drawn.concat().len() != selected.problems.len() {
            return Err("the database draws another number of problems".into());
        }
        Ok(())
    }
}

async fn solver(engine: &Engine, solves: usize, random: &mut ChaCha8Rng) -> Outcome<UserId> {
    let user = UserId::from_uuid(Uuid::from_u128(random.random()));
    let catalogue = engine.catalogue();
    let drawn: Vec<_> = catalogue.problems().sample(random, solves).collect();
    for chunk in drawn.chunks(10_000) {
        let solves: Vec<_> = chunk.iter().map(|p| NewSolve::new(p.id, NOW)).collect();
        engine.store().record_solves(user, &solves).await?;
    }
    Ok(user)
}

/// A store that asks as the Go service does.
struct Reference {
    store: PgStore,
    count: String,
    draw: String,
}

impl Reference {
    fn new(schema: &str, store: &PgStore) -> Self {
        Self {
            store: store.clone(),
            count: format!(
                "SELECT count(DISTINCT s.problem_id)
                 FROM {schema}.solves s JOIN {schema}.problems p ON p.id = s.problem_id
                 WHERE s.user_id = $1 AND p.difficulty = $2"
            ),
            draw: format!(
                "SELECT p.id FROM {schema}.problems p
                 WHERE p.difficulty = $2 AND NOT EXISTS (
                     SELECT FROM {schema}.solves s
                     WHERE s.user_id = $1 AND s.problem_id = p.id)
                 ORDER BY random() LIMIT $3"
            ),
        }
    }

    async fn progress(&self, user: UserId) -> Result<Vec<i64>, sqlx::Error> {
        let counts = Difficulty::ALL.map(|difficulty| {
            let query = sqlx::query_scalar(AssertSqlSafe(self.count.clone()));
            let query = query.bind(user.as_uuid()).bind(stored(difficulty));
            query.fetch_one(self.store.reader())
        });
        fan_out(crate::ways::PARTS, counts).await
    }

    async fn select(
        &self,
        user: UserId,
        request: &SelectionRequest,
    ) -> Result<Vec<Vec<Uuid>>, sqlx::Error> {
        let quota = request.mix().quota(request.count());
        let draws = Difficulty::ALL.map(|difficulty| {
            let query = sqlx::query_scalar(AssertSqlSafe(self.draw.clone()));
            let query = query.bind(user.as_uuid()).bind(stored(difficulty));
            let query = query.bind(i64::from(quota[difficulty]));
            query.fetch_all(self.store.reader())
        });
        fan_out(crate::ways::PARTS, draws).await
    }
}

/// As the tables have it.
fn stored(difficulty: Difficulty) -> i16 {
    match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 2,
        Difficulty::Hard => 3,
    }
}
