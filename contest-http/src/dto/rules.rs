//! Rules about the user's history.

use std::time::Duration;

use contest_core::model::RangeError;
use contest_core::select::{Eligibility, SolvedRule};
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

use crate::whole::Whole;

/// The rules that each problem must pass. None is about other users: the selected problems would reveal
/// which ones another user has solved. A host that lets a team practise together checks who may, and
/// calls the engine itself.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Eligibility))]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    /// How to treat solved problems.
    #[serde(default)]
    solved: Solved,
    /// How to treat problems of earlier contests since the last reset of progress.
    #[serde(default)]
    attempted: Attempted,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SolvedRule))]
#[serde(rename_all = "snake_case")]
enum Solved {
    /// Leave them out.
    #[default]
    Exclude,
    /// Allow them like any others.
    Allow,
    /// Leave each out until this many days have passed since it was last solved.
    ExcludeWithinDays(Days),
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AttemptedRule))]
#[serde(rename_all = "snake_case")]
enum Attempted {
    /// Allow them.
    #[default]
    Allow,
    /// Leave them out, solved or not.
    Exclude,
}

/// 1 to 3,650 days.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650, example = 30))]
#[serde(try_from = "Whole")]
struct Days(u16);

impl TryFrom<Whole> for Days {
    type Error = RangeError;

    fn try_from(Whole(days): Whole) -> Result<Self, RangeError> {
        RangeError::check("exclude_within_days", "number of days", days, 1..=3_650)?;
        Ok(Self(u16::try_from(days).unwrap_or(u16::MAX)))
    }
}

impl From<Rules> for Eligibility {
    fn from(rules: Rules) -> Self {
        let solved = match rules.solved {
            Solved::Exclude => SolvedRule::Exclude,
            Solved::Allow => SolvedRule::Allow,
            Solved::ExcludeWithinDays(Days(days)) => {
                SolvedRule::ExcludeWithin(Duration::from_hours(24 * u64::from(days)))
            }
        };
        let eligibility = Self::default().with_solved(solved);
        match rules.attempted {
            Attempted::Allow => eligibility,
            Attempted::Exclude => eligibility.excluding_attempted(),
        }
    }
}
