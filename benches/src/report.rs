//! What a benchmark found: prose, tables, plots and verdicts on budgets.

use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use crate::{Plot, Ratio, Series, Table};

/// The directory that reports are saved in, if it is set.
const RESULTS: &str = "CONTEST_BENCH_RESULTS";

/// What is asked of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// It must not be greater.
    AtMost(f64),
    /// It must not be less.
    AtLeast(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        // What is not a number is neither, and does not pass.
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
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

/// A part of `RESULTS.md`. What is added is printed at once, for those who watch.
#[derive(Debug)]
pub struct Report {
    name: String,
    text: String,
    /// Rows of the table of all budgets.
    verdicts: Vec<String>,
    missed: Vec<String>,
    plots: Vec<(String, String)>,
}

impl Report {
    /// The report of the benchmark of this name, under a title.
    pub fn new(name: &str, title: &str) -> Self {
        let mut report = Self {
            name: name.to_owned(),
            text: String::new(),
            verdicts: Vec::new(),
            missed: Vec::new(),
            plots: Vec::new(),
        };
        report.add(format_args!("## {title}\n"));
        report
    }

    /// Begins a part.
    pub fn heading(&mut self, title: &str) {
        self.add(format_args!("### {title}\n"));
    }

    /// A paragraph.
    pub fn text(&mut self, text: impl Display) {
        self.add(format_args!("{text}\n"));
    }

    /// A table.
    pub fn table(&mut self, table: &Table) {
        self.add(table);
    }

    /// A table of ratios. Its budgets are judged.
    pub fn ratios(&mut self, ratios: Ratios) {
        self.add(&ratios.table);
        for (name, value, bound) in ratios.judged {
            self.judge(&name, value, bound);
        }
    }

    /// A plot, in a file beside the results.
    pub fn plot(&mut self, plot: &Plot) {
        let file = format!("{}-{}.svg", self.name, plot.name());
        self.add(format_args!("![{}](results/{file})\n", plot.title()));
        self.plots.push((file, plot.to_svg()));
    }

    /// Holds a number against its budget, and says whether it passes.
    pub fn judge(&mut self, what: &str, value: f64, bound: Bound) -> bool {
        let holds = bound.holds(value);
        let verdict = verdict(holds);
        let row = format!("| {what} | {value:.2} | {bound} | {verdict} |\n");
        if !holds {
            self.missed.push(format!("{what}: {value:.2}, not {bound}"));
        }
        self.verdicts.push(row);
        holds
    }

    /// Writes the part, its budgets and its plots to the directory that `CONTEST_BENCH_RESULTS`
    /// names; nothing if it is not set.
    pub(crate) fn save(&self) -> io::Result<()> {
        match env::var_os(RESULTS) {
            Some(directory) => self.save_in(&PathBuf::from(directory)),
            None => Ok(()),
        }
    }

    fn save_in(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let file = |extension| directory.join(format!("{}.{extension}", self.name));
        fs::write(file("md"), &self.text)?;
        fs::write(file("budgets"), self.verdicts.concat())?;
        for (file, svg) in &self.plots {
            fs::write(directory.join(file), svg)?;
        }
        Ok(())
    }

    /// Failure if a budget was missed, which is said as well.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.missed.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!("over budget: {}", self.missed.join("; "));
        ExitCode::FAILURE
    }

    fn add(&mut self, part: impl Display) {
        println!("{part}");
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{part}");
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "pass" } else { "**missed**" }
}

/// A table of calls, each with the ratio to a floor.
#[derive(Debug)]
pub struct Ratios {
    table: Table,
    judged: Vec<(String, f64, Bound)>,
}

impl Default for Ratios {
    fn default() -> Self {
        let columns = ["", "median", "p95", "ratio", "95% interval", "budget", ""];
        Self {
            table: Table::new(columns),
            judged: Vec::new(),
        }
    }
}

impl Ratios {
    /// What others are compared with.
    pub fn floor(&mut self, name: &str, floor: &Series) {
        self.table
            .row([name.to_owned(), micros(floor, 50), micros(floor, 95)]);
    }

    /// A call, without a budget.
    pub fn ratio(&mut self, name: &str, call: &Series, floor: &Series) {
        let ratio = Ratio::of(call, floor);
        self.table.row(cells(name, call, ratio));
    }

    /// A call that may take so many times as long as another one.
    pub fn judge(&mut self, name: &str, call: &Series, floor: &Series, bound: Bound) {
        let ratio = Ratio::of(call, floor);
        let mut row = cells(name, call, ratio);
        row.push(bound.to_string());
        row.push(verdict(bound.holds(ratio.value)).to_owned());
        self.table.row(row);
        self.judged.push((name.to_owned(), ratio.value, bound));
    }
}

fn cells(name: &str, call: &Series, ratio: Ratio) -> Vec<String> {
    let Ratio { value, low, high } = ratio;
    vec![
        name.to_owned(),
        micros(call, 50),
        micros(call, 95),
        format!("{value:.2}"),
        format!("{low:.2} to {high:.2}"),
    ]
}

fn micros(series: &Series, percent: usize) -> String {
    let time = series.percentile(percent).as_secs_f64() * 1e6;
    format!("{time:.*} µs", usize::from(time < 100.0))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Bound, Report};
    use crate::Plot;

    #[test]
    fn a_missed_budget_is_said_and_saved() {
        let mut report = Report::new("example", "An example");
        assert!(report.judge("a call", 1.5, Bound::AtMost(1.5)));
        assert!(!report.judge("another", 0.8, Bound::AtLeast(0.85)));
        assert!(!report.judge("nothing", f64::NAN, Bound::AtMost(2.0)));
        assert!(!report.judge("nothing", f64::NAN, Bound::AtLeast(2.0)));
        let mut plot = Plot::new("growth", "Growth", "users", "µs");
        plot.line("create", &[(10.0, 1.0), (1e6, 1.1)]);
        report.plot(&plot);

        let directory = std::env::temp_dir().join(format!("contest-{}", std::process::id()));
        report.save_in(&directory).unwrap();
        let read = |file| fs::read_to_string(directory.join(file)).unwrap();
        let budgets = read("example.budgets");
        assert!(budgets.starts_with(
            "| a call | 1.50 | ≤ 1.5 | pass |\n| another | 0.80 | ≥ 0.85 | **missed** |"
        ));
        assert!(read("example.md").contains("![Growth](results/example-growth.svg)"));
        assert!(read("example-growth.svg").contains("create"));
        fs::remove_dir_all(directory).unwrap();
    }
}
