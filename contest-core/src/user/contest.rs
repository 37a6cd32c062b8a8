//! A stored contest.

use std::time::Duration;

use crate::catalogue::Fingerprint;
use crate::id::{ContestId, ParticipantId, ProblemId, RoundId};
use crate::model::{Difficulty, IdempotencyKey, LatePolicy, PerDifficulty, Problem, SubmissionId};
use crate::scoring::{Attempt, Made, Points, Score, Scoring, Verdict};
use crate::select::{AlgorithmVersion, Seed, SelectionMethod, SelectionRecord};
use crate::time::Timestamp;
use crate::user::{FORMAT, Unknown};

pub use crate::model::{Ending, EndingKind};

/// A stored contest. The store keeps it under its user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContestRecord {
    // First, because a mark changes only this field: a database that logs the difference between two
    // rows then logs less.
    /// The problems, in order.
    pub problems: Vec<AssignedProblem>,
    /// The format it was written with.
    pub format: u16,
    /// The id.
    pub id: ContestId,
    /// When it began.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub started_at: Timestamp,
    /// The first instant at which the contest no longer accepts work.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub deadline: Timestamp,
    /// Its end, if the user ended it. Expiry is not stored.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub ending: Option<Ending>,
    /// The policy for marks after the deadline.
    pub late_policy: LatePolicy,
    /// The number of its epoch.
    pub epoch: u64,
    /// The record of the selection.
    pub selection: SelectionRecord,
    /// How its attempts are scored.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    pub scoring: Scoring,
    /// The round it belongs to, if any.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub round: Option<RoundEntry>,
    /// The idempotency key and digest, if the caller gave a key.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub idempotency: Option<Idempotency>,
    /// Members that a later version wrote.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub unknown: Unknown,
}

/// A contest's part in a round. It holds what the contest needs of the round, so that its score depends on
/// nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RoundEntry {
    /// The round.
    pub round: RoundId,
    /// The participant whose attempts the contest's attempts are.
    pub participant: ParticipantId,
    /// Contest times count from here: the opening of the round, or the start of the contest.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub zero: Timestamp,
    /// The public sees attempts made at this instant or later as pending, until the freeze is lifted.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::encoding::optional_micros"
        )
    )]
    pub frozen_from: Option<Timestamp>,
    /// Whether it takes part virtually: it stands beside the board.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    pub is_virtual: bool,
    /// Whether only the host records attempts.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    pub judged: bool,
    /// The extra time that its deadline includes.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "is_default",
            with = "crate::encoding::seconds"
        )
    )]
    pub extra: Duration,
}

#[cfg(feature = "serde")]
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A problem of a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AssignedProblem {
    /// The problem.
    pub problem: ProblemId,
    /// Its difficulty when the contest was created.
    pub difficulty: Difficulty,
    /// Its points, if its slot or the round gives any.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub points: Option<Points>,
    /// Its mark, if it is marked.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub mark: Option<Mark>,
    /// The attempts that the host recorded, in the order in which they were made. A tick is not among them:
    /// it is the mark.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub attempts: Vec<JudgedAttempt>,
}

/// An attempt at a problem of a contest that the host recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JudgedAttempt {
    /// When it was made.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub at: Timestamp,
    /// The host's id of the submission, if it has one.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub submission: Option<SubmissionId>,
    /// The latest verdict.
    pub verdict: Verdict,
    /// The score, if the host gives scores.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub score: Option<Score>,
    /// When it was recorded; if it was accepted only later, when that was recorded.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub recorded_at: Timestamp,
    /// When it was judged again and ceased to be a solve, if it was one.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::encoding::optional_micros"
        )
    )]
    pub undone_at: Option<Timestamp>,
}

impl JudgedAttempt {
    /// Its place in the order of attempts.
    pub(crate) fn made(&self) -> Made {
        Made {
            at: self.at,
            submission: self.submission.clone(),
        }
    }
}

/// The mark of a solved problem of a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mark {
    /// The time of the mark.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub at: Timestamp,
    /// Whether the problem was unsolved before.
    pub newly: bool,
    /// Whether it is the first accepted attempt that the host recorded, not a tick.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    pub judged: bool,
}

/// The idempotency key of a creation and the digest of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the request: equal if and only if the requests are equal.
    pub digest: RequestDigest,
}

/// A digest (SHA-256) of a request or of an import. Written as 64 hexadecimal digits.
pub type RequestDigest = Fingerprint;

impl ContestRecord {
    /// A contest of these problems without any mark, as one of [named
    /// problems](crate::select::SelectionRequest::with_problems) is created. For tests: all fields are
    /// public, so change the relevant ones.
    ///
    /// ```
    /// use contest_core::prelude::*;
    /// use contest_core::user::{ContestRecord, Mark};
    ///
    /// let start = Timestamp::from_micros(0);
    /// let minute = std::time::Duration::from_mins(1);
    /// let problem = Problem::new("two-sum", "Two Sum", Difficulty::Easy)?;
    /// let id = ContestId::new(start, 1);
    /// let mut contest = ContestRecord::new(id, start, start + 60 * minute, [&problem]);
    /// contest.problems[0].mark = Some(Mark { at: start + 9 * minute, newly: true, judged: false });
    ///
    /// let pace = contest_core::progress::pace(&[contest], start + 10 * minute);
    /// assert_eq!(pace.by_difficulty.easy.median, Some(9 * minute));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new<'p>(
        id: ContestId,
        started_at: Timestamp,
        deadline: Timestamp,
        problems: impl IntoIterator<Item = &'p Problem>,
    ) -> Self {
        let assigned = problems.into_iter().map(|problem| AssignedProblem {
            problem: problem.id,
            difficulty: problem.difficulty,
            points: None,
            mark: None,
            attempts: Vec::new(),
        });
        let problems: Vec<_> = assigned.collect();
        let listed: Vec<_> = problems.iter().collect();
        Self {
            format: FORMAT,
            id,
            started_at,
            deadline,
            ending: None,
            late_policy: LatePolicy::default(),
            epoch: 0,
            selection: Self::named(&listed, Fingerprint::default()),
            problems,
            scoring: Scoring::default(),
            round: None,
            idempotency: None,
            unknown: Unknown::default(),
        }
    }

    /// The record of a selection of given problems.
    pub(crate) fn named(problems: &[&AssignedProblem], catalogue: Fingerprint) -> SelectionRecord {
        let mut taken = PerDifficulty::default();
        for assigned in problems {
            taken[assigned.difficulty] += 1;
        }
        SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: Seed(0),
            catalogue,
            method: SelectionMethod::Named,
            asked: taken.easy + taken.medium + taken.hard,
            quota: PerDifficulty::default(),
            taken,
            parts: Vec::new(),
            open_slots: Vec::new(),
        }
    }

    /// The problem with this id, if the contest has it.
    pub fn problem(&self, id: ProblemId) -> Option<&AssignedProblem> {
        self.problems.iter().find(|assigned| assigned.problem == id)
    }
}

impl AssignedProblem {
    /// Its attempts, a tick included, in no particular order.
    pub fn all_attempts(&self) -> impl Iterator<Item = Attempt> + '_ {
        let tick = self.mark.filter(|mark| !mark.judged);
        let tick = tick.map(|mark| Attempt::tick(self.problem, mark.at));
        let judged = self.attempts.iter().map(|attempt| {
            let mut all = Attempt::new(self.problem, attempt.at, attempt.verdict);
            all.submission.clone_from(&attempt.submission);
            all.score = attempt.score;
            all
        });
        tick.into_iter().chain(judged)
    }

    /// The points that a full score earns: one, unless the problem has points.
    pub(crate) fn worth(&self) -> Points {
        self.points.unwrap_or(Points::ONE)
    }
}
