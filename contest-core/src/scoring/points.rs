//! Points: decimal numbers without rounding errors.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use crate::model::RangeError;

/// Points, with up to six decimals. A fixed-point number, so that equal sums are equal and share a rank.
///
/// ```
/// use contest_core::scoring::Points;
///
/// let points = Points::try_from(66.6)? + Points::from(33);
/// assert_eq!(points.to_string(), "99.6");
/// # Ok::<(), contest_core::model::RangeError>(())
/// ```
///
/// Serialised as a JSON number. Adding saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Number", into = "Number"))]
pub struct Points(u64);

const MILLION: u64 = 1_000_000;

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);
    /// One point, the default worth of a problem.
    pub const ONE: Self = Self(MILLION);
    /// The most points that an attempt or a problem can have. A sum can be greater.
    pub const MAX: Self = Self(u32::MAX as u64 * MILLION);

    /// The whole points, without their decimals.
    pub const fn whole(self) -> u64 {
        self.0 / MILLION
    }

    pub(crate) const fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    pub(crate) const fn millionths(self) -> u64 {
        self.0
    }

    /// The nearest floating-point number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact up to `MAX`; greater sums are rounded"
    )]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MILLION as f64
    }

    /// These points times `part / whole`, rounded to the nearest millionth.
    pub(crate) fn share(self, part: u64, whole: u64) -> Self {
        let whole = u128::from(whole.max(1));
        let product = u128::from(self.0) * u128::from(part);
        Self(u64::try_from((product + whole / 2) / whole).unwrap_or(u64::MAX))
    }

    /// These points times the ratio of two others.
    pub(crate) fn ratio(self, part: Self, whole: Self) -> Self {
        self.share(part.0, whole.0)
    }

    pub(crate) const fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(count as u64))
    }

    /// At least zero.
    pub(crate) const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl From<u32> for Points {
    fn from(whole: u32) -> Self {
        Self(u64::from(whole) * MILLION)
    }
}

/// Rounds to the nearest millionth.
impl TryFrom<f64> for Points {
    type Error = RangeError;

    fn try_from(points: f64) -> Result<Self, RangeError> {
        let max = i64::from(u32::MAX);
        // NaN becomes 0 by the cast, so it is refused by its own condition.
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let whole = if points.is_nan() {
            -1
        } else {
            points.floor() as i64
        };
        RangeError::check("points", "number of points", whole, 0..=max)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "the range was checked above"
        )]
        let millionths = (points * MILLION as f64).round() as u64;
        Ok(Self(millionths.min(Self::MAX.0)))
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Add::add)
    }
}

/// Without trailing zeros.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / MILLION, self.0 % MILLION);
        if decimals == 0 {
            return f.pad(&whole.to_string());
        }
        let text = format!("{whole}.{decimals:06}");
        f.pad(text.trim_end_matches('0'))
    }
}

/// A JSON number: whole if it can be.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Decimal(f64),
}

#[cfg(feature = "serde")]
impl From<Points> for Number {
    fn from(points: Points) -> Self {
        if points.0.is_multiple_of(MILLION) {
            Self::Whole(points.whole())
        } else {
            Self::Decimal(points.as_f64())
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Number> for Points {
    type Error = RangeError;

    fn try_from(number: Number) -> Result<Self, RangeError> {
        match number {
            Number::Whole(whole) => {
                let given = i64::try_from(whole).unwrap_or(i64::MAX);
                let max = i64::from(u32::MAX);
                RangeError::check("points", "number of points", given, 0..=max)?;
                Ok(u32::try_from(whole).unwrap_or(u32::MAX).into())
            }
            Number::Decimal(points) => points.try_into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_kept_to_the_millionth_and_sums_are_exact() {
        let tenth = Points::try_from(0.1).unwrap();
        let sum: Points = std::iter::repeat_n(tenth, 10).sum();
        assert_eq!(sum, Points::ONE);
        assert_eq!(
            Points::try_from(44.444_444_4).unwrap().to_string(),
            "44.444444"
        );
        assert_eq!(format!("{:>5}", Points::try_from(2.50).unwrap()), "  2.5");
        assert_eq!(
            Points::from(100)
                .ratio(Points::ONE, Points::from(3))
                .to_string(),
            "33.333333"
        );
    }

    #[test]
    fn numbers_that_are_no_points_are_refused() {
        for bad in [
            -0.1,
            f64::NAN,
            f64::INFINITY,
            4_294_967_296.0,
            f64::NEG_INFINITY,
        ] {
            assert!(Points::try_from(bad).is_err(), "{bad}");
        }
        assert_eq!(Points::try_from(4_294_967_295.0), Ok(Points::MAX));
        let most = Points::MAX + Points(u64::MAX);
        assert_eq!(most, Points(u64::MAX));
    }
}
