//! What a user solved, day by day.

use contest_core::engine::Activity;
use serde::Serialize;
use utoipa::ToSchema;

/// What the user solved, day by day, as the clocks of one time zone show them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activity)]
pub(crate) struct ActivityView {
    /// Every day that was asked for, in order.
    days: Vec<DayView>,
    /// How many days in a row something was solved, up to today or the last day that was
    /// asked for; a day is missed once it is over.
    #[schema(example = 3)]
    current_streak: u16,
    /// The most days in a row.
    #[schema(example = 8)]
    longest_streak: u16,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Day)]
struct DayView {
    #[schema(format = Date, example = "2026-03-29")]
    date: String,
    solved: u64,
}

impl From<&Activity> for ActivityView {
    fn from(activity: &Activity) -> Self {
        let day = |daily: &contest_core::engine::DailyActivity| DayView {
            date: daily.day.to_string(),
            solved: daily.solved,
        };
        Self {
            days: activity.days.iter().map(day).collect(),
            current_streak: activity.current_streak,
            longest_streak: activity.longest_streak,
        }
    }
}
