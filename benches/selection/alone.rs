//! Every operation by itself, estimated by Criterion.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use contest_benches::{Outcome, Report, Run, Table};
use contest_core::prelude::*;
use contest_core::store::StoreError;
use criterion::{BatchSize, Criterion};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::SEED;
use crate::stored::{PERCENT, Stored, user};

pub(crate) fn measure(
    run: Run,
    report: &mut Report,
    runtime: &Runtime,
    stored: &[Stored],
) -> Outcome<()> {
    let mut alone = Alone {
        criterion: Criterion::default()
            .without_plots()
            .output_directory(&directory())
            .sample_size(run.choose(10, 100))
            .nresamples(run.choose(2_000, 100_000))
            .warm_up_time(Duration::from_millis(run.choose(50, 500)))
            .measurement_time(Duration::from_millis(run.choose(200, 1_000))),
        runtime,
    };
    let mut columns = vec![String::new()];
    columns.extend(stored.iter().map(|stored| format!("of {}", stored.size)));
    let mut table = Table::new(columns);
    for (count, percent) in PERCENT
        .map(|percent| (5, percent))
        .into_iter()
        .chain([(20, 0)])
    {
        let name = format!("select {count}, {percent}% solved");
        alone.row(&mut table, &name, stored, |alone, name, stored| {
            alone.select(name, stored, count, stored.user(percent)?)
        })?;
    }
    alone.row(&mut table, "progress, 50% solved", stored, Alone::progress)?;
    alone.row(&mut table, "create a contest of 5", stored, Alone::create)?;
    alone.row(&mut table, "mark and unmark", stored, Alone::mark)?;
    report.heading("One caller");
    report.text(
        "Medians by Criterion with 95% intervals. Nothing takes turns here: rows compare only where \
         they differ by much. Users who have solved nearly all cost more rounds of candidates. Each \
         contest is created for a new user.",
    );
    report.table(&table);
    let mut quotas = Table::new(["share a count among difficulties", "time"]);
    for count in [5, 20, 1_000] {
        let name = format!("quota of {count}");
        let estimate = alone.quota(&name, count)?;
        quotas.row([name, estimate]);
    }
    report.table(&quotas);
    Ok(())
}

/// Where Criterion keeps what it finds, and compares with at the next run.
fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("criterion")
}

struct Alone<'r> {
    criterion: Criterion,
    runtime: &'r Runtime,
}

impl Alone<'_> {
    fn row(
        &mut self,
        table: &mut Table,
        name: &str,
        stored: &[Stored],
        measure: impl Fn(&mut Self, &str, &Stored) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut row = vec![name.to_owned()];
        for stored in stored {
            let name = format!("{name}, of {}", stored.size);
            measure(self, &name, stored)?;
            row.push(estimate(&name)?);
        }
        table.row(row);
        Ok(())
    }

    fn select(&mut self, name: &str, stored: &Stored, count: u16, user: UserId) -> Outcome<()> {
        let request = SelectionRequest::new(ProblemCount::new(count)?);
        self.criterion.bench_function(name, |bencher| {
            let mut bencher = bencher.to_async(self.runtime);
            bencher.iter(|| stored.engine.select(user, &request));
        });
        Ok(())
    }

    fn progress(&mut self, name: &str, stored: &Stored) -> Outcome<()> {
        let user = stored.user(50)?;
        self.criterion.bench_function(name, |bencher| {
            let mut bencher = bencher.to_async(self.runtime);
            bencher.iter(|| stored.engine.progress(user));
        });
        Ok(())
    }

    fn create(&mut self, name: &str, stored: &Stored) -> Outcome<()> {
        let request = five_problems()?;
        let mut random = ChaCha8Rng::seed_from_u64(SEED + 1);
        self.criterion.bench_function(name, |bencher| {
            bencher.to_async(self.runtime).iter_batched(
                || user(&mut random),
                |user| stored.engine.create_contest(user, &request),
                BatchSize::SmallInput,
            );
        });
        Ok(())
    }

    fn mark(&mut self, name: &str, stored: &Stored) -> Outcome<()> {
        let engine = &stored.engine;
        let user = stored.user(50)?;
        let request = five_problems()?;
        let creation = engine.create_contest(user, &request);
        let contest = self.runtime.block_on(creation)?;
        let problem = contest.problems.first();
        let problem = problem.ok_or(StoreError::permanent("a contest without problems"))?;
        let (contest, problem) = (contest.id, problem.problem.id);
        self.criterion.bench_function(name, |bencher| {
            bencher.to_async(self.runtime).iter(|| async {
                let marked = engine.mark_solved(user, contest, problem).await;
                (marked, engine.unmark(user, contest, problem).await)
            });
        });
        Ok(())
    }

    fn quota(&mut self, name: &str, count: u16) -> Outcome<String> {
        let count = ProblemCount::new(count)?;
        self.criterion.bench_function(name, |bencher| {
            bencher.iter(|| black_box(Mix::default()).quota(black_box(count)));
        });
        estimate(name)
    }
}

pub(crate) fn five_problems() -> Outcome<ContestRequest> {
    let hour = ContestDuration::from_minutes(60)?;
    Ok(ContestRequest::new(ProblemCount::new(5)?, hour))
}

/// The median that Criterion has just found, with its interval.
fn estimate(name: &str) -> Outcome<String> {
    let file = directory().join(name).join("new").join("estimates.json");
    let estimates: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let nanos = |place: &str| {
        let value = estimates.pointer(place).and_then(Value::as_f64);
        value.ok_or_else(|| format!("an estimate of Criterion without {place}"))
    };
    let middle = nanos("/median/point_estimate")?;
    let low = nanos("/median/confidence_interval/lower_bound")?;
    let high = nanos("/median/confidence_interval/upper_bound")?;
    let micros = |nanos: f64| format!("{:.2}", nanos / 1e3);
    let [middle, low, high] = [middle, low, high].map(micros);
    Ok(format!("{middle} µs ({low} to {high})"))
}
