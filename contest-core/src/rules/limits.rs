//! What requests may ask for.

use std::ops::RangeInclusive;

use crate::rules::ContestRequest;
use crate::select::SelectionRequest;

/// What requests may ask for. The defaults suit interactive use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Problems of a contest or a selection. Default: 1 to 20.
    pub problems: RangeInclusive<u16>,
    /// Minutes of a contest. Default: 10 to 300.
    pub minutes: RangeInclusive<u16>,
    /// Minutes of a contest from its start to its deadline, extra time included, at most. Default:
    /// 600.
    pub extended_minutes: u16,
    /// Excluded problems of a request, at most. Default: 10,000.
    pub excluded: usize,
    /// Solves recorded in one call, at most. Default: 10,000.
    pub solves: usize,
    /// Members of a group whose solves are excluded, at most: the store is asked once for each.
    /// Default: 100.
    pub group: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            problems: 1..=20,
            minutes: 10..=300,
            extended_minutes: 600,
            excluded: 10_000,
            solves: 10_000,
            group: 100,
        }
    }
}

impl Limits {
    /// With this range for the problems of a contest or a selection.
    #[must_use]
    pub fn with_problems(mut self, problems: RangeInclusive<u16>) -> Self {
        self.problems = problems;
        self
    }

    /// With this range for the minutes of a contest.
    #[must_use]
    pub fn with_minutes(mut self, minutes: RangeInclusive<u16>) -> Self {
        self.minutes = minutes;
        self
    }

    /// With at most this many minutes from the start of a contest to its deadline, extra time included.
    #[must_use]
    pub fn with_extended_minutes(mut self, minutes: u16) -> Self {
        self.extended_minutes = minutes;
        self
    }

    /// With at most this many excluded problems in a request.
    #[must_use]
    pub fn with_excluded(mut self, excluded: usize) -> Self {
        self.excluded = excluded;
        self
    }

    /// With at most this many solves in one call.
    #[must_use]
    pub fn with_solves(mut self, solves: usize) -> Self {
        self.solves = solves;
        self
    }

    /// With at most this many members of a group in a request.
    #[must_use]
    pub fn with_group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }

    pub(crate) fn check_selection(&self, request: &SelectionRequest) -> Result<(), LimitExceeded> {
        let (min, max) = self.problems.clone().into_inner();
        let count = usize::from(request.count().get());
        LimitExceeded::check("problem_count", count, min.into()..=max.into())?;
        LimitExceeded::check("excluded", request.excluded().len(), 0..=self.excluded)?;
        let group = request.eligibility().group().len();
        LimitExceeded::check("group", group, 0..=self.group)?;
        Ok(())
    }

    /// Whether a contest may be asked for like this. Creating one checks it first.
    ///
    /// # Errors
    /// [`LimitExceeded`] with the first number that is outside.
    pub fn check_contest(&self, request: &ContestRequest) -> Result<(), LimitExceeded> {
        self.check_selection(request.selection())?;
        let (min, max) = self.minutes.clone().into_inner();
        let minutes = usize::from(request.duration().as_minutes());
        LimitExceeded::check("duration_minutes", minutes, min.into()..=max.into())?;
        Ok(())
    }
}

/// A number of a request is outside what the engine allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is {given}: expected {min} to {max}")]
#[non_exhaustive]
pub struct LimitExceeded {
    /// Which number.
    pub field: &'static str,
    /// What was given.
    pub given: usize,
    /// The least that is allowed.
    pub min: usize,
    /// The most that is allowed.
    pub max: usize,
}

impl LimitExceeded {
    /// Checks one number.
    pub(crate) fn check(
        field: &'static str,
        given: usize,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Self> {
        let (min, max) = allowed.into_inner();
        if (min..=max).contains(&given) {
            Ok(())
        } else {
            Err(Self {
                field,
                given,
                min,
                max,
            })
        }
    }
}
