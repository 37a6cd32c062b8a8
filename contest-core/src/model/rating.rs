//! A numeric rating of problems and users, on one scale.

use std::fmt;
use std::str::FromStr;

use crate::model::RangeError;

/// A rating, -10,000 to 10,000, such as online judges give: the higher, the harder the problem or the
/// stronger the user. Some judges rate their easiest problems below 0. The user of this type defines the meaning of a difference.
///
/// ```
/// use contest_core::model::Rating;
///
/// assert_eq!(Rating::new(1_500)?.get(), 1_500);
/// assert!(Rating::new(10_001).is_err());
/// assert!(Rating::new(-848)? < Rating::new(0)?);
/// assert!("1500".parse::<Rating>()? < "1600".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "i16", into = "i16"))]
pub struct Rating(i16);

/// A text is not a rating.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a rating: expected a whole number from -10000 to 10000")]
#[non_exhaustive]
pub struct ParseRatingError {
    /// The text given, cut to its first 64 characters.
    pub text: String,
}

impl Rating {
    /// The lowest rating: -10,000.
    pub const MIN: Self = Self(-10_000);
    /// The highest rating: 10,000.
    pub const MAX: Self = Self(10_000);

    /// Checks a rating.
    ///
    /// # Errors
    /// [`RangeError`] outside -10,000 to 10,000.
    pub const fn new(rating: i16) -> Result<Self, RangeError> {
        let allowed = Self::MIN.0 as i64..=Self::MAX.0 as i64;
        match RangeError::check("rating", "rating", rating as i64, allowed) {
            Ok(()) => Ok(Self(rating)),
            Err(outside) => Err(outside),
        }
    }

    /// The number.
    pub const fn get(self) -> i16 {
        self.0
    }

    /// This rating plus `points`, which may be negative, limited to the scale.
    #[must_use]
    pub const fn saturating_add(self, points: i16) -> Self {
        let sum = self.0.saturating_add(points);
        if sum > Self::MAX.0 {
            Self::MAX
        } else if sum < Self::MIN.0 {
            Self::MIN
        } else {
            Self(sum)
        }
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<i16> for Rating {
    type Error = RangeError;

    fn try_from(rating: i16) -> Result<Self, RangeError> {
        Self::new(rating)
    }
}

impl From<Rating> for i16 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

impl FromStr for Rating {
    type Err = ParseRatingError;

    fn from_str(text: &str) -> Result<Self, ParseRatingError> {
        let number = text.parse().ok().and_then(|number| Self::new(number).ok());
        number.ok_or_else(|| ParseRatingError {
            text: text.chars().take(64).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_parsed_as_printed_and_other_texts_are_refused() {
        for rating in [Rating::MIN, Rating(-848), Rating(1_500), Rating::MAX] {
            assert_eq!(rating.to_string().parse(), Ok(rating));
        }
        for text in ["", "-10001", "10001", "65536", "1.5", "high"] {
            assert!(text.parse::<Rating>().is_err(), "{text:?}");
        }
        assert_eq!(
            Rating::new(10_001),
            Err(RangeError {
                field: "rating",
                what: "rating",
                given: 10_001,
                min: -10_000,
                max: 10_000,
            })
        );
    }

    #[test]
    fn adding_stops_at_the_ends_of_the_scale() {
        assert_eq!(Rating(1_500).saturating_add(-200), Rating(1_300));
        assert_eq!(Rating(100).saturating_add(i16::MIN), Rating::MIN);
        assert_eq!(Rating(9_999).saturating_add(i16::MAX), Rating::MAX);
    }
}
