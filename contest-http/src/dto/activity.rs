//! What a user solved, day by day.

use contest_core::progress::{Activity, DailyActivity};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// What the user solved, day by day, as the clocks of one time zone show them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Activity))]
pub struct ActivityView {
    /// Every day that was asked for, in order.
    days: Vec<DayView>,
    /// How many days in a row something was solved, up to today, whatever days were asked for.
    /// Today does not break it before it is over.
    #[cfg_attr(feature = "openapi", schema(example = 3))]
    current_streak: u32,
    /// The most days in a row, over everything the user ever solved.
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
    /// How many different problems were solved, for the first time or again.
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
