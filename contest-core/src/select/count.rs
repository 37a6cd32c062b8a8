//! A number of problems.

use crate::model::RangeError;

/// A number of problems: 1 to 1,000. An engine's limits narrow the range: see
/// [`Limits::problem_count`](crate::rules::Limits::problem_count).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u16", into = "u16"))]
pub struct ProblemCount(u16);

impl ProblemCount {
    /// The smallest count.
    pub const MIN: Self = Self(1);
    /// The largest count.
    pub const MAX: Self = Self(1_000);

    /// Checks a count.
    ///
    /// # Errors
    /// [`RangeError`] outside 1 to 1,000.
    pub const fn new(count: u16) -> Result<Self, RangeError> {
        let allowed = Self::MIN.0 as i64..=Self::MAX.0 as i64;
        match RangeError::check("problem_count", "number of problems", count as i64, allowed) {
            Ok(()) => Ok(Self(count)),
            Err(outside) => Err(outside),
        }
    }

    /// The count.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for ProblemCount {
    type Error = RangeError;

    fn try_from(count: u16) -> Result<Self, RangeError> {
        Self::new(count)
    }
}

impl From<ProblemCount> for u16 {
    fn from(count: ProblemCount) -> Self {
        count.0
    }
}
