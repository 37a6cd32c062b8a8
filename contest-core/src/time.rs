//! Time as a value: [`Timestamp`], and the [`Clock`] an engine reads once per operation.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;
use jiff::civil::DateTime;

/// An instant, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// The supported databases store microseconds, so a timestamp survives storage unchanged.
///
/// ```
/// use std::time::Duration;
/// use contest_core::time::Timestamp;
///
/// let start = Timestamp::from_micros(0);
/// assert_eq!((start + Duration::from_secs(90)).to_string(), "1970-01-01T00:01:30Z");
/// ```
///
/// Text and serialised values are RFC 3339 and of the years 1 to 9999, [`MIN`](Self::MIN) to
/// [`MAX`](Self::MAX): every store can keep these. Arithmetic may leave that range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String"))]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant that every store can keep: the beginning of the year 1.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// The last instant that every store can keep: the last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The instant this many microseconds after 1970 (before, when negative).
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this instant; zero if this instant is not later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0))
            .map_or(Duration::ZERO, Duration::from_micros)
    }
}

/// Adds whole microseconds and stops at the last representable instant (year 294,246).
impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

/// Subtracts whole microseconds and stops at the first representable instant.
impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }
}

/// The time from the other instant to this one; zero if this one is not later, as with
/// [`std::time::Instant`].
impl std::ops::Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

/// Gives 1970 where the system cannot represent the instant, such as one before 1601 on Windows.
impl From<Timestamp> for SystemTime {
    fn from(at: Timestamp) -> Self {
        let micros = Duration::from_micros(at.0.unsigned_abs());
        let time = if at.0 < 0 {
            UNIX_EPOCH.checked_sub(micros)
        } else {
            UNIX_EPOCH.checked_add(micros)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(0) + after,
            Err(before) => {
                let micros = i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX);
                Self(micros.saturating_neg())
            }
        }
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Timestamp {
    /// The date and time in UTC, in the years 1 to 9999. Not `jiff::Timestamp`, whose range ends a day
    /// earlier to leave room for offsets.
    fn in_utc(self) -> Option<DateTime> {
        let at = EPOCH.checked_add(SignedDuration::from_micros(self.0)).ok();
        at.filter(|_| (Self::MIN..=Self::MAX).contains(&self))
    }

    /// The instant at which clocks this far east of UTC show a date and time; without its fraction of a
    /// second.
    pub(crate) fn from_local(local: DateTime, offset_seconds: i64) -> Self {
        let seconds = local.duration_since(EPOCH).as_secs() - offset_seconds;
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Parses a `date-time` of RFC 3339. Not jiff's parser, which takes more: bracketed time zones,
    /// missing seconds, other years.
    fn from_rfc3339(text: &str) -> Option<Self> {
        let (local, offset) = text.split_at_checked(text.rfind(['Z', 'z', '+', '-'])?)?;
        let (seconds, fraction) = local.split_once('.').unwrap_or((local, "0"));
        let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !has_shape(seconds, "0000-00-00T00:00:00") || fraction.is_empty() || !digits {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
        let whole = Self::from_local(seconds.parse().ok()?, offset_seconds(offset)?);
        let at = Self(whole.0.checked_add(micros)?);
        at.in_utc().map(|_| at)
    }
}

/// Whether a text has digits where `shape` has zeros, and otherwise its characters in any letter case.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        _ => byte.eq_ignore_ascii_case(&form),
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

/// The seconds east of UTC of `Z` or an offset of at most 23:59.
fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, clock) = text.split_at_checked(1)?;
    let sign = if sign == "-" { -1 } else { 1 };
    let (hours, minutes) = clock
        .split_once(':')
        .filter(|_| has_shape(clock, "00:00"))?;
    let [hours, minutes] = [hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?];
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// RFC 3339 in UTC; the bare number of microseconds outside the years 1 to 9999.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.in_utc() {
            Some(at) => write!(f, "{at}Z"),
            None => write!(f, "{}us", self.0),
        }
    }
}

/// A text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an instant: expected RFC 3339 such as 2026-01-31T12:00:00Z, of the years 1 to 9999"
)]
#[non_exhaustive]
pub struct ParseTimestampError {
    /// The text given, cut to its first 64 characters.
    pub text: String,
}

/// Parses RFC 3339, of the years 1 to 9999, with any offset up to 23:59. Digits beyond microseconds are
/// cut off; a leap second is the second before it.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        Self::from_rfc3339(text).ok_or_else(|| ParseTimestampError {
            text: text.chars().take(64).collect(),
        })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(text: String) -> Result<Self, ParseTimestampError> {
        text.parse()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.in_utc() {
            Some(_) => to.collect_str(self),
            None => Err(serde::ser::Error::custom(
                "the instant is not of the years 1 to 9999",
            )),
        }
    }
}

/// The engine's source of time.
///
/// # Contract
/// - `now` is cheap and does not block: the engine calls it once at the start of every operation.
/// - Readings may repeat or step back, as those of the system's clock do; the engine does not need them
///   to be monotonic.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A shared clock is a clock: keep one handle to move it, give the engine the other.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the clock the rest of core uses"
        )]
        SystemTime::now().into()
    }
}

/// A clock that moves only by `set` and `advance`, for tests and simulations.
///
/// ```
/// use std::time::Duration;
/// use contest_core::time::{Clock, ManualClock, Timestamp};
///
/// let clock = ManualClock::new(Timestamp::from_micros(0));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), Timestamp::from_micros(60_000_000));
/// ```
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_micros()))
    }

    /// Moves the clock to `now`, which may be earlier.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_time_saturate_and_still_print() {
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(end.to_string(), format!("{}us", i64::MAX));
        assert_eq!(
            Timestamp::from_micros(i64::MIN).saturating_since(end),
            Duration::ZERO
        );
    }

    #[test]
    fn an_instant_is_parsed_as_printed_and_other_texts_are_refused() {
        let at = Timestamp::from_micros(1_769_860_800_000_001);
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!("2026-01-31T13:00:00.000001+01:00".parse(), Ok(at));
        for text in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn texts_are_rfc_3339_and_nothing_else() {
        let noon = "2026-01-31T12:00:00Z".parse::<Timestamp>().unwrap();
        for same in [
            "2026-01-31t12:00:00z",
            "2026-01-31T12:00:00.0000009999999Z",
            "2026-01-31T12:00:00-00:00",
            "2026-02-01T11:59:00+23:59",
            "2026-01-31T00:30:00.000-11:30",
        ] {
            assert_eq!(same.parse(), Ok(noon), "{same}");
        }
        let last = "9999-12-31T22:00:00-01:59".parse::<Timestamp>().unwrap();
        assert_eq!(last.to_string(), "9999-12-31T23:59:00Z");
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00Z",
            "2026-01-31 12:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00+1:00",
            "2026-01-31T12:00:00+0100",
            "2026-01-31T12:00:00+25:00",
            "2026-01-31T12:00:00+24:00",
            "2026-01-31T12:00:00+01:60",
            "2026-01-31T12:00:00+01:00:00",
            "2026-01-31T12:00:00+01:00[Europe/Berlin]",
            "2026-01-31T12:00:00Z[UTC]",
            "2026-01-31T24:00:00Z",
            "2026-02-29T12:00:00Z",
            "20260131T120000Z",
            "12:00Z",
            "0us",
            "-004800-01-01T00:00:00Z",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:00-00:01",
            "10000-01-01T00:00:00Z",
            "2026-01-31T12:00:0０Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn system_times_convert_on_both_sides_of_1970() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::from(UNIX_EPOCH + second).as_micros(), 1_000_000);
        assert_eq!(Timestamp::from(UNIX_EPOCH - second).as_micros(), -1_000_000);
    }
}
