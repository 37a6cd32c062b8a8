//! Why an operation did not happen.

use std::time::Duration;

use crate::id::{ContestId, ProblemId};
use crate::lifecycle::NotAccepting;
use crate::model::{ContestStatus, Slug};
use crate::select::SelectionError;
use crate::store::StoreError;
use crate::time::Timestamp;

/// Why an operation did not happen. Every variant but [`Error::Store`] and [`Error::TimedOut`] is a
/// refusal: nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The user has an active contest. Finish or abandon it first.
    #[error("the contest {contest} is still active: complete or abandon it first")]
    ActiveContestExists {
        /// The active contest.
        contest: ContestId,
    },
    /// The user has no contest with this id.
    #[error("there is no contest {contest}")]
    ContestNotFound {
        /// What was asked for.
        contest: ContestId,
    },
    /// The contest does not accept work, because it ended or has not begun.
    #[error("the contest {contest} does not accept work: {reason}")]
    ContestNotAccepting {
        /// The contest.
        contest: ContestId,
        /// Why.
        reason: NotAccepting,
    },
    /// The contest already ends later. Extra time is only ever given.
    #[error("the contest {contest} already ends later, at {deadline}: give a later deadline")]
    EarlierDeadline {
        /// The contest.
        contest: ContestId,
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The engine's [policy](crate::engine::ResumePolicy) lets nobody resume a contest.
    #[error("the contest {contest} cannot be resumed: resuming is not allowed here")]
    ResumeNotAllowed {
        /// What was asked for.
        contest: ContestId,
    },
    /// The contest was not abandoned, so there is nothing to take back.
    #[error("the contest {contest} is {status}: only an abandoned contest can be resumed")]
    ContestNotAbandoned {
        /// The contest.
        contest: ContestId,
        /// Its state.
        status: ContestStatus,
    },
    /// The contest was abandoned, and its deadline has passed since.
    #[error("the contest {contest} cannot be resumed: its deadline has passed, at {deadline}")]
    DeadlinePassed {
        /// The contest.
        contest: ContestId,
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The contest does not have this problem.
    #[error("the contest {contest} does not have the problem {problem}")]
    ProblemNotInContest {
        /// The contest.
        contest: ContestId,
        /// What was asked for.
        problem: ProblemId,
    },
    /// The idempotency key was used for a different request.
    #[error(
        "the idempotency key was already used for a different request, which created the contest \
         {contest}: use a new key for a new request"
    )]
    IdempotencyKeyReused {
        /// The contest that was created under the key.
        contest: ContestId,
    },
    /// No problems, or too few, can be selected.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// Problems kept being solved or retired while they were being selected. Try again.
    #[error("the selected problems were solved or retired meanwhile: try again")]
    SelectionOutdated,
    /// A request is outside the engine's [`Limits`](crate::engine::Limits).
    #[error(transparent)]
    LimitExceeded(#[from] LimitExceeded),
    /// Solves name problems that are not in the catalogue.
    #[error("{} unknown problem(s): {}", problems.len(), listed(problems))]
    UnknownProblems {
        /// All of them, in the order they were given.
        problems: Vec<ProblemId>,
    },
    /// A solve lies in the future.
    #[error("the solve of {problem} lies in the future")]
    SolveInFuture {
        /// Its problem.
        problem: ProblemId,
    },
    /// A new catalogue has the slug of a stored problem that it lacks.
    #[error("the slug `{slug}` belongs to the stored problem {stored}, which the catalogue lacks")]
    SlugTaken {
        /// The slug.
        slug: Slug,
        /// The stored problem.
        stored: ProblemId,
    },
    /// The operation took longer than the engine allows. A write may have happened all the same.
    #[error("the operation was given up after {} ms", after.as_millis())]
    TimedOut {
        /// The engine's operation timeout.
        after: Duration,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A stable name of the kind of error, such as `contest_not_found`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ActiveContestExists { .. } => "active_contest_exists",
            Self::ContestNotFound { .. } => "contest_not_found",
            Self::ContestNotAccepting { .. } => "contest_not_accepting",
            Self::EarlierDeadline { .. } => "earlier_deadline",
            Self::ResumeNotAllowed { .. } => "resume_not_allowed",
            Self::ContestNotAbandoned { .. } => "contest_not_abandoned",
            Self::DeadlinePassed { .. } => "deadline_passed",
            Self::ProblemNotInContest { .. } => "problem_not_in_contest",
            Self::IdempotencyKeyReused { .. } => "idempotency_key_reused",
            Self::Selection(error) => error.code(),
            Self::SelectionOutdated => "selection_outdated",
            Self::LimitExceeded(_) => "limit_exceeded",
            Self::UnknownProblems { .. } => "unknown_problems",
            Self::SolveInFuture { .. } => "solve_in_future",
            Self::SlugTaken { .. } => "slug_taken",
            Self::TimedOut { .. } => "timed_out",
            Self::Store(_) => "store_error",
        }
    }

    /// Whether the same call may succeed if made again without any change. After a creation that
    /// ended so, use an [idempotency key](crate::engine::ContestRequest::with_idempotency_key).
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::SelectionOutdated | Self::TimedOut { .. } => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }
}

fn listed(problems: &[ProblemId]) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<_> = problems
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    if problems.len() > SHOWN {
        text.push("…".to_owned());
    }
    text.join(", ")
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
        allowed: std::ops::RangeInclusive<usize>,
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
