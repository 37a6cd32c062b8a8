//! Calls made in turn, and the ratio of two medians.

use std::time::{Duration, Instant};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

/// The number of bootstrap samples.
const RESAMPLES: usize = 500;
const SEED: u64 = 7;

/// The times of calls that were made in turn, round after round.
#[derive(Debug, Clone)]
pub struct Turns {
    warm_up: usize,
    calls: Vec<(String, Vec<Duration>)>,
}

impl Turns {
    /// Starts without times. The first `warm_up` times of each call do not count: they include preparing
    /// statements and filling caches.
    pub const fn after(warm_up: usize) -> Self {
        Self {
            warm_up,
            calls: Vec::new(),
        }
    }

    /// Waits for a call and records its time.
    pub async fn time<T>(&mut self, call: &str, answer: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let answer = answer.await;
        self.push(call, start.elapsed());
        answer
    }

    /// Records a time that was measured elsewhere.
    pub fn push(&mut self, call: &str, time: Duration) {
        match self.calls.iter_mut().find(|(name, _)| name == call) {
            Some((_, times)) => times.push(time),
            None => self.calls.push((call.to_owned(), vec![time])),
        }
    }

    /// The calls, in the order of their first times.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.calls.iter().map(|(name, _)| &**name)
    }

    /// The times that count, in the order of the rounds.
    fn times(&self, call: &str) -> &[Duration] {
        let found = self.calls.iter().find(|(name, _)| name == call);
        let times = found.and_then(|(_, times)| times.get(self.warm_up..));
        times.unwrap_or_default()
    }

    /// The time that this percentage of the calls did not exceed; zero without calls.
    pub fn percentile(&self, call: &str, percent: usize) -> Duration {
        percentile(&mut self.times(call).to_vec(), percent)
    }

    /// The ratio of one call's median to another's.
    pub fn ratio(&self, call: &str, over: &str) -> Ratio {
        Ratio::of(self.times(call), self.times(over))
    }
}

/// The ratio of the medians of two calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The ratio over all rounds.
    pub value: f64,
    /// The lower end of the 95% interval.
    pub low: f64,
    /// The upper end of the 95% interval.
    pub high: f64,
}

impl Ratio {
    /// Compares times of the same rounds.
    ///
    /// The interval is a bootstrap interval: hundreds of samples draw the same number of rounds with
    /// replacement, each round with both of its times. The draw is seeded: equal times give equal intervals.
    /// The interval covers the noise of this run, not the differences between runs.
    fn of(calls: &[Duration], floors: &[Duration]) -> Self {
        let rounds: Vec<_> = calls.iter().zip(floors).collect();
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut draw = || {
            let places = 0..rounds.len();
            let drawn = places.filter_map(|_| rounds.get(random.random_range(0..rounds.len())));
            divide(drawn.map(|(call, floor)| (**call, **floor)))
        };
        let mut ratios: Vec<f64> = (0..RESAMPLES).map(|_| draw()).collect();
        ratios.sort_by(f64::total_cmp);
        let at = |place| ratios.get(place).copied().unwrap_or(f64::NAN);
        Self {
            value: divide(rounds.iter().map(|(call, floor)| (**call, **floor))),
            low: at(RESAMPLES / 40),
            high: at(RESAMPLES - RESAMPLES / 40 - 1),
        }
    }
}

/// The ratio of the medians.
fn divide(rounds: impl Iterator<Item = (Duration, Duration)>) -> f64 {
    let (mut calls, mut floors): (Vec<_>, Vec<_>) = rounds.unzip();
    let [call, floor] = [&mut calls, &mut floors].map(|times| percentile(times, 50));
    call.as_secs_f64() / floor.as_secs_f64()
}

/// Reorders the times.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    if times.is_empty() {
        return Duration::ZERO;
    }
    let place = (times.len() * percent / 100).min(times.len() - 1);
    *times.select_nth_unstable(place).1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Turns;

    #[test]
    fn a_ratio_without_times_is_nan() {
        let mut turns = Turns::after(1);
        turns.push("warm", Duration::from_micros(1));
        assert!(turns.ratio("warm", "unknown").value.is_nan());
        assert_eq!(turns.percentile("warm", 50), Duration::ZERO);
    }

    #[test]
    fn ratios_are_of_medians_after_the_warm_up() {
        let mut turns = Turns::after(2);
        for round in 0..22 {
            let slow = if round < 2 { 1_000 } else { 3 };
            turns.push("call", Duration::from_micros(slow));
            turns.push("floor", Duration::from_micros(2));
        }
        let ratio = turns.ratio("call", "floor");
        let exactly = |value: f64| (value - 1.5).abs() < 1e-9;
        assert!(
            [ratio.low, ratio.value, ratio.high]
                .into_iter()
                .all(exactly)
        );
        assert_eq!(turns.names().collect::<Vec<_>>(), ["call", "floor"]);
    }
}
