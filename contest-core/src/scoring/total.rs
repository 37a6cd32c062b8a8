//! The score of a participant over all problems, and the key that ranks it.

use std::cmp::Reverse;
use std::time::Duration;

use crate::scoring::{Method, Points, ProblemScore, Scoring};

/// The score of a participant over all problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TotalScore {
    /// The sum of the points.
    pub points: Points,
    /// How many problems are solved.
    pub solved: u32,
    /// With ICPC, the sum of the problems' penalty times; with `AtCoder`'s rule, the time at which the
    /// points were reached plus penalties; zero with other methods. As JSON, seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))]
    pub penalty: Duration,
    /// The latest time at which a problem with points or a solved one was decided. As JSON, seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::optional_seconds"))]
    pub last: Option<Duration>,
}

/// What ranks a score: smaller is better, and equal keys share a rank. Rows are sorted by the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RankKey {
    points: Reverse<Points>,
    penalty: Duration,
    last: Duration,
}

impl RankKey {
    /// 24 bytes that sort like the keys, for stores.
    pub fn to_bytes(self) -> [u8; 24] {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let Reverse(points) = self.points;
        let parts = [
            u64::MAX - points.millionths(),
            micros(self.penalty),
            micros(self.last),
        ];
        let mut bytes = [0; 24];
        for (to, part) in bytes.chunks_exact_mut(8).zip(parts) {
            to.copy_from_slice(&part.to_be_bytes());
        }
        bytes
    }
}

/// The inverse of [`RankKey::to_bytes`].
impl From<[u8; 24]> for RankKey {
    fn from(bytes: [u8; 24]) -> Self {
        let parts = bytes.chunks_exact(8).map(|part| {
            let part: [u8; 8] = part.try_into().unwrap_or_default();
            u64::from_be_bytes(part)
        });
        let mut parts = parts.chain(std::iter::repeat(0));
        let mut next = || parts.next().unwrap_or_default();
        Self {
            points: Reverse(Points::from_millionths(u64::MAX - next())),
            penalty: Duration::from_micros(next()),
            last: Duration::from_micros(next()),
        }
    }
}

impl Scoring {
    /// The score over these problems.
    pub fn total<'a>(&self, problems: impl IntoIterator<Item = &'a ProblemScore>) -> TotalScore {
        let mut total = TotalScore::default();
        for problem in problems {
            total.points = total.points + problem.points;
            total.solved += u32::from(problem.solved);
            total.penalty = total.penalty.saturating_add(problem.penalty);
            if problem.solved || problem.points > Points::ZERO {
                total.last = total.last.max(problem.time);
            }
        }
        if matches!(self.method(), Method::AtCoder(_)) {
            let last = total.last.unwrap_or_default();
            total.penalty = total.penalty.saturating_add(last);
        }
        total
    }

    /// The key that ranks a score.
    pub fn rank_key(&self, total: &TotalScore) -> RankKey {
        let last = match self.method() {
            Method::Icpc(_) => total.last.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        RankKey {
            points: Reverse(total.points),
            penalty: total.penalty,
            last,
        }
    }
}
