//! What the rules forbid.

use crate::id::{ContestId, ProblemId};
use crate::model::{ContestStatus, Slug};
use crate::rules::LimitExceeded;
use crate::select::SelectionError;
use crate::time::Timestamp;

/// Why a use case was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The user has an active contest. Complete or abandon it first.
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
    /// The contest does not accept work, because it ended.
    #[error("the contest {contest} does not accept work: it is {status} since {ended_at}")]
    ContestNotAccepting {
        /// The contest.
        contest: ContestId,
        /// How it ended; never [`ContestStatus::Active`].
        status: ContestStatus,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// The contest already ends later. Extra time is only ever given.
    #[error("the contest {contest} already ends later, at {deadline}: give a later deadline")]
    EarlierDeadline {
        /// The contest.
        contest: ContestId,
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The host lets no user resume a contest.
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
    /// A request is outside the host's [`Limits`](crate::rules::Limits).
    #[error(transparent)]
    LimitExceeded(#[from] LimitExceeded),
    /// Solves, or an export, name problems that are not in the catalogue.
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
    /// The user an export is to be imported into has data of another origin.
    #[error("the user has data already: import into a user without data, or erase the user first")]
    UserHasData,
    /// An export cannot be imported.
    #[error("the export cannot be imported: {reason}")]
    InvalidExport {
        /// What is wrong with it.
        reason: String,
    },
    /// An import of the user's data has begun and is not finished.
    #[error("an import of the user's data is not finished: repeat it, or erase the user")]
    ImportUnfinished,
}

impl Refusal {
    /// A stable name of the kind of refusal, such as `contest_not_found`.
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
            Self::LimitExceeded(_) => "limit_exceeded",
            Self::UnknownProblems { .. } => "unknown_problems",
            Self::SolveInFuture { .. } => "solve_in_future",
            Self::SlugTaken { .. } => "slug_taken",
            Self::UserHasData => "user_has_data",
            Self::InvalidExport { .. } => "invalid_export",
            Self::ImportUnfinished => "import_unfinished",
        }
    }
}

/// The first of a list of problems, for a message.
fn listed(problems: &[ProblemId]) -> String {
    const SHOWN: usize = 5;
    let shown = problems.iter().take(SHOWN).map(ToString::to_string);
    let more = (problems.len() > SHOWN).then(|| "…".to_owned());
    shown.chain(more).collect::<Vec<_>>().join(", ")
}
