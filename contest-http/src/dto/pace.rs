//! How fast a user solves.

use contest_core::progress::{Pace, SolveTimes};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// How long the user takes for a problem of each difficulty.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Pace))]
pub struct PaceView {
    easy: TimesView,
    medium: TimesView,
    hard: TimesView,
    /// How many contests were looked at.
    #[cfg_attr(feature = "openapi", schema(example = 12))]
    contests: u64,
}

/// The times of the problems of one difficulty.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SolveTimes))]
struct TimesView {
    /// How many there are. A median of few says little.
    #[cfg_attr(feature = "openapi", schema(example = 31))]
    solves: u64,
    /// Their median; null when there are none.
    #[cfg_attr(feature = "openapi", schema(example = 720))]
    median_seconds: Option<u64>,
}

impl From<&Pace> for PaceView {
    fn from(pace: &Pace) -> Self {
        let by = &pace.by_difficulty;
        Self {
            easy: by.easy.into(),
            medium: by.medium.into(),
            hard: by.hard.into(),
            contests: pace.contests,
        }
    }
}

impl From<SolveTimes> for TimesView {
    fn from(times: SolveTimes) -> Self {
        Self {
            solves: times.solves,
            median_seconds: times.median.map(|median| median.as_secs()),
        }
    }
}
