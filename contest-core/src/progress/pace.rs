//! A user's pace.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::PerDifficulty;
use crate::time::Timestamp;
use crate::user::ContestRecord;

/// How long a user takes to solve a problem of each difficulty, in the contests considered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Pace {
    /// The times by the difficulty each problem had when its contest was created.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub by_difficulty: PerDifficulty<SolveTimes>,
    /// The number of contests considered.
    pub contests: u64,
    /// The instant of this view.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

/// A summary of solve times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SolveTimes {
    /// The number of times, which shows how reliable the median is.
    pub solves: u64,
    /// The median; of an even number of times the lower of the two middle ones, so it is a measured
    /// time, in whole microseconds. `None` without times.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "median_seconds", with = "crate::encoding::optional_seconds")
    )]
    pub median: Option<Duration>,
}

impl SolveTimes {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        let middle = times.len().saturating_sub(1) / 2;
        Self {
            solves: times.len() as u64,
            median: (!times.is_empty()).then(|| *times.select_nth_unstable(middle).1),
        }
    }
}

/// How long a user takes to solve a problem of each difficulty, by these contests: the median times
/// since the previous mark, or since the start. A problem counts for its difficulty when the contest
/// was created.
pub fn pace(contests: &[ContestRecord], now: Timestamp) -> Pace {
    let mut times = PerDifficulty::<Vec<_>>::default();
    for contest in contests {
        let assigned = contest.problems.iter();
        let difficulties: HashMap<_, _> = assigned.map(|of| (of.problem, of.difficulty)).collect();
        for timing in contest.timings() {
            if let Some(difficulty) = difficulties.get(&timing.problem) {
                times[*difficulty].push(timing.spent);
            }
        }
    }
    Pace {
        by_difficulty: times.map(SolveTimes::of),
        contests: contests.len() as u64,
        as_of: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_the_lower_of_two() {
        let median = |seconds: &[u64]| {
            let times = seconds.iter().copied().map(Duration::from_secs);
            let times = SolveTimes::of(times.collect());
            assert_eq!(times.solves, seconds.len() as u64);
            times.median.map(|median| median.as_secs())
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 3]), Some(3));
        assert_eq!(median(&[9, 3, 5]), Some(5));
        assert_eq!(median(&[4, 9, 3, 5]), Some(4));
        assert_eq!(median(&[2, 2, 900, 1, 2]), Some(2));
    }
}
