//! Limits on requests.

use std::ops::RangeInclusive;

use crate::model::RangeError;
use crate::rules::{ContestDuration, ContestRequest};
use crate::select::{ProblemCount, SelectionRequest};

/// Limits on requests. The defaults suit interactive use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Problems of a contest or a selection. Default: 1 to 20.
    pub problems: RangeInclusive<u16>,
    /// Minutes of a contest. Default: 10 to 300.
    pub minutes: RangeInclusive<u16>,
    /// The most minutes of a contest from its start to its deadline, extra time included. Default: 600.
    pub extended_minutes: u16,
    /// The most excluded problems of a request. Default: 10,000.
    pub excluded: usize,
    /// The most solves recorded in one call. Default: 10,000.
    pub solves: usize,
    /// The most attempts that the host records in one contest. Each of them is part of the contest's row. Default:
    /// 1,000.
    pub attempts: usize,
    /// The most contests that a user begins on a day of UTC, whatever becomes of them. Each takes space for
    /// good, unless the host [prunes](crate::Engine::prune_contests) it. Default: 100.
    pub contests_per_day: u32,
    /// The most solves that a user records on a day of UTC, in all calls. Each takes space for good.
    /// Default: 20,000.
    pub solves_per_day: u32,
    /// The most members of a group whose solves are excluded: each costs a call of the store. Default:
    /// 100.
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
            attempts: 1_000,
            contests_per_day: 100,
            solves_per_day: 20_000,
            group: 100,
        }
    }
}

impl Limits {
    /// Limits the problems of a contest or a selection to this range.
    #[must_use]
    pub fn with_problems(mut self, problems: RangeInclusive<u16>) -> Self {
        self.problems = problems;
        self
    }

    /// Limits the minutes of a contest to this range.
    #[must_use]
    pub fn with_minutes(mut self, minutes: RangeInclusive<u16>) -> Self {
        self.minutes = minutes;
        self
    }

    /// Limits the minutes from the start of a contest to its deadline, extra time included.
    #[must_use]
    pub fn with_extended_minutes(mut self, minutes: u16) -> Self {
        self.extended_minutes = minutes;
        self
    }

    /// Limits the excluded problems of a request.
    #[must_use]
    pub fn with_excluded(mut self, excluded: usize) -> Self {
        self.excluded = excluded;
        self
    }

    /// Limits the contests that a user begins on a day of UTC.
    #[must_use]
    pub fn with_contests_per_day(mut self, contests: u32) -> Self {
        self.contests_per_day = contests;
        self
    }

    /// Limits the solves that a user records on a day of UTC.
    #[must_use]
    pub fn with_solves_per_day(mut self, solves: u32) -> Self {
        self.solves_per_day = solves;
        self
    }

    /// Limits the solves recorded in one call.
    #[must_use]
    pub fn with_solves(mut self, solves: usize) -> Self {
        self.solves = solves;
        self
    }

    /// Limits the attempts that the host records in one contest.
    #[must_use]
    pub fn with_attempts(mut self, attempts: usize) -> Self {
        self.attempts = attempts;
        self
    }

    /// Limits the members of a group in a request.
    #[must_use]
    pub fn with_group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }

    /// The allowed numbers of problems, by these limits and by [`ProblemCount`].
    pub fn allowed_problems(&self) -> RangeInclusive<u16> {
        let (least, most) = (ProblemCount::MIN.get(), ProblemCount::MAX.get());
        narrowed(&self.problems, least, most)
    }

    /// The allowed minutes of a contest, by these limits and by [`ContestDuration`].
    pub fn allowed_minutes(&self) -> RangeInclusive<u16> {
        let (least, most) = (ContestDuration::MIN, ContestDuration::MAX);
        narrowed(&self.minutes, least.as_minutes(), most.as_minutes())
    }

    /// Checks a number of problems from outside. The error names the range that these limits allow,
    /// even for a number that no [`ProblemCount`] can have. Creating a contest checks the limits
    /// itself, after the idempotency key.
    ///
    /// # Errors
    /// [`RangeError`] outside the limits.
    pub fn problem_count(&self, given: i64) -> Result<ProblemCount, RangeError> {
        self.check_problems("problem_count", given)?;
        ProblemCount::new(u16::try_from(given).unwrap_or(u16::MAX))
    }

    /// Checks a number of minutes from outside, in the same way.
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

    /// Checks a request for a contest against these limits. Creating a contest does this too.
    ///
    /// # Errors
    /// [`RangeError`] for the first number out of range.
    pub fn check_contest(&self, request: &ContestRequest) -> Result<(), RangeError> {
        self.check_selection(request.selection())?;
        self.duration(request.duration().as_minutes().into())?;
        Ok(())
    }
}

/// The part of `limit` within `least` to `most`.
fn narrowed(limit: &RangeInclusive<u16>, least: u16, most: u16) -> RangeInclusive<u16> {
    least.max(*limit.start())..=most.min(*limit.end())
}
