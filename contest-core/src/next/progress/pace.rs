//! How fast a user solves.

use std::collections::HashMap;

use crate::model::{Pace, PerDifficulty, SolveTimes};
use crate::next::user::ContestRecord;
use crate::time::Timestamp;

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
