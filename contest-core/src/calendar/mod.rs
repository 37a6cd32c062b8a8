//! Days in a time zone, for counting by day.

mod bounds;
mod day;

use std::fmt;
use std::str::FromStr;

use jiff::tz;

pub(crate) use bounds::{Days, days_between, days_until, today};
pub use day::{Day, NoSuchDay, ParseDayError};

/// A time zone of the IANA database, such as `Europe/Berlin`.
///
/// With the feature `tzdb`, which is on by default, the database is compiled in and the system's is not
/// read: every process has the same rules. Without it, zones come from the system's database: the
/// directory in the environment variable `TZDIR`, or `/usr/share/zoneinfo` and its usual alternatives.
/// If there is none, every name but `UTC` is unknown.
///
/// ```
/// use contest_core::calendar::TimeZone;
///
/// assert_eq!(TimeZone::named("Europe/Berlin")?.name(), "Europe/Berlin");
/// assert!(TimeZone::named("Europe/Atlantis").is_err());
/// # Ok::<(), contest_core::calendar::UnknownTimeZone>(())
/// ```
///
/// Serialised, it is its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct TimeZone(tz::TimeZone);

/// A name is not in the time-zone database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not an IANA time zone: expected a name such as Europe/Berlin or UTC")]
#[non_exhaustive]
pub struct UnknownTimeZone {
    /// The name given.
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
        let unknown = || UnknownTimeZone {
            name: name.chars().take(64).collect(),
        };
        let database = if cfg!(feature = "tzdb") {
            tz::TimeZoneDatabase::bundled()
        } else {
            tz::db().clone()
        };
        // Entries of the database that stand for no place: clocks that are not set up.
        let placeholder = |zone: &tz::TimeZone| {
            zone.is_unknown() || zone.iana_name().is_none_or(|name| name == "Factory")
        };
        let zone = database.get(name).ok();
        let zone = zone.filter(|zone| !placeholder(zone));
        zone.map(Self).ok_or_else(unknown)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, UnknownTimeZone> {
        Self::named(name)
    }
}

impl TryFrom<String> for TimeZone {
    type Error = UnknownTimeZone;

    fn try_from(name: String) -> Result<Self, UnknownTimeZone> {
        Self::named(&name)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name().to_owned()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_the_database_are_not_zones() {
        for name in [
            "Etc/Unknown",
            "etc/unknown",
            "Factory",
            "factory",
            "",
            "Berlin",
        ] {
            assert!(TimeZone::named(name).is_err(), "{name}");
        }
        for (name, shown) in [("utc", "UTC"), ("europe/berlin", "Europe/Berlin")] {
            assert_eq!(TimeZone::named(name).unwrap().name(), shown);
        }
    }
}
