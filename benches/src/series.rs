//! The times of one call.

use std::time::{Duration, Instant};

/// How long the repetitions of one call took.
#[derive(Debug, Clone)]
pub struct Series {
    warm_up: usize,
    times: Vec<Duration>,
}

impl Series {
    /// An empty series that will not keep the first `warm_up` times: statements are being prepared
    /// and planned, and caches filled.
    pub fn after(warm_up: usize) -> Self {
        Self {
            warm_up,
            times: Vec::new(),
        }
    }

    /// Waits for a call and keeps how long it took.
    pub async fn time<T>(&mut self, call: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let answer = call.await;
        self.push(start.elapsed());
        answer
    }

    /// Keeps how long a call took that was timed elsewhere.
    pub fn push(&mut self, time: Duration) {
        if self.warm_up > 0 {
            self.warm_up -= 1;
        } else {
            self.times.push(time);
        }
    }

    /// The times, in the order of the rounds.
    pub fn times(&self) -> &[Duration] {
        &self.times
    }

    /// The time that half of the calls did not exceed.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The time that so many of a hundred calls did not exceed; zero for an empty series.
    pub fn percentile(&self, percent: usize) -> Duration {
        percentile(&mut self.times.clone(), percent)
    }
}

/// Reorders the times.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    if times.is_empty() {
        return Duration::ZERO;
    }
    let place = (times.len() * percent / 100).min(times.len() - 1);
    *times.select_nth_unstable(place).1
}
