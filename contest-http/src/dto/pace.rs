//! How long a user takes to solve problems.

use contest_core::progress::{Pace, SolveTimes};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// How long the user takes to solve problems of each difficulty.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Pace))]
pub struct PaceView {
    easy: TimesView,
    medium: TimesView,
    hard: TimesView,
    /// Number of contests considered.
    #[cfg_attr(feature = "openapi", schema(example = 12))]
    contests: u64,
}

/// The times to solve problems of one difficulty.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SolveTimes))]
struct TimesView {
    /// Number of times. A median of few times says little.
    #[cfg_attr(feature = "openapi", schema(example = 31))]
    solves: u64,
    /// The median; null if there are no times.
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
