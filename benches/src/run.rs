//! How a benchmark was started.

use std::process::ExitCode;

use crate::{Outcome, Report};

/// What the command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Fewer rounds and less data, for a first look.
    pub quick: bool,
}

impl Run {
    /// Runs a benchmark as the process: measures, reports, and fails if a budget was missed.
    ///
    /// Only under `cargo bench`: `cargo test` starts benchmarks as well, to see that they start.
    pub fn main(measure: impl FnOnce(Self) -> Outcome<Report>) -> ExitCode {
        let has = |argument| std::env::args().any(|given| given == argument);
        if !has("--bench") {
            println!("measures only under `cargo bench`");
            return ExitCode::SUCCESS;
        }
        let run = Self {
            quick: has("--quick"),
        };
        match measure(run).and_then(|report| Ok((report.save()?, report))) {
            Ok(((), report)) => report.exit_code(),
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    /// One of two, for a quick run and for a full one.
    pub fn choose<T>(self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}
