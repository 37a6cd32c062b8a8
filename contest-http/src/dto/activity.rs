//! A user's solves by day.

use contest_core::progress::{Activity, DailyActivity};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The user's solves by day in one time zone, and streaks.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Activity))]
pub struct ActivityView {
    /// All requested days, in order.
    days: Vec<DayView>,
    /// Consecutive days with a solve, up to today; independent of the requested days. Today without a
    /// solve does not end the streak before the day is over.
    #[cfg_attr(feature = "openapi", schema(example = 3))]
    current_streak: u32,
    /// The most consecutive days with a solve, over all of the user's solves.
    #[cfg_attr(feature = "openapi", schema(example = 8))]
    longest_streak: u32,
}

/// A day.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Day))]
struct DayView {
    #[cfg_attr(feature = "openapi", schema(format = Date, example = "2026-03-29"))]
    date: String,
    /// Number of distinct problems solved, for the first time or again.
    solved: u64,
}

impl From<&Activity> for ActivityView {
    fn from(activity: &Activity) -> Self {
        let day = |daily: &DailyActivity| DayView {
            date: daily.day.to_string(),
            solved: daily.solved,
        };
        Self {
            days: activity.days.iter().map(day).collect(),
            current_streak: activity.streaks.current,
            longest_streak: activity.streaks.longest,
        }
    }
}
