//! A user's daily activity.

use crate::calendar::{Day, Days, TimeZone, days_between, days_until, today};
use crate::model::{BackwardsError, RangeError};
use crate::time::Timestamp;

/// A range of days in a time zone.
///
/// ```
/// use contest_core::calendar::TimeZone;
/// use contest_core::progress::ActivityWindow;
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

/// Why days do not form a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityWindowError {
    /// The number of days is outside 1 to 36,600.
    #[error(transparent)]
    Days(#[from] RangeError),
    /// The last day comes before the first.
    #[error(transparent)]
    Backwards(#[from] BackwardsError<Day>),
}

impl ActivityWindow {
    /// The largest number of days in a window: a hundred years.
    pub const MAX_DAYS: u16 = 36_600;

    /// The last `days` days up to today, as the clocks of `zone` show them.
    ///
    /// # Errors
    /// [`ActivityWindowError::Days`] outside 1 to 36,600 days.
    pub fn last_days(days: u16, zone: TimeZone) -> Result<Self, ActivityWindowError> {
        check_days(days.into())?;
        let span = Span::Last(days);
        Ok(Self { span, zone })
    }

    /// The days from `first` to `last`, both included, as the clocks of `zone` show them.
    ///
    /// # Errors
    /// [`ActivityWindowError::Backwards`] if `last` comes before `first`, or
    /// [`ActivityWindowError::Days`] for more than 36,600 days.
    pub fn between(first: Day, last: Day, zone: TimeZone) -> Result<Self, ActivityWindowError> {
        BackwardsError::check(first, last)?;
        check_days(first.through(last).unwrap_or_default())?;
        let span = Span::Between(first, last);
        Ok(Self { span, zone })
    }

    /// The time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The days at `now`; empty outside the calendar (about the years ±9999).
    pub(crate) fn days(&self, now: Timestamp) -> Days {
        let days = match self.span {
            Span::Last(count) => {
                today(&self.zone, now).and_then(|today| days_until(&self.zone, today, count))
            }
            Span::Between(first, last) => days_between(&self.zone, first, last),
        };
        days.unwrap_or_default()
    }
}

fn check_days(days: u32) -> Result<(), RangeError> {
    let most = ActivityWindow::MAX_DAYS.into();
    RangeError::check("days", "number of days", days.into(), 1..=most)
}

/// A user's daily activity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Activity {
    /// Every day of the window, in order. A day that the time zone skipped, by moving across the date
    /// line, is absent.
    pub days: Vec<DailyActivity>,
    /// The streaks up to today, regardless of the window.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub streaks: Streaks,
}

/// A user's activity on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DailyActivity {
    /// The day.
    #[cfg_attr(feature = "serde", serde(rename = "date"))]
    pub day: Day,
    /// How many different problems were solved that day, for the first time or again.
    pub solved: u64,
}

/// Streaks: consecutive days with a solve, over all solves of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Streaks {
    /// The streak up to today. A day without a solve ends it only once that day is over.
    #[cfg_attr(feature = "serde", serde(rename = "current_streak"))]
    pub current: u32,
    /// The longest streak.
    #[cfg_attr(feature = "serde", serde(rename = "longest_streak"))]
    pub longest: u32,
}

/// Computes streaks from days in ascending order.
#[derive(Debug)]
pub struct StreakCounter {
    today: Day,
    run: u32,
    last: Option<Day>,
    streaks: Streaks,
}

impl StreakCounter {
    /// No days yet. Days after `today` end no streak.
    pub fn new(today: Day) -> Self {
        Self {
            today,
            run: 0,
            last: None,
            streaks: Streaks::default(),
        }
    }

    /// Adds the next day.
    pub fn note(&mut self, daily: DailyActivity) {
        self.last = Some(daily.day);
        self.run = if daily.solved > 0 { self.run + 1 } else { 0 };
        self.streaks.longest = self.streaks.longest.max(self.run);
        // Today is not over: without a solve today, the streak up to yesterday stands.
        if daily.day < self.today || daily.day == self.today && self.run > 0 {
            self.streaks.current = self.run;
        }
    }

    /// Adds days without a solve up to `next`.
    pub fn skip_to(&mut self, next: Day) {
        let missed = self.last.is_some_and(|last| last.plus(1) < next);
        if missed {
            self.run = 0;
        }
        if missed && next <= self.today {
            self.streaks.current = 0;
        }
    }

    /// The streaks.
    pub fn finish(mut self) -> Streaks {
        self.skip_to(self.today);
        self.streaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// The streaks of consecutive days from the first of November on.
    fn streaks_of(solved: &[u64], today: &str) -> (u32, u32) {
        let mut counter = StreakCounter::new(day(today));
        for (solved, date) in solved.iter().zip(1..) {
            let day = Day::new(2026, 11, date).unwrap();
            counter.note(DailyActivity {
                day,
                solved: *solved,
            });
        }
        let streaks = counter.finish();
        (streaks.current, streaks.longest)
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
    fn days_that_are_not_noted_were_missed() {
        let streaks = |noted: &[&str], today| {
            let mut counter = StreakCounter::new(day(today));
            for noted in noted {
                counter.skip_to(day(noted));
                counter.note(DailyActivity {
                    day: day(noted),
                    solved: 1,
                });
            }
            let streaks = counter.finish();
            (streaks.current, streaks.longest)
        };
        let three = ["2026-11-01", "2026-11-02", "2026-11-04"];
        assert_eq!(streaks(&three, "2026-11-04"), (1, 2));
        assert_eq!(streaks(&three, "2026-11-05"), (1, 2), "today is not over");
        assert_eq!(streaks(&three, "2026-11-06"), (0, 2));
        assert_eq!(
            streaks(&three, "2026-11-03"),
            (2, 2),
            "the fourth is to come"
        );
    }

    #[test]
    fn days_to_come_end_no_streak() {
        let days = [0, 1, 1, 0];
        assert_eq!(
            streaks_of(&days, "2026-11-03"),
            (2, 2),
            "tomorrow is to come"
        );
        assert_eq!(streaks_of(&days, "2026-10-01"), (0, 2), "nothing has come");
    }

    #[test]
    fn windows_are_of_1_to_36600_days_and_run_forwards() {
        let between =
            |first, last| ActivityWindow::between(day(first), day(last), TimeZone::UTC).map(drop);
        assert_eq!(between("2026-11-24", "2026-11-24"), Ok(()));
        let too_long = between("1900-01-01", "2026-01-02").unwrap_err();
        assert_eq!(
            too_long.to_string(),
            "the number of days is 46023: expected 1 to 36600"
        );
        let backwards = between("2026-11-24", "2026-11-23");
        assert!(matches!(backwards, Err(ActivityWindowError::Backwards(_))));
        for days in [0, 36_601] {
            let outside = ActivityWindow::last_days(days, TimeZone::UTC).unwrap_err();
            assert!(
                matches!(outside, ActivityWindowError::Days(error) if error.given == i64::from(days))
            );
        }
    }
}
