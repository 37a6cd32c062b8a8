//! How many allocations does a call make, and does the number depend on the size of the catalogue?
//!
//! `cargo bench -p contest-benches --bench allocations`, with `-- --quick` for fewer rounds.
//!
//! All calls run in one thread over the store in memory, which never waits: one poll is the whole call.
//! The clock is fixed and the seeds are a sequence, so the counts are equal in every run and on every
//! machine. A vector that grows allocates again. The budgets are slightly above the counts at the time
//! they were set, so that they detect a needless clone or a list built twice.

use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use allocation_counter::{AllocationInfo, measure};
use contest_benches::{Bound, Outcome, Place, Random, Report, Run, catalogue, five, seeded, user};
use contest_core::prelude::*;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    Run::main(|run| {
        let rounds = run.choose(100, 1_000);
        let small = count(&Catalogue::neetcode150(), rounds)?;
        let large = count(&catalogue(1_000_000)?, rounds)?;
        let mut report = Report::new("allocations", "Allocations");
        report.heading(
            "A call over the store in memory",
            "The number of allocations does not depend on the catalogue. Medians, counted in the \
             allocator of one thread.",
        );
        let mut rows = Vec::new();
        for (small, large) in small.iter().zip(&large) {
            let mut row = vec![small.name.to_owned()];
            row.extend(small.cells().into_iter().chain(large.cells()));
            let what = format!("allocations: {}", small.name);
            let value = median(&small.times).max(median(&large.times));
            row.extend(report.judge(&what, value, Bound::AtMost(small.most)));
            rows.push(row);
        }
        let columns = ["", "of 150", "bytes", "of 1,000,000", "bytes", "budget", ""];
        report.table(&columns, &rows);
        Ok(report)
    })
}

/// The allocations of each call.
struct Counts {
    name: &'static str,
    /// The budget: the most allocations.
    most: f64,
    times: Vec<u64>,
    bytes: Vec<u64>,
}

impl Counts {
    fn new(name: &'static str, most: f64) -> Self {
        let (times, bytes) = (Vec::new(), Vec::new());
        Self {
            name,
            most,
            times,
            bytes,
        }
    }

    fn keep<T>(&mut self, (info, answer): (AllocationInfo, T)) -> T {
        self.times.push(info.count_total);
        self.bytes.push(info.bytes_total);
        answer
    }

    fn cells(&self) -> [String; 2] {
        [&self.times, &self.bytes].map(|counts| format!("{:.0}", median(counts)))
    }
}

/// Polls a future that never waits, and counts its allocations.
fn counted<T, E>(future: impl Future<Output = Result<T, E>>) -> Outcome<(AllocationInfo, T)>
where
    E: std::error::Error + 'static,
{
    let mut future = pin!(future);
    let mut polled = Poll::Pending;
    let mut context = Context::from_waker(Waker::noop());
    let info = measure(|| polled = future.as_mut().poll(&mut context));
    match polled {
        Poll::Ready(answer) => Ok((info, answer?)),
        Poll::Pending => Err("a store in memory made a call wait".into()),
    }
}

/// Every call, in a catalogue.
fn count(catalogue: &Catalogue, rounds: usize) -> Outcome<Vec<Counts>> {
    let runtime = Builder::new_current_thread().build()?;
    let mut random = seeded();
    let place = runtime.block_on(Place::new(MemoryStore::new(), catalogue))?;
    let half = place.solver(catalogue.problems().len() / 2, &mut random);
    let half = runtime.block_on(half)?;
    let mut counts = reads(&place.engine, [user(&mut random), half], rounds)?;
    counts.extend(writes(&place.engine, &mut random, rounds)?);
    Ok(counts)
}

fn reads(engine: &Engine, [new, half]: [UserId; 2], rounds: usize) -> Outcome<Vec<Counts>> {
    let five = SelectionRequest::new(ProblemCount::new(5)?);
    let twenty = SelectionRequest::new(ProblemCount::new(20)?);
    let mut progress = Counts::new("progress", 6.0);
    let mut selections = [
        (Counts::new("select 5, none solved", 28.0), new, &five),
        (Counts::new("select 5, half solved", 30.0), half, &five),
        (Counts::new("select 20, none solved", 42.0), new, &twenty),
        (Counts::new("select 20, half solved", 50.0), half, &twenty),
    ];
    for _ in 0..rounds {
        progress.keep(counted(engine.progress(half))?);
        for (counts, user, request) in &mut selections {
            counts.keep(counted(engine.select(*user, request))?);
        }
    }
    let selections = selections.into_iter().map(|(counts, ..)| counts);
    Ok(std::iter::once(progress).chain(selections).collect())
}

fn writes(engine: &Engine, random: &mut Random, rounds: usize) -> Outcome<[Counts; 4]> {
    let request = five()?;
    let mut create = Counts::new("create a contest of 5", 50.0);
    let mut first_mark = Counts::new("mark, a user's first", 12.0);
    let mut mark = Counts::new("mark, a later one", 13.0);
    let mut complete = Counts::new("complete a contest", 17.0);
    for _ in 0..rounds {
        let user = user(random);
        let created = create.keep(counted(engine.create_contest(user, &request))?);
        let contest = created.contest;
        let [first, second, ..] = &contest.problems[..] else {
            return Err("a contest without its problems".into());
        };
        let marked = engine.mark_solved(user, contest.id, first.problem.id);
        first_mark.keep(counted(marked)?);
        let marked = engine.mark_solved(user, contest.id, second.problem.id);
        mark.keep(counted(marked)?);
        complete.keep(counted(engine.complete_contest(user, contest.id))?);
    }
    Ok([create, first_mark, mark, complete])
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn median(values: &[u64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    values
        .get(values.len() / 2)
        .map_or(f64::NAN, |value| *value as f64)
}
