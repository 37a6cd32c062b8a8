//! Days in a time zone, for counting what happened on which day.

use std::fmt;

use jiff::civil::Date;
use jiff::tz;

use crate::time::Timestamp;

/// A time zone of the IANA database, such as `Europe/Berlin`. The database ships with the crate:
/// the machine's own is not read.
///
/// ```
/// use contest_core::calendar::TimeZone;
///
/// assert_eq!(TimeZone::named("Europe/Berlin")?.name(), "Europe/Berlin");
/// assert!(TimeZone::named("Europe/Atlantis").is_err());
/// # Ok::<(), contest_core::calendar::UnknownTimeZone>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(tz::TimeZone);

/// A name that is in no time zone database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an IANA time zone: expected a name such as Europe/Berlin or UTC")]
#[non_exhaustive]
pub struct UnknownTimeZone {
    /// What was given.
    pub name: String,
}

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(tz::TimeZone::UTC);

    /// The time zone with this IANA name, in any letter case.
    ///
    /// # Errors
    /// [`UnknownTimeZone`].
    pub fn named(name: &str) -> Result<Self, UnknownTimeZone> {
        let unknown = |_| UnknownTimeZone {
            name: name.chars().take(64).collect(),
        };
        tz::TimeZone::get(name).map(Self).map_err(unknown)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

/// A day of the calendar, without a time zone. Written as `2026-11-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Day {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self {
            year: date.year(),
            month: date.month(),
            day: date.day(),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The last `count` days up to and including the one of `now`, and the `count + 1` instants at which
/// they begin and end. `None` where the calendar ends (about the years ±9999).
///
/// A day begins at its first instant, which is not midnight where a clock change skips midnight, and
/// lasts 23 or 25 hours where the clocks change.
pub(crate) fn last_days(
    zone: &TimeZone,
    now: Timestamp,
    count: u16,
) -> Option<(Vec<Day>, Vec<Timestamp>)> {
    let now = jiff::Timestamp::from_microsecond(now.as_micros()).ok()?;
    let mut date = now
        .to_zoned_datetime(zone.0.clone())
        .date()
        .tomorrow()
        .ok()?;
    let begin = |date: Date| {
        let begin = date.to_zoned_datetime(zone.0.clone()).ok()?;
        Some(Timestamp::from_micros(begin.timestamp().as_microsecond()))
    };
    let (mut days, mut bounds) = (Vec::new(), vec![begin(date)?]);
    for _ in 0..count {
        date = date.yesterday().ok()?;
        days.push(date.into());
        bounds.push(begin(date)?);
    }
    days.reverse();
    bounds.reverse();
    Some((days, bounds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    fn hours(zone: &str, now: &str, count: u16) -> Vec<u64> {
        let (_, bounds) = last_days(&TimeZone::named(zone).unwrap(), instant(now), count).unwrap();
        let length = |pair: &[Timestamp]| pair[1].saturating_since(pair[0]);
        bounds
            .windows(2)
            .map(|pair| length(pair).as_secs() / 3_600)
            .collect()
    }

    #[test]
    fn days_are_shorter_and_longer_when_the_clocks_change() {
        assert_eq!(
            hours("Europe/Berlin", "2026-03-30T12:00:00Z", 3),
            [24, 23, 24]
        );
        assert_eq!(
            hours("Europe/Berlin", "2026-10-26T12:00:00Z", 3),
            [24, 25, 24]
        );
        // Clocks went from 00:00 to 01:00: the day has no midnight.
        assert_eq!(
            hours("America/Sao_Paulo", "2018-11-05T12:00:00Z", 3),
            [24, 23, 24]
        );
    }

    #[test]
    fn the_zone_decides_which_day_it_is() {
        let today = |zone: &str, now| {
            let zone = TimeZone::named(zone).unwrap();
            last_days(&zone, instant(now), 1).unwrap().0[0].to_string()
        };
        assert_eq!(today("Asia/Tokyo", "2026-11-24T16:00:00Z"), "2026-11-25");
        assert_eq!(today("UTC", "2026-11-24T16:00:00Z"), "2026-11-24");
        assert_eq!(
            today("America/New_York", "2026-11-24T03:00:00Z"),
            "2026-11-23"
        );
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        let end = Timestamp::from_micros(i64::MAX);
        assert!(last_days(&TimeZone::UTC, end, 1).is_none());
        assert!(last_days(&TimeZone::UTC, end + Duration::MAX, 1).is_none());
    }
}
