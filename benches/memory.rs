//! How long do selections and other calls take without a database, and does the time depend on the size
//! of the catalogue or on the number of solved problems?
//!
//! `cargo bench -p contest-benches --bench memory`, with `-- --quick` for fewer rounds.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use contest_benches::{
    Bound, Budget, Outcome, Place, Random, Report, Run, Turns, catalogue, five, requests, seeded,
    user,
};
use contest_core::prelude::*;
use criterion::{BatchSize, Criterion};
use rand::SeedableRng as _;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// How many of a hundred problems the users have solved.
const PERCENT: [usize; 4] = [0, 50, 90, 99];

fn main() -> ExitCode {
    Run::main(|run| {
        let runtime = Builder::new_current_thread().build()?;
        let mut report = Report::new("memory", "In memory");
        report.text("The store in memory, and an engine with a fixed clock and fixed seeds.");
        let worlds = [
            runtime.block_on(World::new("150", Catalogue::neetcode150()))?,
            runtime.block_on(World::new("10,000", catalogue(10_000)?))?,
            runtime.block_on(World::new("1,000,000", catalogue(1_000_000)?))?,
        ];
        runtime.block_on(budgets(run, &mut report, &worlds))?;
        let criterion = Criterion::default()
            .without_plots()
            .output_directory(&directory())
            .sample_size(run.choose(10, 100))
            .nresamples(run.choose(2_000, 100_000))
            .warm_up_time(Duration::from_millis(run.choose(50, 500)))
            .measurement_time(Duration::from_millis(run.choose(200, 1_000)));
        let mut alone = Alone { criterion, runtime };
        alone.calls(&mut report, &worlds)?;
        alone.requests(&mut report)?;
        Ok(report)
    })
}

/// A catalogue, and users who have solved different shares of it.
struct World {
    size: &'static str,
    place: Place,
    users: [UserId; 4],
}

impl World {
    async fn new(size: &'static str, catalogue: Catalogue) -> Outcome<Self> {
        let mut random = seeded();
        let place = Place::new(MemoryStore::new(), &catalogue).await?;
        let mut users = [UserId::from_uuid(contest_core::uuid::Uuid::nil()); 4];
        for (user, percent) in users.iter_mut().zip(PERCENT) {
            let solves = catalogue.problems().len() * percent / 100;
            *user = place.solver(solves, &mut random).await?;
        }
        Ok(Self { size, place, users })
    }
}

async fn budgets(run: Run, report: &mut Report, [few, _, many]: &[World; 3]) -> Outcome<()> {
    let (warm_up, rounds) = (500, run.choose(5_000, 50_000));
    let five = five()?.selection().clone();
    let twenty = SelectionRequest::new(ProblemCount::new(20)?);
    let [new, .., nearly_done] = many.users;
    let calls = [
        ("select 5 of 150", few, few.users[0], &five),
        ("select 20 of 1,000,000", many, new, &twenty),
        (
            "select 5 of 1,000,000, 99% solved",
            many,
            nearly_done,
            &five,
        ),
    ];
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        for (name, world, user, request) in calls {
            turns
                .time(name, world.place.engine.select(user, request))
                .await?;
        }
    }
    report.heading(
        "Selecting, load included",
        "A selection takes microseconds, and hardly longer from a catalogue of a million problems.",
    );
    let [(small, ..), (large, ..), (rare, ..)] = calls;
    let budgets = [
        Budget::at_most(large, small, 4.0),
        Budget::at_most(rare, small, 50.0),
    ];
    report.ratios(&turns, &budgets);
    let micros = turns.percentile(small, 50).as_secs_f64() * 1e6;
    report.judge(&format!("{small}, in µs"), micros, Bound::AtMost(4.0));
    Ok(())
}

/// The directory where Criterion keeps its results for comparison with the next run.
fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("criterion")
}

/// Single calls, estimated by Criterion.
struct Alone {
    criterion: Criterion,
    runtime: Runtime,
}

impl Alone {
    fn calls(&mut self, report: &mut Report, worlds: &[World; 3]) -> Outcome<()> {
        let five = five()?;
        let twenty = SelectionRequest::new(ProblemCount::new(20)?);
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (column, world) in worlds.iter().enumerate() {
            let (engine, size) = (&world.place.engine, world.size);
            let [new, half, ..] = world.users;
            let mut cells = Vec::new();
            for (user, percent) in world.users.into_iter().zip(PERCENT) {
                let name = format!("select 5, {percent}% solved");
                let call = || engine.select(user, five.selection());
                cells.push((name.clone(), self.estimate(&name, size, call)?));
            }
            let call = || engine.select(new, &twenty);
            cells.push(("select 20".into(), self.estimate("select 20", size, call)?));
            let call = || engine.progress(half);
            cells.push(("progress".into(), self.estimate("progress", size, call)?));
            cells.push(("create a contest of 5".into(), self.creation(world, &five)?));
            let contest = self.runtime.block_on(world.place.contests(half, 0))?;
            let problem = contest.problems.first().ok_or("no problem")?.problem.id;
            let call = || async {
                let marked = engine.mark_solved(half, contest.id, problem).await;
                (marked, engine.unmark(half, contest.id, problem).await)
            };
            let name = "mark and unmark";
            cells.push((name.into(), self.estimate(name, size, call)?));
            for (place, (name, cell)) in cells.into_iter().enumerate() {
                if column == 0 {
                    rows.push(vec![name]);
                }
                rows.get_mut(place).ok_or("no row")?.push(cell);
            }
        }
        report.heading(
            "Calls alone",
            "Only progress, and selecting the last problems of a large catalogue, grow with its size. Medians by Criterion with 95% intervals; one call at a time.",
        );
        let columns = ["", "of 150", "of 10,000", "of 1,000,000"];
        report.table(&columns, &rows);
        Ok(())
    }

    /// By a new user each time.
    fn creation(&mut self, world: &World, request: &ContestRequest) -> Outcome<String> {
        let mut random = Random::seed_from_u64(1);
        let (engine, name) = (&world.place.engine, format!("create, of {}", world.size));
        self.criterion.bench_function(&name, |bencher| {
            bencher.to_async(&self.runtime).iter_batched(
                || user(&mut random),
                |user| engine.create_contest(user, request),
                BatchSize::SmallInput,
            );
        });
        estimate(&name)
    }

    fn requests(&mut self, report: &mut Report) -> Outcome<()> {
        let bundled = Catalogue::neetcode150();
        let place = Place::new(MemoryStore::new(), &bundled);
        let place = self.runtime.block_on(place)?;
        let user = user(&mut seeded());
        self.runtime.block_on(place.year_of_contests(user, 8))?;
        let mut rows = Vec::new();
        for (name, request) in requests()? {
            let call = || place.engine.select(user, &request);
            rows.push(vec![
                name.to_owned(),
                self.estimate(name, "80 solved", call)?,
            ]);
        }
        report.heading(
            "Rules and strategies",
            "Their computation is cheap: on a database, the reads dominate. Five of 150 problems, of \
             which 80 are solved, half of them in contests.",
        );
        report.table(&["", "time"], &rows);
        Ok(())
    }

    fn estimate<F: Future>(
        &mut self,
        name: &str,
        of: &str,
        mut call: impl FnMut() -> F,
    ) -> Outcome<String> {
        let name = format!("{name}, of {of}");
        self.criterion.bench_function(&name, |bencher| {
            bencher.to_async(&self.runtime).iter(&mut call);
        });
        estimate(&name)
    }
}

/// The median that Criterion has just found, with its interval.
fn estimate(name: &str) -> Outcome<String> {
    let file = directory().join(name).join("new").join("estimates.json");
    let estimates: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let micros = |place: &str| {
        let nanos = estimates.pointer(place).and_then(Value::as_f64);
        format!("{:.2}", nanos.unwrap_or(f64::NAN) / 1e3)
    };
    let middle = micros("/median/point_estimate");
    let low = micros("/median/confidence_interval/lower_bound");
    let high = micros("/median/confidence_interval/upper_bound");
    Ok(format!("{middle} µs ({low} to {high})"))
}
