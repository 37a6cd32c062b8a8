//! How fast a user solves.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::PerDifficulty;
use crate::time::Timestamp;
use crate::user::ContestRecord;

/// How long a user takes for a problem of each difficulty, by the contests looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Pace {
    /// The times of each difficulty, by what the problems are now.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub by_difficulty: PerDifficulty<SolveTimes>,
    /// How many contests were looked at.
    pub contests: u64,
    /// The instant it was asked for.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

/// What many solve times have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SolveTimes {
    /// How many there are: how much to make of the median.
    pub solves: u64,
    /// The one in the middle, of an even number the lower of the two in the middle: a time that was
    /// measured, in whole microseconds. None when there is none.
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

/// How long a user takes for a problem of each difficulty, by these contests: the medians of the times
/// since the mark before, or since the start. A problem counts for the difficulty it had then.
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
