//! Use case: what a user did day by day.

use crate::calendar::{Day, Days, TimeZone, days_between, days_until, today};
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::time::Timestamp;

/// Days in a row, in a time zone.
///
/// ```
/// use contest_core::calendar::TimeZone;
/// use contest_core::engine::ActivityWindow;
///
/// let zone = TimeZone::named("Asia/Kolkata")?;
/// let window = ActivityWindow::last_days(30, zone.clone())?;
/// let november = ActivityWindow::between("2026-11-01".parse()?, "2026-11-30".parse()?, zone)?;
/// # let _ = (window, november);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityWindow {
    span: Span,
    zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    Last(u16),
    Between(Day, Day),
}

/// Why something is not a window of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityWindowError {
    /// A number of days outside 1 to 366.
    #[error("{given} is not a number of days: expected 1 to 366")]
    Days {
        /// What was given.
        given: u16,
    },
    /// The last day comes before the first.
    #[error("the last day, {last}, comes before the first, {first}")]
    Backwards {
        /// The first day that was given.
        first: Day,
        /// The last day that was given.
        last: Day,
    },
    /// More than 366 days.
    #[error("from {first} to {last} it is {days} days: expected at most 366")]
    TooLong {
        /// The first day that was given.
        first: Day,
        /// The last day that was given.
        last: Day,
        /// How many days that is.
        days: u32,
    },
}

impl ActivityWindow {
    /// The most days of a window.
    pub const MAX_DAYS: u16 = 366;

    /// The last `days` days, today included, as the clocks of `zone` show them.
    ///
    /// # Errors
    /// [`ActivityWindowError::Days`] outside 1 to 366 days.
    pub fn last_days(days: u16, zone: TimeZone) -> Result<Self, ActivityWindowError> {
        if (1..=Self::MAX_DAYS).contains(&days) {
            let span = Span::Last(days);
            Ok(Self { span, zone })
        } else {
            Err(ActivityWindowError::Days { given: days })
        }
    }

    /// The days from `first` to `last`, both included, as the clocks of `zone` show them.
    ///
    /// # Errors
    /// [`ActivityWindowError::Backwards`] when `last` comes before `first`, or
    /// [`ActivityWindowError::TooLong`] when it is more than 366 days.
    pub fn between(first: Day, last: Day, zone: TimeZone) -> Result<Self, ActivityWindowError> {
        match first.through(last) {
            None => Err(ActivityWindowError::Backwards { first, last }),
            Some(days) if days > u32::from(Self::MAX_DAYS) => {
                Err(ActivityWindowError::TooLong { first, last, days })
            }
            Some(_) => {
                let span = Span::Between(first, last);
                Ok(Self { span, zone })
            }
        }
    }

    /// The days, with what day it is at `now`. Outside the calendar (about the years ±9999) there are
    /// no days.
    fn days(&self, now: Timestamp) -> Option<(Days, Day)> {
        let today = today(&self.zone, now)?;
        let days = match self.span {
            Span::Last(count) => days_until(&self.zone, today, count)?,
            Span::Between(first, last) => days_between(&self.zone, first, last)?,
        };
        Some((days, today))
    }
}

/// What a user did day by day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Activity {
    /// Every day of the window, in order. A day that the time zone left out, as one that crossed the
    /// date line did, is not among them.
    pub days: Vec<DailyActivity>,
    /// How many days in a row, up to today or the last day of a window that ended before, something
    /// was solved. It survives until a whole day is missed: today without a solve does not end it yet.
    /// At most the window.
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
            let Some((Days { days, bounds }, today)) = window.days(now) else {
                return Ok(Activity::default());
            };
            let counts = self.inner.store.count_solves_between(user, &bounds).await?;
            let daily = |(day, solved)| DailyActivity { day, solved };
            let days: Vec<_> = days.into_iter().zip(counts).map(daily).collect();
            let (current_streak, longest_streak) = streaks(&days, today);
            Ok(Activity {
                days,
                current_streak,
                longest_streak,
            })
        })
        .await
    }
}

/// The current streak and the longest one. Days after today end no streak.
fn streaks(days: &[DailyActivity], today: Day) -> (u16, u16) {
    let (mut current, mut longest) = (0, 0);
    let mut run = 0;
    for daily in days {
        run = if daily.solved > 0 { run + 1 } else { 0 };
        longest = longest.max(run);
        // Today goes on: as long as nothing is solved, what was reached until yesterday stands.
        if daily.day < today || daily.day == today && run > 0 {
            current = run;
        }
    }
    (current, longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// The streaks of days from the first of November on, seen from `today`.
    fn streaks_of(solved: &[u64], today: &str) -> (u16, u16) {
        let daily = |(day, &solved): (i8, &u64)| DailyActivity {
            day: Day::new(2026, 11, day).unwrap(),
            solved,
        };
        let days: Vec<_> = (1..).zip(solved).map(daily).collect();
        streaks(&days, day(today))
    }

    #[test]
    fn a_streak_survives_until_a_whole_day_is_missed() {
        let fourth = |solved: [u64; 4]| streaks_of(&solved, "2026-11-04");
        assert_eq!(fourth([0, 1, 2, 1]), (3, 3));
        assert_eq!(fourth([0, 1, 2, 0]), (2, 2), "today is not over");
        assert_eq!(fourth([1, 2, 0, 0]), (0, 2), "yesterday was missed");
        assert_eq!(streaks_of(&[1, 1, 1, 0, 1], "2026-11-05"), (1, 3));
        assert_eq!(streaks_of(&[0], "2026-11-01"), (0, 0));
        assert_eq!(streaks_of(&[], "2026-11-01"), (0, 0));
    }

    #[test]
    fn a_streak_of_the_past_ends_with_the_window_and_the_future_ends_none() {
        let days = [0, 1, 1, 0];
        assert_eq!(
            streaks_of(&days, "2026-11-30"),
            (0, 2),
            "the last day is over"
        );
        assert_eq!(
            streaks_of(&days, "2026-11-03"),
            (2, 2),
            "tomorrow is to come"
        );
        assert_eq!(streaks_of(&days, "2026-10-01"), (0, 2), "nothing has come");
        assert_eq!(streaks_of(&[0, 1, 1], "2026-11-30"), (2, 2));
    }

    #[test]
    fn windows_are_of_1_to_366_days_and_run_forwards() {
        let between = |first, last| {
            let window = ActivityWindow::between(day(first), day(last), TimeZone::UTC);
            window.map(drop)
        };
        assert_eq!(between("2026-11-24", "2026-11-24"), Ok(()));
        assert_eq!(between("2024-01-01", "2024-12-31"), Ok(()));
        let [first, last] = ["2025-01-01", "2026-01-02"].map(day);
        assert_eq!(
            between("2025-01-01", "2026-01-02"),
            Err(ActivityWindowError::TooLong {
                first,
                last,
                days: 367
            })
        );
        assert!(matches!(
            between("2026-11-24", "2026-11-23"),
            Err(ActivityWindowError::Backwards { .. })
        ));
        for days in [0, 367] {
            let window = ActivityWindow::last_days(days, TimeZone::UTC);
            assert_eq!(window, Err(ActivityWindowError::Days { given: days }));
        }
    }
}
