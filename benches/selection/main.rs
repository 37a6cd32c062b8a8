//! How long do selections and what surrounds them take without a database, does it depend on the size
//! of the catalogue or on what is solved, and do callers get in each other's way?
//!
//! `cargo bench -p contest-benches --bench selection`, with `-- --quick` for fewer rounds
//!
//! All of it runs over the store in memory, with the engine as it is built by default: seeds come from
//! the operating system, which is part of the time. Three parts:
//! - the budgets, whose calls take turns in one loop;
//! - every operation by itself, measured and estimated by Criterion, one after the other;
//! - the same operations called by many tasks at once, on as many threads as there are processors.

mod alone;
mod contention;
mod stored;

use std::process::ExitCode;

use contest_benches::{Bound, Outcome, Ratios, Report, Run, Series, catalogue};
use contest_core::prelude::*;
use tokio::runtime::Builder;

use self::stored::Stored;

/// Decides what is solved.
const SEED: u64 = 20_240_101;

fn main() -> ExitCode {
    Run::main(|run| {
        let runtime = Builder::new_current_thread().build()?;
        let mut report = Report::new("selection", "Selection, in memory");
        report.text(format_args!(
            "The store in memory under an engine as it is built by default. Problems are solved at \
             random, seed {SEED}. The catalogue of 150 is the bundled one; the larger ones have no \
             topics, which makes their progress shorter."
        ));
        let stored = [
            runtime.block_on(Stored::new("150", Catalogue::neetcode150()))?,
            runtime.block_on(Stored::new("10,000", catalogue(10_000)?))?,
            runtime.block_on(Stored::new("1,000,000", catalogue(1_000_000)?))?,
        ];
        runtime.block_on(budgets(run, &mut report, &stored))?;
        alone::measure(run, &mut report, &runtime, &stored)?;
        contention::measure(run, &mut report)?;
        Ok(report)
    })
}

/// Five of the few and twenty of the many.
async fn budgets(run: Run, report: &mut Report, [few, _, many]: &[Stored; 3]) -> Outcome<()> {
    let rounds = run.choose(5_000, 50_000);
    let five = SelectionRequest::new(ProblemCount::new(5)?);
    let twenty = SelectionRequest::new(ProblemCount::new(20)?);
    let (mut small, mut large) = (Series::after(500), Series::after(500));
    let (new, newer) = (few.user(0)?, many.user(0)?);
    for _ in 0..500 + rounds {
        small.time(few.engine.select(new, &five)).await?;
        large.time(many.engine.select(newer, &twenty)).await?;
    }
    report.heading("Budgets");
    report.text(format_args!(
        "A user who has solved nothing; {rounds} rounds. The first budget is an absolute time, and \
         follows the processor."
    ));
    let mut ratios = Ratios::default();
    ratios.floor("select 5 of 150", &small);
    ratios.judge(
        "select 20 of 1,000,000, over 5 of 150",
        &large,
        &small,
        Bound::AtMost(4.0),
    );
    report.ratios(ratios);
    let micros = small.median().as_secs_f64() * 1e6;
    report.judge("select 5 of 150, in µs", micros, Bound::AtMost(5.0));
    Ok(())
}
