//! The ratio of two medians, and how sure it is.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

use crate::Series;
use crate::series::percentile;

/// How often the rounds are drawn anew.
const RESAMPLES: usize = 500;
const SEED: u64 = 7;

/// How many times longer one call takes than another, by their medians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Of all rounds.
    pub value: f64,
    /// The lower end of the 95% interval.
    pub low: f64,
    /// The upper end of the 95% interval.
    pub high: f64,
}

impl Ratio {
    /// Compares two series of the same rounds.
    ///
    /// The interval is that of a bootstrap: as many rounds are drawn with replacement, hundreds of
    /// times, each round with both of its times. The draw is seeded; the same times give the same
    /// interval. It covers the noise of this run, not what differs from run to run.
    pub fn of(call: &Series, floor: &Series) -> Self {
        let rounds: Vec<_> = call.times().iter().zip(floor.times()).collect();
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let (mut calls, mut floors) = (Vec::new(), Vec::new());
        let mut ratios: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                calls.clear();
                floors.clear();
                for _ in 0..rounds.len() {
                    let drawn = random.random_range(0..rounds.len());
                    if let Some((call, floor)) = rounds.get(drawn) {
                        calls.push(**call);
                        floors.push(**floor);
                    }
                }
                divide(percentile(&mut calls, 50), percentile(&mut floors, 50))
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        let at = |place| ratios.get(place).copied().unwrap_or(f64::NAN);
        Self {
            value: divide(call.median(), floor.median()),
            low: at(RESAMPLES / 40),
            high: at(RESAMPLES - RESAMPLES / 40 - 1),
        }
    }
}

fn divide(call: Duration, floor: Duration) -> f64 {
    call.as_secs_f64() / floor.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::time::Duration;

    use super::{Ratio, divide};
    use crate::Series;

    #[test]
    fn times_of_nothing_are_no_ratio() {
        let empty = Series::after(0);
        assert!(Ratio::of(&empty, &empty).value.is_nan());
        assert!((divide(Duration::from_micros(3), Duration::from_micros(2)) - 1.5).abs() < 1e-9);
    }

    #[tokio::test]
    async fn a_series_is_once_as_long_as_itself() {
        let mut series = Series::after(2);
        for _ in 0..22 {
            series.time(ready(())).await;
        }
        assert_eq!(series.times().len(), 20);
        let ratio = Ratio::of(&series, &series);
        assert_eq!((ratio.low, ratio.value, ratio.high), (1.0, 1.0, 1.0));
    }
}
