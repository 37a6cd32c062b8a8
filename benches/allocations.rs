//! How often does an operation ask for memory, and does it depend on how many problems there are?
//!
//! `cargo bench -p contest-benches --bench allocations`, with `-- --quick` for fewer rounds
//!
//! Everything happens in one thread over the store in memory, which never makes a call wait: one poll
//! is the whole operation. Only what it asks for is counted, not what the caller did before, and a
//! vector that grows asks again. The clock stands still and the seeds are a sequence, so the counts
//! repeat from run to run and from machine to machine. What differs is where the hash keys of the
//! process put a user, and with it when a table of users grows: that is why medians are judged.
//!
//! The budgets are a little above what was counted when they were set, so that a clone of a problem
//! or a list that is built twice shows.

use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use allocation_counter::{AllocationInfo, measure};
use contest_benches::{Bound, Outcome, Report, Run, Table, catalogue};
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{SolveRepository as _, StoreError};
use contest_core::time::ManualClock;
use contest_core::uuid::Uuid;

const SEED: u64 = 20_240_101;
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const CANDIDATES: usize = 30;
const LARGE: u32 = 1_000_000;

fn main() -> ExitCode {
    Run::main(|run| {
        let mut report = Report::new("allocations", "Allocations");
        let rounds = run.choose(100, 1_000);
        report.text(format_args!(
            "What one operation asks the allocator for, over the store in memory, counted in one \
             thread; {rounds} operations each, seed {SEED}. Growing a vector counts as one more. The \
             budgets are on the medians and were set a little above what was counted then."
        ));
        let small = count(Catalogue::neetcode150(), rounds)?;
        let large = count(catalogue(LARGE)?, rounds)?;
        tell(&mut report, &small, &large);
        Ok(report)
    })
}

/// What an operation asked for, each time.
struct Counts {
    name: &'static str,
    /// How many allocations it may make.
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
}

/// Waits for what does not wait, and counts what it allocates.
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

fn user(number: usize) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number as u128))
}

/// Every operation, in a catalogue.
fn count(catalogue: Catalogue, rounds: usize) -> Outcome<Vec<Counts>> {
    let problems: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
    let store = MemoryStore::with_catalogue(catalogue);
    let builder = Engine::builder(store.clone()).seeds(SequentialSeeds::new(SEED));
    let builder = builder.clock(ManualClock::new(NOW));
    let (_, engine) = counted(builder.build())?;
    let (nobody, half) = (user(0), user(1));
    let every_other: Vec<_> = problems.iter().step_by(2).collect();
    let solves: Vec<_> = every_other
        .iter()
        .map(|id| NewSolve::new(**id, NOW))
        .collect();
    counted(store.record_solves(half, &solves))?;

    let mut counts = reads(&engine, &store, &problems, [nobody, half], rounds)?;
    counts.extend(writes(&engine, rounds)?);
    Ok(counts)
}

fn reads(
    engine: &Engine,
    store: &MemoryStore,
    problems: &[ProblemId],
    [nobody, half]: [UserId; 2],
    rounds: usize,
) -> Outcome<Vec<Counts>> {
    let five = SelectionRequest::new(ProblemCount::new(5)?);
    let twenty = SelectionRequest::new(ProblemCount::new(20)?);
    let mut membership = Counts::new("membership of 30 candidates, half solved", 5.0);
    let mut selections = [
        (Counts::new("select 5, none solved", 14.0), nobody, &five),
        (Counts::new("select 5, half solved", 18.0), half, &five),
        (Counts::new("select 20, none solved", 20.0), nobody, &twenty),
        (Counts::new("select 20, half solved", 26.0), half, &twenty),
    ];
    let mut progress = Counts::new("progress", 22.0);
    for round in 0..rounds {
        let first = round % (problems.len() - CANDIDATES);
        let candidates = problems.iter().skip(first).take(CANDIDATES);
        let candidates: Vec<_> = candidates.copied().collect();
        membership.keep(counted(store.solved_among(half, &candidates))?);
        for (counts, user, request) in &mut selections {
            counts.keep(counted(engine.select(*user, request))?);
        }
        progress.keep(counted(engine.progress(half))?);
    }
    let selections = selections.into_iter().map(|(counts, ..)| counts);
    let mut counts = vec![membership, progress];
    counts.extend(selections);
    Ok(counts)
}

fn writes(engine: &Engine, rounds: usize) -> Outcome<[Counts; 3]> {
    let hour = ContestDuration::from_minutes(60)?;
    let request = ContestRequest::new(ProblemCount::new(5)?, hour);
    let mut create = Counts::new("create a contest of 5", 24.0);
    let mut first_mark = Counts::new("mark, a user's first", 6.0);
    let mut mark = Counts::new("mark, a later one", 2.0);
    for round in 0..rounds {
        let user = user(2 + round);
        let contest = create.keep(counted(engine.create_contest(user, &request))?);
        let [first, second, ..] = &contest.problems[..] else {
            return Err(StoreError::permanent("a contest without its problems").into());
        };
        first_mark.keep(counted(engine.mark_solved(
            user,
            contest.id,
            first.problem.id,
        ))?);
        mark.keep(counted(engine.mark_solved(
            user,
            contest.id,
            second.problem.id,
        ))?);
    }
    Ok([create, first_mark, mark])
}

fn tell(report: &mut Report, small: &[Counts], large: &[Counts]) {
    let mut table = Table::new([
        "",
        "of 150",
        "most",
        "bytes",
        "of 1,000,000",
        "most",
        "bytes",
        "budget",
    ]);
    for (small, large) in small.iter().zip(large) {
        let mut row = vec![small.name.to_owned()];
        for Counts { times, bytes, .. } in [small, large] {
            let most = times.iter().max().copied().unwrap_or_default();
            row.extend([median(times), most, median(bytes)].map(|n| n.to_string()));
        }
        row.push(Bound::AtMost(small.most).to_string());
        table.row(row);
    }
    report.table(&table);
    for (small, large) in small.iter().zip(large) {
        for (counts, problems) in [(small, "150"), (large, "1,000,000")] {
            let what = format!("allocations: {}, of {problems} problems", small.name);
            #[expect(clippy::cast_precision_loss, reason = "counts are small")]
            let value = median(&counts.times) as f64;
            report.judge(&what, value, Bound::AtMost(small.most));
        }
    }
}

fn median(values: &[u64]) -> u64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
