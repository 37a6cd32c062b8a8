//! A day of the calendar.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;

/// A day of the calendar, without a time zone. Written as `2026-11-24` (ISO 8601).
///
/// ```
/// use contest_core::calendar::Day;
///
/// let day = Day::new(2026, 11, 24)?;
/// assert_eq!("2026-11-24".parse(), Ok(day));
/// assert!("2026-02-29".parse::<Day>().is_err());
/// # Ok::<(), contest_core::calendar::NoSuchDay>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
#[non_exhaustive]
pub struct Day {
    /// Year, 1 to 9999.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
}

/// The calendar has no such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no day {year:04}-{month:02}-{day:02} in the calendar")]
#[non_exhaustive]
pub struct NoSuchDay {
    /// The year given.
    pub year: i16,
    /// The month given.
    pub month: i8,
    /// The day of the month given.
    pub day: i8,
}

/// A text is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a day: expected one of the calendar, such as 2026-11-24")]
#[non_exhaustive]
pub struct ParseDayError {
    /// The text given, cut to its first 64 characters.
    pub text: String,
}

impl Day {
    /// Checks a day.
    ///
    /// # Errors
    /// [`NoSuchDay`] if the calendar has no such day in the years 1 to 9999.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, NoSuchDay> {
        match (Self { year, month, day }.date()) {
            Ok(date) if year >= 1 => Ok(date.into()),
            _ => Err(NoSuchDay { year, month, day }),
        }
    }

    pub(super) fn date(self) -> Result<Date, NoSuchDay> {
        let Self { year, month, day } = self;
        Date::new(year, month, day).map_err(|_| NoSuchDay { year, month, day })
    }

    /// The day this many days later, or the last day of the calendar.
    pub(crate) fn plus(self, days: u16) -> Self {
        let later = self
            .date()
            .map(|date| date.saturating_add(i64::from(days).days()));
        later.map_or(self, Self::from)
    }

    /// The number of days from this day to a later one, both included; `None` if `last` is earlier, or
    /// one of them is not in the calendar.
    pub fn through(self, last: Self) -> Option<u32> {
        let nights = self.date().ok()?.until(last.date().ok()?).ok()?.get_days();
        u32::try_from(nights).ok().map(|nights| nights + 1)
    }
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

/// Parses `YYYY-MM-DD`, for the years 0001 to 9999.
impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        let number = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<i16>().ok()).flatten()
        };
        let parse = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            if [year.len(), month.len(), day.len()] != [4, 2, 2] {
                return None;
            }
            let [month, day] = [month, day].map(|digits| number(digits)?.try_into().ok());
            Self::new(number(year)?, month?, day?).ok()
        };
        parse().ok_or_else(|| ParseDayError {
            text: text.chars().take(64).collect(),
        })
    }
}

impl TryFrom<String> for Day {
    type Error = ParseDayError;

    fn try_from(text: String) -> Result<Self, ParseDayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_parsed_as_printed_and_other_texts_are_refused() {
        for text in ["2026-11-24", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-11",
            "2026-11-31",
            "2026-02-29",
            "2026-13-01",
            "2026-1-01",
            "26-01-01",
            "+026-01-01",
            "2026-11-24T00:00",
            " 2026-11-24",
            "20261124",
            "0000-12-31",
            "2026-11-2４",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text:?}");
        }
        assert!(Day::new(2026, 0, 1).is_err());
    }

    #[test]
    fn a_range_counts_both_its_ends() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let count = |first, last| day(first).through(day(last));
        assert_eq!(count("2026-11-24", "2026-11-24"), Some(1));
        assert_eq!(count("2024-01-01", "2024-12-31"), Some(366));
        assert_eq!(count("0001-01-01", "9999-12-31"), Some(3_652_059));
        assert_eq!(count("2026-11-24", "2026-11-23"), None);
        assert_eq!(count("2026-11-24", "2026-10-25"), None);
    }
}
