//! The error for numbers out of range.

use std::ops::RangeInclusive;

/// A number is outside the range allowed by its type or by the [limits](crate::rules::Limits) of an
/// engine.
///
/// ```
/// use contest_core::prelude::*;
///
/// let refused = ProblemCount::new(0).unwrap_err();
/// assert_eq!(refused.to_string(), "the number of problems is 0: expected 1 to 1000");
/// assert_eq!((refused.field, refused.max), ("problem_count", 1_000));
///
/// // An engine allows less: its limits name their own range.
/// let refused = Limits::default().problem_count(0).unwrap_err();
/// assert_eq!(refused.to_string(), "the number of problems is 0: expected 1 to 20");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {what} is {given}: expected {min} to {max}")]
#[non_exhaustive]
pub struct RangeError {
    /// A stable name of the number, such as `problem_count`.
    pub field: &'static str,
    /// The same for people, such as `number of problems`.
    pub what: &'static str,
    /// The number given, or the nearest that fits here.
    pub given: i64,
    /// The smallest allowed number.
    pub min: i64,
    /// The largest allowed number.
    pub max: i64,
}

/// A range ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the end of the range, {last}, comes before its beginning, {first}")]
#[non_exhaustive]
pub struct BackwardsError<T> {
    /// The beginning given.
    pub first: T,
    /// The end given.
    pub last: T,
}

impl<T: PartialOrd> BackwardsError<T> {
    /// Checks that `last` does not come before `first`.
    pub(crate) fn check(first: T, last: T) -> Result<(), Self> {
        if first <= last {
            Ok(())
        } else {
            Err(Self { first, last })
        }
    }
}

impl RangeError {
    /// Checks a number. `field` is its name for programs, `what` for people.
    ///
    /// # Errors
    /// [`RangeError`] if the number is out of range.
    pub const fn check(
        field: &'static str,
        what: &'static str,
        given: i64,
        allowed: RangeInclusive<i64>,
    ) -> Result<(), Self> {
        let (min, max) = (*allowed.start(), *allowed.end());
        if min <= given && given <= max {
            Ok(())
        } else {
            Err(Self {
                field,
                what,
                given,
                min,
                max,
            })
        }
    }

    /// Checks a size, in the same way.
    pub(crate) fn check_size(
        field: &'static str,
        what: &'static str,
        given: usize,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Self> {
        let whole = |size| i64::try_from(size).unwrap_or(i64::MAX);
        let (min, max) = allowed.into_inner();
        Self::check(field, what, whole(given), whole(min)..=whole(max))
    }
}
