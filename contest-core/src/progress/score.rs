//! The score of a contest.

use crate::id::RoundId;
use crate::scoring::{Attempt, ProblemScore, RankKey, TotalScore};
use crate::user::{AssignedProblem, ContestRecord};

/// The score of a contest: a fold over its attempts, by the scoring kept with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContestScore {
    /// Over all problems.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub total: TotalScore,
    /// Of each problem, in the order of the contest.
    pub problems: Vec<ProblemScore>,
}

/// Where a contest stands in the board of its round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The round.
    pub round: RoundId,
    /// The keys that rank it, for the host and for the public before the freeze is lifted. `None` if it stands
    /// beside the board: its user takes part virtually.
    pub keys: Option<StandingKeys>,
}

/// The keys that rank a contest in the two views of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingKeys {
    /// For the host, and for everyone once the freeze is lifted.
    pub host: RankKey,
    /// For the public: attempts made from the beginning of the freeze on are pending.
    pub public: RankKey,
}

impl ContestRecord {
    /// The score by the attempts made before the contest's end. Ticks accepted late do not count.
    pub fn score(&self) -> ContestScore {
        self.score_of(|attempt| attempt)
    }

    /// Where it stands in the board of its round, if it belongs to one.
    pub fn standing(&self) -> Option<Standing> {
        let entry = self.round?;
        let key = |score: ContestScore| self.scoring.rank_key(&score.total);
        let keys = || StandingKeys {
            host: key(self.score()),
            public: key(self.public_score()),
        };
        Some(Standing {
            round: entry.round,
            keys: (!entry.is_virtual).then(keys),
        })
    }

    /// The score as the public sees it before the freeze of its round is lifted.
    pub(crate) fn public_score(&self) -> ContestScore {
        let frozen_from = self.round.and_then(|entry| entry.frozen_from);
        self.score_of(|attempt| match frozen_from {
            Some(from) if attempt.at >= from => attempt.hidden(),
            _ => attempt,
        })
    }

    /// Its attempts made before its end, of the problem at a position.
    pub(crate) fn counted_attempts<'a>(
        &'a self,
        assigned: &'a AssignedProblem,
    ) -> impl Iterator<Item = Attempt> + 'a {
        let end = self.ending.map_or(self.deadline, |ending| ending.at);
        assigned
            .all_attempts()
            .filter(move |attempt| attempt.at < end)
    }

    fn score_of(&self, shown: impl Fn(Attempt) -> Attempt) -> ContestScore {
        let zero = self.round.map_or(self.started_at, |entry| entry.zero);
        let problems = self.problems.iter().map(|assigned| {
            if assigned.mark.is_none() && assigned.attempts.is_empty() {
                return ProblemScore::default();
            }
            let attempts: Vec<_> = self.counted_attempts(assigned).map(&shown).collect();
            self.scoring.problem(assigned.worth(), zero, &attempts)
        });
        let problems: Vec<_> = problems.collect();
        ContestScore {
            total: self.scoring.total(&problems),
            problems,
        }
    }
}
