//! How many problems.

/// How many problems: 1 to 1,000. An engine's limits narrow this further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u16", into = "u16"))]
pub struct ProblemCount(u16);

/// A count outside 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} is not a count of problems: expected 1 to {}", ProblemCount::MAX.get())]
#[non_exhaustive]
pub struct ProblemCountError {
    /// What was given.
    pub given: u16,
}

impl ProblemCount {
    /// The smallest count.
    pub const MIN: Self = Self(1);
    /// The greatest count.
    pub const MAX: Self = Self(1_000);

    /// Checks a count.
    ///
    /// # Errors
    /// [`ProblemCountError`] outside 1 to 1,000.
    pub const fn new(count: u16) -> Result<Self, ProblemCountError> {
        if count >= Self::MIN.0 && count <= Self::MAX.0 {
            Ok(Self(count))
        } else {
            Err(ProblemCountError { given: count })
        }
    }

    /// The count.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for ProblemCount {
    type Error = ProblemCountError;

    fn try_from(count: u16) -> Result<Self, ProblemCountError> {
        Self::new(count)
    }
}

impl From<ProblemCount> for u16 {
    fn from(count: ProblemCount) -> Self {
        count.0
    }
}
