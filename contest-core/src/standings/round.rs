//! Rounds and their participants.

use std::collections::HashSet;
use std::time::Duration;

use crate::id::{ParticipantId, ProblemId};
use crate::model::{BackwardsError, Title};
use crate::scoring::{Points, Scoring};
use crate::time::Timestamp;

/// A round: a contest given to many.
///
/// ```
/// use contest_core::prelude::*;
/// use contest_core::scoring::{Icpc, Scoring};
/// use contest_core::standings::{Freeze, Round, RoundProblem};
///
/// let problem = |slug: &str| Slug::new(slug).map(|slug| ProblemId::from_slug(&slug));
/// let problems = [problem("two-sum")?, problem("3sum")?].map(RoundProblem::new);
/// let round = Round::new("2026-01-31T12:00:00Z".parse()?, "2026-01-31T17:00:00Z".parse()?, problems)?
///     .with_scoring(Icpc::default())
///     .with_freeze(Freeze::from("2026-01-31T16:00:00Z".parse()?));
/// assert!(round.is_frozen("2026-01-31T18:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Members"))]
pub struct Round {
    opens_at: Timestamp,
    closes_at: Timestamp,
    problems: Vec<RoundProblem>,
    scoring: Scoring,
    freeze: Option<Freeze>,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    title: Option<Title>,
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::encoding::optional_seconds"
        )
    )]
    personal_limit: Option<Duration>,
    admission: Admission,
    judging: Judging,
}

/// Who may take part in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Admission {
    /// Every user, alone.
    #[default]
    Anyone,
    /// The users on the round's list, each alone.
    Listed,
    /// The users on the round's list, in teams: the attempts of a team's members count together.
    Teams,
}

/// Who records attempts in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Judging {
    /// Participants tick problems. The host may record attempts too.
    #[default]
    Participants,
    /// Only the host records attempts.
    Host,
}

/// A problem of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RoundProblem {
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// Its points. Default: one.
    #[cfg_attr(feature = "serde", serde(default = "one_point"))]
    pub points: Points,
}

#[cfg(feature = "serde")]
const fn one_point() -> Points {
    Points::ONE
}

impl RoundProblem {
    /// A problem worth one point.
    pub const fn new(problem: ProblemId) -> Self {
        let points = Points::ONE;
        Self { problem, points }
    }

    /// With these points.
    #[must_use]
    pub fn with_points(mut self, points: impl Into<Points>) -> Self {
        self.points = points.into();
        self
    }
}

/// When the public board stops showing outcomes, and when it shows them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Freeze {
    /// The public sees attempts made at this instant or later as pending.
    #[cfg_attr(feature = "serde", serde(rename = "from"))]
    pub begins_at: Timestamp,
    /// From this instant on, the public sees everything. `None` until the host decides.
    #[cfg_attr(feature = "serde", serde(default))]
    pub lifted_at: Option<Timestamp>,
}

impl Freeze {
    /// A freeze that is not lifted yet.
    pub const fn from(begins_at: Timestamp) -> Self {
        let lifted_at = None;
        Self {
            begins_at,
            lifted_at,
        }
    }

    /// Lifted at this instant.
    #[must_use]
    pub const fn lifted(mut self, at: Timestamp) -> Self {
        self.lifted_at = Some(at);
        self
    }

    pub(crate) fn is_lifted(self, now: Timestamp) -> bool {
        self.lifted_at.is_some_and(|lifted_at| now >= lifted_at)
    }
}

/// A round cannot have these values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoundError {
    /// The window ends before it begins.
    #[error(transparent)]
    Backwards(#[from] BackwardsError<Timestamp>),
    /// A problem occurs twice.
    #[error("problem {0} occurs twice in the round")]
    DuplicateProblem(ProblemId),
}

impl Round {
    /// A round from `opens_at` up to, but not including, `closes_at`, with ticks as scoring and no freeze.
    ///
    /// # Errors
    /// [`RoundError`] if the window ends before it begins, or a problem occurs twice.
    pub fn new(
        opens_at: Timestamp,
        closes_at: Timestamp,
        problems: impl IntoIterator<Item = RoundProblem>,
    ) -> Result<Self, RoundError> {
        BackwardsError::check(opens_at, closes_at)?;
        let problems: Vec<_> = problems.into_iter().collect();
        let mut seen = HashSet::new();
        if let Some(twice) = problems.iter().find(|entry| !seen.insert(entry.problem)) {
            return Err(RoundError::DuplicateProblem(twice.problem));
        }
        Ok(Self {
            opens_at,
            closes_at,
            problems,
            scoring: Scoring::default(),
            freeze: None,
            title: None,
            personal_limit: None,
            admission: Admission::default(),
            judging: Judging::default(),
        })
    }

    /// With this scoring.
    #[must_use]
    pub fn with_scoring(mut self, scoring: impl Into<Scoring>) -> Self {
        self.scoring = scoring.into();
        self
    }

    /// With this freeze.
    #[must_use]
    pub fn with_freeze(mut self, freeze: impl Into<Option<Freeze>>) -> Self {
        self.freeze = freeze.into();
        self
    }

    /// With this title.
    #[must_use]
    pub fn with_title(mut self, title: Title) -> Self {
        self.title = Some(title);
        self
    }

    /// With this time for each participant, from joining on. The window ends it all the same, except for
    /// virtual participants and extra time. Cut to whole microseconds.
    #[must_use]
    pub fn with_personal_limit(mut self, limit: Duration) -> Self {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        self.personal_limit = Some(Duration::from_micros(micros));
        self
    }

    /// With this rule of who may take part. Default: [`Admission::Anyone`].
    #[must_use]
    pub const fn with_admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// With this rule of who records attempts. Default: [`Judging::Participants`].
    #[must_use]
    pub const fn with_judging(mut self, judging: Judging) -> Self {
        self.judging = judging;
        self
    }

    /// The title, if it has one.
    pub const fn title(&self) -> Option<&Title> {
        self.title.as_ref()
    }

    /// The time for each participant, if it is limited.
    pub const fn personal_limit(&self) -> Option<Duration> {
        self.personal_limit
    }

    /// Who may take part.
    pub const fn admission(&self) -> Admission {
        self.admission
    }

    /// Who records attempts.
    pub const fn judging(&self) -> Judging {
        self.judging
    }

    /// The first instant at which attempts count.
    pub const fn opens_at(&self) -> Timestamp {
        self.opens_at
    }

    /// The first instant at which they no longer count.
    pub const fn closes_at(&self) -> Timestamp {
        self.closes_at
    }

    /// The problems, in order.
    pub fn problems(&self) -> &[RoundProblem] {
        &self.problems
    }

    /// The scoring.
    pub const fn scoring(&self) -> &Scoring {
        &self.scoring
    }

    /// The freeze, if there is one.
    pub const fn freeze(&self) -> Option<Freeze> {
        self.freeze
    }

    /// Whether the public board is frozen at an instant.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        self.freeze
            .is_some_and(|freeze| now >= freeze.begins_at && !freeze.is_lifted(now))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Members {
    opens_at: Timestamp,
    closes_at: Timestamp,
    problems: Vec<RoundProblem>,
    #[serde(default)]
    scoring: Scoring,
    freeze: Option<Freeze>,
    title: Option<Title>,
    #[serde(default, with = "crate::encoding::optional_seconds")]
    personal_limit: Option<Duration>,
    #[serde(default)]
    admission: Admission,
    #[serde(default)]
    judging: Judging,
}

#[cfg(feature = "serde")]
impl TryFrom<Members> for Round {
    type Error = RoundError;

    fn try_from(members: Members) -> Result<Self, RoundError> {
        let round = Self::new(members.opens_at, members.closes_at, members.problems)?;
        let mut round = round
            .with_scoring(members.scoring)
            .with_freeze(members.freeze)
            .with_admission(members.admission)
            .with_judging(members.judging);
        round.title = members.title;
        round.personal_limit = members.personal_limit;
        Ok(round)
    }
}

/// A participant of a round: a user or a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Participant {
    /// The id.
    pub id: ParticipantId,
    /// When the participant's own time began: contest times count from here. `None` if it is the opening
    /// of the round.
    #[cfg_attr(feature = "serde", serde(default))]
    pub started_at: Option<Timestamp>,
    /// The first instant at which the participant's attempts no longer count: the earliest of the
    /// personal deadline, the end of the window and an early finish; later with extra time. `None` if it
    /// is the closing of the round.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ends_at: Option<Timestamp>,
    /// Whether it takes part virtually, as after the window: it stands beside the board, not in it.
    #[cfg_attr(feature = "serde", serde(default, rename = "virtual"))]
    pub is_virtual: bool,
}

impl Participant {
    /// A participant with the window of the round.
    pub const fn new(id: ParticipantId) -> Self {
        Self {
            id,
            started_at: None,
            ends_at: None,
            is_virtual: false,
        }
    }

    /// A virtual participant, with the window of the round.
    pub const fn new_virtual(id: ParticipantId) -> Self {
        Self {
            is_virtual: true,
            ..Self::new(id)
        }
    }

    /// With a window of its own.
    #[must_use]
    pub const fn with_window(mut self, started_at: Timestamp, ends_at: Timestamp) -> Self {
        self.started_at = Some(started_at);
        self.ends_at = Some(ends_at);
        self
    }

    /// The instants at which attempts count.
    pub(crate) fn window(&self, round: &Round) -> std::ops::Range<Timestamp> {
        let start = self.started_at.unwrap_or(round.opens_at);
        start..self.ends_at.unwrap_or(round.closes_at)
    }
}
