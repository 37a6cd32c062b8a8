//! Use case: what a user did day by day.

use crate::calendar::{Day, TimeZone, last_days};
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;

/// The last days up to today, in a time zone.
///
/// ```
/// use contest_core::calendar::TimeZone;
/// use contest_core::engine::ActivityWindow;
///
/// let window = ActivityWindow::last_days(30, TimeZone::named("Asia/Kolkata")?)?;
/// # let _ = window;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityWindow {
    days: u16,
    zone: TimeZone,
}

/// A number of days outside 1 to 366.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} is not a number of days: expected 1 to 366")]
#[non_exhaustive]
pub struct ActivityWindowError {
    /// What was given.
    pub given: u16,
}

impl ActivityWindow {
    /// The last `days` days, today included, as the clocks of `zone` show them.
    ///
    /// # Errors
    /// [`ActivityWindowError`] outside 1 to 366 days.
    pub fn last_days(days: u16, zone: TimeZone) -> Result<Self, ActivityWindowError> {
        if (1..=366).contains(&days) {
            Ok(Self { days, zone })
        } else {
            Err(ActivityWindowError { given: days })
        }
    }
}

/// What a user did day by day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Activity {
    /// Every day of the window, in order, today last.
    pub days: Vec<DailyActivity>,
    /// How many days in a row, up to today, something was solved. It survives until a whole day is
    /// missed: today without a solve does not end it yet. At most the window.
    pub current_streak: u16,
    /// The most days in a row, inside the window, on which something was solved.
    pub longest_streak: u16,
}

/// What a user did on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DailyActivity {
    /// The day.
    pub day: Day,
    /// How many problems, of those in use and solved now, were solved on it.
    pub solved: u64,
}

impl Engine {
    /// What the user solved day by day, with streaks.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn activity(&self, user: UserId, window: &ActivityWindow) -> Result<Activity, Error> {
        self.observe(operation_span!("contest.activity", user = user), async {
            let now = self.inner.clock.now();
            // Outside the calendar there are no days, and nothing was done on them.
            let (days, bounds) = last_days(&window.zone, now, window.days).unwrap_or_default();
            let counts = self.inner.store.count_solves_between(user, &bounds).await?;
            let daily = |(day, solved)| DailyActivity { day, solved };
            let days: Vec<_> = days.into_iter().zip(counts).map(daily).collect();
            let (current_streak, longest_streak) = streaks(&days);
            Ok(Activity {
                days,
                current_streak,
                longest_streak,
            })
        })
        .await
    }
}

/// The current streak and the longest one.
fn streaks(days: &[DailyActivity]) -> (u16, u16) {
    let (mut run, mut until_yesterday, mut longest) = (0, 0, 0);
    for day in days {
        until_yesterday = run;
        run = if day.solved > 0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    (run.max(if run == 0 { until_yesterday } else { 0 }), longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn streaks_of(solved: &[u64]) -> (u16, u16) {
        let count = u16::try_from(solved.len()).unwrap();
        let (days, _) = last_days(&TimeZone::UTC, Timestamp::from_micros(0), count).unwrap();
        let daily = |(day, &solved)| DailyActivity { day, solved };
        streaks(&days.into_iter().zip(solved).map(daily).collect::<Vec<_>>())
    }

    #[test]
    fn a_streak_survives_until_a_whole_day_is_missed() {
        assert_eq!(streaks_of(&[0, 1, 2, 1]), (3, 3));
        assert_eq!(streaks_of(&[0, 1, 2, 0]), (2, 2), "today is not over");
        assert_eq!(streaks_of(&[1, 2, 0, 0]), (0, 2), "yesterday was missed");
        assert_eq!(streaks_of(&[1, 1, 1, 0, 1]), (1, 3));
        assert_eq!(streaks_of(&[0]), (0, 0));
        assert_eq!(streaks_of(&[]), (0, 0));
    }
}
