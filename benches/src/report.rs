//! The report of a benchmark: a part of `RESULTS.md`.

use std::fmt::{Display, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, io};

use crate::{Outcome, Turns};

/// The environment variable with the directory of the reports.
const RESULTS: &str = "CONTEST_BENCH_RESULTS";

/// The mode of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Fewer rounds and less data, for a first look.
    pub quick: bool,
}

impl Run {
    /// Runs a benchmark as the whole process: measures, saves the report, and fails if it misses a budget.
    ///
    /// Measures only under `cargo bench`: `cargo test` also starts benchmarks, to check that they start.
    pub fn main(measure: impl FnOnce(Self) -> Outcome<Report>) -> ExitCode {
        let has = |argument| env::args().any(|given| given == argument);
        if !has("--bench") {
            println!("measures only under `cargo bench`");
            return ExitCode::SUCCESS;
        }
        let quick = has("--quick");
        match measure(Self { quick }).and_then(|report| Ok((report.save()?, report))) {
            Ok(((), report)) => report.exit_code(),
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    /// Chooses between a value for a quick run and one for a full run.
    pub fn choose<T>(self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// The bound that a number must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The number must not be greater.
    AtMost(f64),
    /// The number must not be less.
    AtLeast(f64),
}

impl Bound {
    /// NaN passes neither.
    fn verdict(self, value: f64) -> &'static str {
        let holds = match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        };
        if holds { "pass" } else { "**missed**" }
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
        }
    }
}

/// The most that a call may take, as a multiple of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// The call.
    pub call: String,
    /// The call that it is compared with.
    pub over: String,
    /// The bound of the ratio.
    pub bound: Bound,
}

impl Budget {
    /// At most this ratio.
    pub fn at_most(call: impl Into<String>, over: impl Into<String>, most: f64) -> Self {
        Self {
            call: call.into(),
            over: over.into(),
            bound: Bound::AtMost(most),
        }
    }
}

/// A part of `RESULTS.md`. Additions are printed at once.
#[derive(Debug)]
pub struct Report {
    name: String,
    text: String,
    /// Rows of the table of all budgets.
    budgets: String,
}

impl Report {
    /// The report of the benchmark with this name, under a title.
    pub fn new(name: &str, title: &str) -> Self {
        let mut report = Self {
            name: name.to_owned(),
            text: String::new(),
            budgets: String::new(),
        };
        report.text(format_args!("## {title}"));
        report
    }

    /// Begins a table: its title, and its conclusion in a sentence.
    pub fn heading(&mut self, title: &str, lesson: &str) {
        self.text(format_args!("### {title}\n\n{lesson}"));
    }

    /// A paragraph.
    pub fn text(&mut self, text: impl Display) {
        println!("{text}\n");
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{text}\n");
    }

    /// A table. The first column is text, the others are numbers.
    pub fn table(&mut self, columns: &[&str], rows: &[Vec<String>]) {
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells: Vec<_> = cells.collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut table = line(&mut columns.iter().copied());
        let rule = columns.iter().enumerate();
        let rule = rule.map(|(place, _)| if place == 0 { "---" } else { "---:" });
        table += &line(&mut rule.collect::<Vec<_>>().into_iter());
        for row in rows {
            let missing = columns.len().saturating_sub(row.len());
            let cells = row.iter().map(String::as_str);
            table += &line(&mut cells.chain(std::iter::repeat_n("", missing)));
        }
        self.text(table.trim_end());
    }

    /// A table of calls made in turn. Each is compared with the floor, which is the first call, and with
    /// another call if a budget says so.
    pub fn ratios(&mut self, turns: &Turns, budgets: &[Budget]) {
        let Some(floor) = turns.names().next() else {
            return;
        };
        let mut rows = vec![vec![
            floor.to_owned(),
            micros(turns.percentile(floor, 50)),
            micros(turns.percentile(floor, 95)),
        ]];
        for call in turns.names().skip(1) {
            let of_call = |budget: &&Budget| budget.call == call;
            let bound = budgets.iter().filter(of_call).find(|b| b.over == floor);
            rows.push(self.ratio(turns, call, floor, bound.map(|b| b.bound)));
            for budget in budgets.iter().filter(of_call).filter(|b| b.over != floor) {
                rows.push(self.ratio(turns, call, &budget.over, Some(budget.bound)));
            }
        }
        let columns = [
            "",
            "median",
            "p95",
            "over",
            "ratio",
            "95% interval",
            "budget",
            "",
        ];
        self.table(&columns, &rows);
    }

    fn ratio(
        &mut self,
        turns: &Turns,
        call: &str,
        over: &str,
        bound: Option<Bound>,
    ) -> Vec<String> {
        let ratio = turns.ratio(call, over);
        let mut row = vec![
            call.to_owned(),
            micros(turns.percentile(call, 50)),
            micros(turns.percentile(call, 95)),
            over.to_owned(),
            format!("{:.2}", ratio.value),
            format!("{:.2} to {:.2}", ratio.low, ratio.high),
        ];
        if let Some(bound) = bound {
            row.extend(self.judge(&format!("{call}, over {over}"), ratio.value, bound));
        }
        row
    }

    /// Compares a number with its budget. Returns the budget and the verdict, for the cells of a row.
    pub fn judge(&mut self, what: &str, value: f64, bound: Bound) -> [String; 2] {
        let verdict = bound.verdict(value);
        let _ = writeln!(
            self.budgets,
            "| {what} | {value:.2} | {bound} | {verdict} |"
        );
        [bound.to_string(), verdict.to_owned()]
    }

    /// Writes the part and its budgets to the directory in `CONTEST_BENCH_RESULTS`, if it is set.
    fn save(&self) -> io::Result<()> {
        let Some(directory) = env::var_os(RESULTS) else {
            return Ok(());
        };
        let file = |extension| Path::new(&directory).join(format!("{}.{extension}", self.name));
        fs::write(file("md"), &self.text)?;
        fs::write(file("budgets"), &self.budgets)
    }

    fn exit_code(&self) -> ExitCode {
        let missed = self
            .budgets
            .lines()
            .filter(|row| row.contains("**missed**"));
        let missed: Vec<_> = missed.collect();
        if missed.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!("over budget:\n{}", missed.join("\n"));
        ExitCode::FAILURE
    }
}

/// A time in microseconds, with a decimal below 100.
fn micros(time: Duration) -> String {
    let time = time.as_secs_f64() * 1e6;
    format!("{time:.*} µs", usize::from(time < 100.0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bound, Budget, Report};
    use crate::Turns;

    #[test]
    fn budgets_are_judged() {
        let mut report = Report::new("example", "An example");
        let mut judge = |value, bound| report.judge("a call", value, bound)[1].clone();
        assert_eq!(judge(1.5, Bound::AtMost(1.5)), "pass");
        assert_eq!(judge(0.8, Bound::AtLeast(0.85)), "**missed**");
        assert_eq!(judge(f64::NAN, Bound::AtMost(2.0)), "**missed**");
        assert_eq!(judge(f64::NAN, Bound::AtLeast(2.0)), "**missed**");
        let first = "| a call | 1.50 | ≤ 1.5 | pass |\n";
        assert!(report.budgets.starts_with(first), "{}", report.budgets);
    }

    #[test]
    fn a_call_is_compared_with_the_floor_and_with_others() {
        let mut turns = Turns::after(0);
        for (call, micros) in [("floor", 10), ("small", 12), ("large", 15)] {
            turns.push(call, Duration::from_micros(micros));
        }
        let budgets = [
            Budget::at_most("small", "floor", 1.3),
            Budget::at_most("large", "small", 1.2),
        ];
        let mut report = Report::new("example", "An example");
        report.ratios(&turns, &budgets);
        let expected = [
            "| floor | 10.0 µs | 10.0 µs |  |  |  |  |  |",
            "| small | 12.0 µs | 12.0 µs | floor | 1.20 | 1.20 to 1.20 | ≤ 1.3 | pass |",
            "| large | 15.0 µs | 15.0 µs | floor | 1.50 | 1.50 to 1.50 |  |  |",
            "| large | 15.0 µs | 15.0 µs | small | 1.25 | 1.25 to 1.25 | ≤ 1.2 | **missed** |",
        ];
        assert!(
            report.text.contains(&expected.join("\n")),
            "{}",
            report.text
        );
    }
}
