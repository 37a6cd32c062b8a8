//! What requests may ask for.

use std::ops::RangeInclusive;

use crate::model::RangeError;
use crate::rules::{ContestDuration, ContestRequest};
use crate::select::{ProblemCount, SelectionRequest};

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

    /// How many problems there may be, by these limits and by [`ProblemCount`].
    pub fn allowed_problems(&self) -> RangeInclusive<u16> {
        let (least, most) = (ProblemCount::MIN.get(), ProblemCount::MAX.get());
        narrowed(&self.problems, least, most)
    }

    /// How many minutes a contest may have, by these limits and by [`ContestDuration`].
    pub fn allowed_minutes(&self) -> RangeInclusive<u16> {
        let (least, most) = (ContestDuration::MIN, ContestDuration::MAX);
        narrowed(&self.minutes, least.as_minutes(), most.as_minutes())
    }

    /// Checks a number of problems that comes from outside. The error names the range that holds with
    /// these limits, also for a number that no [`ProblemCount`] may have. Creating a contest checks the
    /// limits itself, after the idempotency key.
    ///
    /// # Errors
    /// [`RangeError`] outside the limits.
    pub fn problem_count(&self, given: i64) -> Result<ProblemCount, RangeError> {
        self.check_problems("problem_count", given)?;
        ProblemCount::new(u16::try_from(given).unwrap_or(u16::MAX))
    }

    /// Checks a number of minutes that comes from outside, in the same way.
    ///
    /// # Errors
    /// [`RangeError`] outside the limits.
    pub fn duration(&self, minutes: i64) -> Result<ContestDuration, RangeError> {
        let (min, max) = self.allowed_minutes().into_inner();
        let allowed = min.into()..=max.into();
        RangeError::check("duration_minutes", "duration in minutes", minutes, allowed)?;
        ContestDuration::from_minutes(u16::try_from(minutes).unwrap_or(u16::MAX))
    }

    fn check_problems(&self, field: &'static str, given: i64) -> Result<(), RangeError> {
        let (min, max) = self.allowed_problems().into_inner();
        RangeError::check(field, "number of problems", given, min.into()..=max.into())
    }

    pub(crate) fn check_selection(&self, request: &SelectionRequest) -> Result<(), RangeError> {
        let field = if request.problems().is_empty() {
            "problem_count"
        } else {
            "problem_ids"
        };
        self.check_problems(field, request.count().get().into())?;
        let excluded = request.excluded().len();
        let what = "number of excluded problems";
        RangeError::check_size("excluded", what, excluded, 0..=self.excluded)?;
        let group = request.eligibility().group().len();
        RangeError::check_size("group", "number of group members", group, 0..=self.group)
    }

    /// Whether a contest may be asked for like this. Creating one checks it first.
    ///
    /// # Errors
    /// [`RangeError`] with the first number that is outside.
    pub fn check_contest(&self, request: &ContestRequest) -> Result<(), RangeError> {
        self.check_selection(request.selection())?;
        self.duration(request.duration().as_minutes().into())?;
        Ok(())
    }
}

/// The part of `limit` that a type allows.
fn narrowed(limit: &RangeInclusive<u16>, least: u16, most: u16) -> RangeInclusive<u16> {
    least.max(*limit.start())..=most.min(*limit.end())
}
