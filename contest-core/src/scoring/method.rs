//! Scoring methods and their options.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::scoring::Points;

/// The version of the scoring rules. A released version never changes its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ScoringVersion(pub u16);

impl ScoringVersion {
    /// The version this crate scores with.
    pub const CURRENT: Self = Self(1);
}

/// How attempts become points and ranks: a method with its version, kept with a contest or a round.
///
/// ```
/// use std::time::Duration;
/// use contest_core::scoring::{Icpc, Method, Scoring};
///
/// let scoring = Scoring::from(Icpc::default().with_penalty(Duration::from_secs(600)));
/// assert!(matches!(scoring.method(), Method::Icpc(_)));
/// assert_eq!(Scoring::default().method(), &Method::Ticks);
/// ```
///
/// As JSON, the options of the method stand beside its name: `{"method": "icpc", "penalty": 600}`.
/// Omitted options have their defaults; without a `version` it is version 1. A newer version than
/// [`ScoringVersion::CURRENT`] is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Stored"))]
pub struct Scoring {
    version: ScoringVersion,
    #[cfg_attr(feature = "serde", serde(flatten))]
    method: Method,
}

impl Scoring {
    /// The version of its rules.
    pub const fn version(&self) -> ScoringVersion {
        self.version
    }

    /// The method.
    pub const fn method(&self) -> &Method {
        &self.method
    }
}

impl Scoring {
    /// Adds it to the digest of a request: different for different scorings.
    pub(crate) fn digest_into(&self, hash: &mut Sha256) {
        let amount = |amount: Amount| match amount {
            Amount::Points(points) => (0, points.millionths()),
            Amount::Percent(percent) => (1, percent.into()),
        };
        let seconds = |time: Duration| time.as_nanos().to_le_bytes();
        hash.update(self.version.0.to_le_bytes());
        match &self.method {
            Method::Ticks => hash.update([0]),
            Method::Icpc(options) => {
                let errors = options.compile_errors == CompileErrors::Penalised;
                let in_seconds = options.unit == TimeUnit::Second;
                hash.update([1, errors.into(), in_seconds.into()]);
                hash.update(seconds(options.penalty));
            }
            Method::Best => hash.update([2]),
            Method::Last => hash.update([3]),
            Method::First => hash.update([4]),
            Method::Falling(options) => {
                hash.update([5]);
                for (kind, value) in [amount(options.per_try), amount(options.least)] {
                    hash.update([kind]);
                    hash.update(value.to_le_bytes());
                }
            }
            Method::AtCoder(options) => {
                hash.update([6]);
                hash.update(seconds(options.penalty));
            }
            Method::Lockout => hash.update([7]),
        }
    }
}

impl Default for Scoring {
    fn default() -> Self {
        Method::default().into()
    }
}

/// With the current version.
impl<M: Into<Method>> From<M> for Scoring {
    fn from(method: M) -> Self {
        Self {
            version: ScoringVersion::CURRENT,
            method: method.into(),
        }
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    version: Option<ScoringVersion>,
    #[serde(flatten)]
    method: Method,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Scoring {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let version = stored.version.unwrap_or(ScoringVersion(1));
        if version != ScoringVersion::CURRENT {
            return Err(format!("unknown version of scoring: {}", version.0));
        }
        let method = stored.method;
        Ok(Self { version, method })
    }
}

/// A scoring method. In every method, a participant's points are the sum over the problems, more points
/// rank higher, and equal ones share a rank unless the method has a tie-breaker.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "method", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Method {
    /// An accepted attempt earns the problem's points. Rejected ones and times do not matter.
    #[default]
    Ticks,
    /// The rules of the ICPC: ties are broken by penalty time, then by the last accepted attempt.
    Icpc(Icpc),
    /// The best score of each problem, as at the IOI.
    Best,
    /// The score of the last attempt that is judged.
    Last,
    /// The score of the first attempt. While it is pending, there is none.
    First,
    /// Each further try earns less.
    Falling(Falling),
    /// `AtCoder`'s rule: the best score of each problem; ties are broken by the time at which the
    /// participant reached the final score, plus penalties.
    #[cfg_attr(feature = "serde", serde(rename = "atcoder"))]
    AtCoder(AtCoder),
    /// The first participant whose attempt is accepted takes the problem's points; the others get none.
    Lockout,
}

/// The options of ICPC scoring.
///
/// An accepted attempt earns the problem's points, one unless the round says otherwise. A solved problem
/// adds to the penalty time the time of its first accepted attempt, and [`penalty`](Icpc::penalty) for
/// each attempt rejected before. Problems that are not solved add nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Icpc {
    /// The penalty time for each rejected attempt at a problem that is solved later. Default: 20
    /// minutes. As JSON, seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))]
    pub penalty: Duration,
    /// Whether compile errors count as rejected. Default: they do not.
    pub compile_errors: CompileErrors,
    /// The unit to which times are rounded down. Default: minutes.
    pub unit: TimeUnit,
}

impl Default for Icpc {
    fn default() -> Self {
        Self {
            penalty: Duration::from_mins(20),
            compile_errors: CompileErrors::default(),
            unit: TimeUnit::default(),
        }
    }
}

impl Icpc {
    /// With this penalty time for each rejected attempt.
    #[must_use]
    pub const fn with_penalty(mut self, penalty: Duration) -> Self {
        self.penalty = penalty;
        self
    }

    /// With this rule about compile errors.
    #[must_use]
    pub const fn with_compile_errors(mut self, compile_errors: CompileErrors) -> Self {
        self.compile_errors = compile_errors;
        self
    }

    /// With times rounded down to this unit.
    #[must_use]
    pub const fn with_unit(mut self, unit: TimeUnit) -> Self {
        self.unit = unit;
        self
    }
}

/// Whether compile errors count as rejected attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum CompileErrors {
    /// They do not count.
    #[default]
    NotCounted,
    /// They count as rejected.
    Penalised,
}

/// A unit of contest time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum TimeUnit {
    /// Minutes: 59.99 seconds are 0 minutes.
    #[default]
    Minute,
    /// Seconds.
    Second,
}

impl TimeUnit {
    /// A time, rounded down to whole units.
    pub(crate) const fn floor(self, time: Duration) -> Duration {
        let seconds = time.as_secs();
        match self {
            Self::Minute => Duration::from_secs(seconds - seconds % 60),
            Self::Second => Duration::from_secs(seconds),
        }
    }
}

/// The options of points that fall with each try.
///
/// An attempt earns its points less [`per_try`](Falling::per_try) for each judged attempt before it, but
/// at least [`least`](Falling::least) if it is accepted. The best attempt counts, up to the first accepted
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Falling {
    /// The deduction for each earlier try. Default: 10 percent of the problem's points.
    pub per_try: Amount,
    /// What an accepted attempt earns at least. Default: nothing.
    pub least: Amount,
}

impl Default for Falling {
    fn default() -> Self {
        Self {
            per_try: Amount::Percent(10),
            least: Amount::Percent(0),
        }
    }
}

impl Falling {
    /// With this deduction for each earlier try.
    #[must_use]
    pub const fn with_per_try(mut self, per_try: Amount) -> Self {
        self.per_try = per_try;
        self
    }

    /// With these points at least for an accepted attempt.
    #[must_use]
    pub const fn with_least(mut self, least: Amount) -> Self {
        self.least = least;
        self
    }
}

/// Points, or a percentage of the problem's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Amount {
    /// These points.
    Points(Points),
    /// This percentage of the problem's points.
    Percent(u8),
}

impl Amount {
    pub(crate) fn of(self, worth: Points) -> Points {
        match self {
            Self::Points(points) => points,
            Self::Percent(percent) => worth.share(percent.into(), 100),
        }
    }
}

/// The options of `AtCoder`'s rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct AtCoder {
    /// The penalty time for each judged attempt before the best one of a problem. Default: 5 minutes. As
    /// JSON, seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))]
    pub penalty: Duration,
}

impl Default for AtCoder {
    fn default() -> Self {
        Self {
            penalty: Duration::from_mins(5),
        }
    }
}

impl AtCoder {
    /// With this penalty time for each judged attempt before the best one.
    #[must_use]
    pub const fn with_penalty(mut self, penalty: Duration) -> Self {
        self.penalty = penalty;
        self
    }
}

impl From<Icpc> for Method {
    fn from(options: Icpc) -> Self {
        Self::Icpc(options)
    }
}

impl From<Falling> for Method {
    fn from(options: Falling) -> Self {
        Self::Falling(options)
    }
}

impl From<AtCoder> for Method {
    fn from(options: AtCoder) -> Self {
        Self::AtCoder(options)
    }
}
