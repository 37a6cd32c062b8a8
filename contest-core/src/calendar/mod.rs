//! Days in a time zone, for counting what happened on which day.

mod bounds;
mod day;

use jiff::tz;

pub(crate) use bounds::{Days, days_between, days_until, today};
pub use day::{Day, NoSuchDay, ParseDayError};

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
