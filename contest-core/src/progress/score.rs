//! The score of a contest.

use std::time::Duration;

use uuid::Uuid;

use crate::id::{ParticipantId, RoundId, UserId};
use crate::scoring::{Attempt, Points, ProblemScore, RankKey, TotalScore};
use crate::standings::View;
use crate::time::Timestamp;
use crate::user::{AssignedProblem, ContestRecord, Ending};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The round.
    pub round: RoundId,
    /// Its rows in the two views. `None` if it stands beside the board: its user takes part virtually.
    pub rows: Option<StandingRows>,
}

/// The rows of a contest in the two views of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRows {
    /// For the host, and for everyone once the freeze is lifted.
    pub host: RankedRow,
    /// For the public before: attempts made from the beginning of the freeze on are pending.
    pub public: RankedRow,
}

impl StandingRows {
    /// The row in a view.
    pub fn into_view(self, view: View) -> RankedRow {
        match view {
            View::Host => self.host,
            View::Public => self.public,
        }
    }
}

/// A row of a board, with the key that ranks it: rows ascend by key, then by user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedRow {
    /// The key.
    pub key: RankKey,
    /// The user.
    pub user: UserId,
    /// The participant.
    pub participant: ParticipantId,
    /// The scores at the problems, in the order of the round.
    pub problems: Vec<ProblemScore>,
}

/// Bytes are not a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a row of a board")]
#[non_exhaustive]
pub struct RowBytesError;

impl RankedRow {
    /// The format of the bytes.
    const FORMAT: u8 = 1;

    /// The row as bytes, for stores: a page of a board is read without the contests, which are much larger.
    /// Times are kept in whole microseconds.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + 12 * self.problems.len());
        bytes.push(Self::FORMAT);
        bytes.extend(self.key.to_bytes());
        bytes.extend(self.user.as_uuid().into_bytes());
        bytes.extend(self.participant.as_uuid().into_bytes());
        for score in &self.problems {
            let flags = u8::from(score.solved) | u8::from(score.time.is_some()) << 1;
            bytes.push(flags);
            let numbers = [
                score.judged.into(),
                score.pending.into(),
                score.points.millionths(),
                micros(score.time.unwrap_or_default()),
                micros(score.penalty),
            ];
            for number in numbers {
                put(&mut bytes, number);
            }
        }
        bytes
    }
}

/// The inverse of [`RankedRow::to_bytes`].
impl TryFrom<&[u8]> for RankedRow {
    type Error = RowBytesError;

    fn try_from(bytes: &[u8]) -> Result<Self, RowBytesError> {
        let mut rest = Rest(bytes);
        if rest.take::<1>()? != [Self::FORMAT] {
            return Err(RowBytesError);
        }
        let mut row = Self {
            key: rest.take()?.into(),
            user: Uuid::from_bytes(rest.take()?).into(),
            participant: Uuid::from_bytes(rest.take()?).into(),
            problems: Vec::new(),
        };
        while !rest.0.is_empty() {
            let [flags] = rest.take()?;
            let count = |number: u64| u32::try_from(number).map_err(|_| RowBytesError);
            let mut score = ProblemScore {
                judged: count(rest.number()?)?,
                pending: count(rest.number()?)?,
                solved: flags & 1 != 0,
                points: Points::from_millionths(rest.number()?),
                ..ProblemScore::default()
            };
            let time = Duration::from_micros(rest.number()?);
            score.time = (flags & 2 != 0).then_some(time);
            score.penalty = Duration::from_micros(rest.number()?);
            row.problems.push(score);
        }
        Ok(row)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Writes a number in seven bits a byte, the lowest first (LEB128).
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = (number & 0x7f).to_le_bytes()[0];
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// The bytes that are not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RowBytesError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(RowBytesError)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u64, RowBytesError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(RowBytesError)
    }
}

impl ContestRecord {
    /// The score by the attempts made before the contest's end. Ticks accepted late do not count.
    pub fn score(&self) -> ContestScore {
        self.score_of(|attempt| attempt)
    }

    /// Where it stands in the board of its round, if it belongs to one. `user` is its user.
    pub fn standing(&self, user: UserId) -> Option<Standing> {
        let entry = self.round?;
        let row = |score: ContestScore| RankedRow {
            key: self.scoring.rank_key(&score.total),
            user,
            participant: entry.participant,
            problems: score.problems,
        };
        let rows = || StandingRows {
            host: row(self.score()),
            public: row(self.public_score()),
        };
        Some(Standing {
            round: entry.round,
            rows: (!entry.is_virtual).then(rows),
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

    /// The first instant at which attempts no longer count. A tick may have the time of the end that followed
    /// it, because clocks of processes differ.
    pub(crate) fn counts_until(&self) -> Timestamp {
        let after_end = |ending: Ending| ending.at + Duration::from_micros(1);
        let end = self.ending.map_or(self.deadline, after_end);
        end.min(self.deadline)
    }

    /// Its attempts made before its end, of the problem at a position.
    pub(crate) fn counted_attempts<'a>(
        &'a self,
        assigned: &'a AssignedProblem,
    ) -> impl Iterator<Item = Attempt> + 'a {
        let end = self.counts_until();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_their_bytes_and_other_bytes_are_refused() {
        let mut scores = vec![ProblemScore::default(); 3];
        for (score, number) in scores.iter_mut().zip([1, 127, u32::MAX]) {
            score.judged = number;
            score.points = Points::from_millionths(u64::from(number) * 1_000_001);
            score.penalty = Duration::from_micros(u64::from(number) << 20);
        }
        scores[1].solved = true;
        scores[2].time = Some(Duration::ZERO);
        scores[2].pending = 300;
        let row = RankedRow {
            key: [7; 24].into(),
            user: Uuid::from_u128(1).into(),
            participant: Uuid::from_u128(2).into(),
            problems: scores,
        };
        let bytes = row.to_bytes();
        assert_eq!(RankedRow::try_from(&*bytes), Ok(row));
        let cut = (0..bytes.len()).filter(|end| RankedRow::try_from(&bytes[..*end]).is_ok());
        // The head alone is a row without problems, and each further problem is whole.
        assert_eq!(cut.count(), 3);
        let mut other = bytes;
        other[0] = 2;
        assert_eq!(RankedRow::try_from(&*other), Err(RowBytesError));
    }
}
