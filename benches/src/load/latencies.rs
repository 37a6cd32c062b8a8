//! How long answers took.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::Outcome;

/// The longest time that is told apart from longer ones.
const LONGEST: Duration = Duration::from_mins(1);
/// Times are kept to three figures.
const FIGURES: u8 = 3;

/// How long answers took, as a histogram.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    ///
    /// # Errors
    /// None; the type says what the constructor says.
    pub fn new() -> Outcome<Self> {
        let longest = u64::try_from(LONGEST.as_nanos())?;
        Ok(Self(Histogram::new_with_bounds(1, longest, FIGURES)?))
    }

    /// Adds one. A minute stands for all that is longer.
    pub fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanos);
    }

    /// Adds those of others.
    ///
    /// # Errors
    /// None; all are of the same bounds.
    pub fn add(&mut self, others: &Self) -> Outcome<()> {
        Ok(self.0.add(&others.0)?)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that so many of a hundred did not exceed.
    pub fn percentile(&self, percent: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_percentile(percent))
    }
}
