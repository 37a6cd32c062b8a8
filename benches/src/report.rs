//! What is printed: a table of ratios, with budgets.

use crate::{Ratio, Series};

/// A table that is printed as it grows, and remembers whether every budget was kept.
#[derive(Debug, Default)]
pub struct Report {
    missed: Vec<String>,
}

impl Report {
    /// Begins a part of the table.
    pub fn section(&self, title: &str) {
        println!("\n{title}");
        println!(
            "{:<52}{:>10}{:>10}{:>8}{:>16}{:>8}",
            "", "median", "p95", "ratio", "95% interval", "budget"
        );
    }

    /// What others are compared with.
    pub fn floor(&self, name: &str, floor: &Series) {
        println!("{name:<52}{}", times(floor));
    }

    /// A call that may take so many times as long as another one, or any time.
    pub fn ratio(&mut self, name: &str, call: &Series, floor: &Series, budget: Option<f64>) {
        let Ratio { value, low, high } = Ratio::of(call, floor);
        let interval = format!("{low:.2} to {high:.2}");
        let line = format!("{name:<52}{}{value:>8.2}{interval:>16}", times(call));
        match budget {
            None => println!("{line}"),
            // Not `value > budget`: the ratio of nothing is no number, and no pass.
            Some(budget) if value <= budget => println!("{line}{budget:>8.2}  pass"),
            Some(budget) => {
                println!("{line}{budget:>8.2}  MISSED");
                self.missed.push(name.trim().to_owned());
            }
        }
    }

    /// The names of the calls that missed their budgets.
    pub fn missed(&self) -> &[String] {
        &self.missed
    }
}

fn times(series: &Series) -> String {
    let micros = |percent| format!("{} us", series.percentile(percent).as_micros());
    format!("{:>10}{:>10}", micros(50), micros(95))
}
