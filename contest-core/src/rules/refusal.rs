//! Refusals of the rules.

use std::slice;
use std::time::Duration;

use crate::id::{ContestId, ProblemId, RoundId};
use crate::model::{ContestStatus, RangeError, Slug};
use crate::select::SelectionError;
use crate::time::Timestamp;

/// Why a use case was refused. Nothing was changed.
///
/// The message is for end users, so it has no ids. [`contest`](Self::contest) and
/// [`problems`](Self::problems) return them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The user has an active contest. Complete or abandon it first.
    #[error("a contest is still active: complete or abandon it first")]
    ActiveContestExists {
        /// The active contest.
        contest: ContestId,
    },
    /// The user has begun as many contests, or recorded as many solves, today as the host's
    /// [`Limits`](crate::rules::Limits) allow.
    #[error("no more than {limit} {what} are accepted on one day: try again at {next_at}")]
    DailyLimit {
        /// What is limited: `new contests` or `solves`.
        what: &'static str,
        /// The limit.
        limit: u32,
        /// When the next day begins.
        next_at: Timestamp,
        /// How long it is until then.
        wait: Duration,
    },
    /// The user has no contest with this id.
    #[error("there is no such contest")]
    ContestNotFound {
        /// The id given.
        contest: ContestId,
    },
    /// The contest has ended.
    #[error("the contest has ended: {status} at {ended_at}")]
    ContestNotAccepting {
        /// The contest.
        contest: ContestId,
        /// How it ended; never [`ContestStatus::Active`].
        status: ContestStatus,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// The contest's deadline is already later. A deadline only moves to a later instant.
    #[error("the contest already ends later, at {deadline}: give a later deadline")]
    EarlierDeadline {
        /// The contest.
        contest: ContestId,
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The host's policy does not allow resuming.
    #[error("the contest cannot be resumed: resuming is not allowed here")]
    ResumeNotAllowed {
        /// The id given.
        contest: ContestId,
    },
    /// The contest was not abandoned.
    #[error("the contest is {status}: only an abandoned contest can be resumed")]
    ContestNotAbandoned {
        /// The contest.
        contest: ContestId,
        /// Its state.
        status: ContestStatus,
    },
    /// The contest was abandoned, and its deadline has passed.
    #[error("the contest cannot be resumed: its deadline has passed, at {deadline}")]
    DeadlinePassed {
        /// The contest.
        contest: ContestId,
        /// Its deadline.
        deadline: Timestamp,
    },
    /// The contest does not have this problem.
    #[error("the contest does not have this problem")]
    ProblemNotInContest {
        /// The contest.
        contest: ContestId,
        /// The problem given.
        problem: ProblemId,
    },
    /// Only the host records attempts at the problem.
    #[error("the host judges this problem: it cannot be marked or unmarked here")]
    JudgedByHost {
        /// The contest.
        contest: ContestId,
    },
    /// A submission is known as one of another problem.
    #[error("the submission was recorded for another problem: give each submission its own id")]
    SubmissionReused {
        /// The problem given.
        problem: ProblemId,
    },
    /// An attempt was not made during its contest.
    #[error("the attempt was not made during the contest")]
    AttemptOutsideContest {
        /// The contest.
        contest: ContestId,
        /// The problem.
        problem: ProblemId,
    },
    /// There is no such round, or the user may not take part in it.
    #[error("there is no such round")]
    RoundNotFound {
        /// The id given.
        round: RoundId,
    },
    /// The round has not opened yet.
    #[error("the round opens at {opens_at}")]
    RoundNotOpen {
        /// The round.
        round: RoundId,
        /// When it opens.
        opens_at: Timestamp,
    },
    /// The round has opened, so that only the lifting of its freeze can be changed.
    #[error("the round has opened: only the lifting of its freeze can be changed")]
    RoundHasOpened {
        /// The round.
        round: RoundId,
    },
    /// A user cannot be listed in the round as a participant of another id.
    #[error("the round has no teams: list each user as a participant of the user's own id")]
    RoundWithoutTeams {
        /// The round.
        round: RoundId,
    },
    /// The idempotency key was used for a different request.
    #[error(
        "the idempotency key was already used for a different request: use a new key for a new \
         request"
    )]
    IdempotencyKeyReused {
        /// The contest created with the key.
        contest: ContestId,
    },
    /// No problem, or too few, can be selected.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A request is outside the host's [`Limits`](crate::rules::Limits).
    #[error(transparent)]
    LimitExceeded(#[from] RangeError),
    /// Solves or an export name problems that are not in the catalogue.
    #[error("{} unknown problem(s)", problems.len())]
    UnknownProblems {
        /// The unknown problems, in the order given.
        problems: Vec<ProblemId>,
    },
    /// A solve is in the future.
    #[error("a solve is in the future")]
    SolveInFuture {
        /// The problem of that solve.
        problem: ProblemId,
    },
    /// A new catalogue uses the slug of a stored problem that it lacks: the problem has another id
    /// there. Give it the stored id, or move to the new ids as described at
    /// [`Exported::with_problem_ids`](crate::user::Exported::with_problem_ids).
    #[error(
        "the slug {slug} belongs to a stored problem that the catalogue lacks: an id of a published \
         problem cannot be changed"
    )]
    SlugTaken {
        /// The slug.
        slug: Slug,
        /// The stored problem.
        stored: ProblemId,
    },
    /// A new catalogue lacks, or retires, more than a tenth of the problems in use. It may be
    /// incomplete. If it is not, publish it with
    /// [`with_any_number_retired`](crate::rules::PublishOptions::with_any_number_retired).
    #[error(
        "{retired} of {in_use} problems would be retired, more than a tenth: the catalogue may be \
         incomplete"
    )]
    TooManyRetired {
        /// How many problems would be retired.
        retired: u64,
        /// How many problems are in use.
        in_use: u64,
    },
    /// The user has data that is not of this export.
    #[error("the user has data already: import into a user without data, or erase the user first")]
    UserHasData,
    /// An export cannot be imported.
    #[error("the export cannot be imported: {reason}")]
    InvalidExport {
        /// The reason.
        reason: String,
    },
    /// An import of the user's data has begun and is not finished.
    #[error("an import of the user's data is not finished: repeat it, or erase the user")]
    ImportUnfinished,
}

impl Refusal {
    /// The contest that the refusal concerns: the one named in the call, or the one that blocks it.
    pub fn contest(&self) -> Option<ContestId> {
        match self {
            Self::ActiveContestExists { contest }
            | Self::ContestNotFound { contest }
            | Self::ContestNotAccepting { contest, .. }
            | Self::EarlierDeadline { contest, .. }
            | Self::ResumeNotAllowed { contest }
            | Self::ContestNotAbandoned { contest, .. }
            | Self::DeadlinePassed { contest, .. }
            | Self::ProblemNotInContest { contest, .. }
            | Self::JudgedByHost { contest }
            | Self::AttemptOutsideContest { contest, .. }
            | Self::IdempotencyKeyReused { contest } => Some(*contest),
            _ => None,
        }
    }

    /// The problems that the refusal concerns; may be empty.
    pub fn problems(&self) -> &[ProblemId] {
        match self {
            Self::ProblemNotInContest { problem, .. }
            | Self::SolveInFuture { problem }
            | Self::SubmissionReused { problem }
            | Self::AttemptOutsideContest { problem, .. } => slice::from_ref(problem),
            Self::SlugTaken { stored, .. } => slice::from_ref(stored),
            Self::UnknownProblems { problems } => problems,
            Self::Selection(error) => error.problems(),
            _ => &[],
        }
    }

    /// A stable name of the kind of refusal, such as `contest_not_found`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ActiveContestExists { .. } => "active_contest_exists",
            Self::DailyLimit { .. } => "daily_limit",
            Self::ContestNotFound { .. } => "contest_not_found",
            Self::ContestNotAccepting { .. } => "contest_not_accepting",
            Self::EarlierDeadline { .. } => "earlier_deadline",
            Self::ResumeNotAllowed { .. } => "resume_not_allowed",
            Self::ContestNotAbandoned { .. } => "contest_not_abandoned",
            Self::DeadlinePassed { .. } => "deadline_passed",
            Self::ProblemNotInContest { .. } => "problem_not_in_contest",
            Self::JudgedByHost { .. } => "judged_by_host",
            Self::SubmissionReused { .. } => "submission_reused",
            Self::AttemptOutsideContest { .. } => "attempt_outside_contest",
            Self::RoundNotFound { .. } => "round_not_found",
            Self::RoundNotOpen { .. } => "round_not_open",
            Self::RoundHasOpened { .. } => "round_has_opened",
            Self::RoundWithoutTeams { .. } => "round_without_teams",
            Self::IdempotencyKeyReused { .. } => "idempotency_key_reused",
            Self::Selection(error) => error.code(),
            Self::LimitExceeded(_) => "limit_exceeded",
            Self::UnknownProblems { .. } => "unknown_problems",
            Self::SolveInFuture { .. } => "solve_in_future",
            Self::SlugTaken { .. } => "slug_taken",
            Self::TooManyRetired { .. } => "too_many_retired",
            Self::UserHasData => "user_has_data",
            Self::InvalidExport { .. } => "invalid_export",
            Self::ImportUnfinished => "import_unfinished",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PerDifficulty;
    use crate::select::{ProblemCount, RequestError, StrategyName};

    /// At least one refusal of each kind, with ids where it has any.
    fn all() -> Vec<Refusal> {
        use Refusal as R;
        use SelectionError as S;
        let id = uuid::Uuid::from_u128(0x0190_d3f4_7a00_7000_8000_0000_0000_0001);
        let (contest, problem) = (ContestId::from(id), ProblemId::from(id));
        let round = RoundId::from(id);
        let (problems, deadline) = (vec![problem; 2], Timestamp::from_micros(0));
        let status = ContestStatus::Completed;
        let outside = ProblemCount::new(0).unwrap_err();
        let name = StrategyName::new("ours").unwrap();
        let requests = [
            RequestError::PartsDoNotSum { parts: 2, count: 1 },
            RequestError::SlotsDoNotMatch { slots: 2, count: 1 },
            RequestError::PartsWithSlots,
            RequestError::StrategyWithPlan {
                strategy: "uniform",
            },
            RequestError::ProblemCount(outside),
            RequestError::RepeatedProblems {
                problems: problems.clone(),
            },
            RequestError::ChoiceAmongNamed {
                member: "topic_cap",
            },
            RequestError::TopicCapWithSlots,
        ];
        let selections = [
            S::UnknownTopic {
                topic: "Graphs".parse().unwrap(),
            },
            S::NoEligibleProblems,
            S::NotEnoughProblems {
                asked: 2,
                available: PerDifficulty::default(),
            },
            S::PartUnfilled {
                part: 0,
                asked: 2,
                available: 1,
            },
            S::SlotsUnfillable {
                asked: 1,
                slots: Vec::new(),
            },
            S::UnknownStrategy { name },
            S::ReviewUnavailable,
            S::UnknownProblems {
                problems: problems.clone(),
            },
            S::RetiredProblems {
                problems: problems.clone(),
            },
        ];
        let selections = selections.into_iter().chain(requests.map(S::from));
        let others = [
            R::ActiveContestExists { contest },
            R::DailyLimit {
                what: "solves",
                limit: 100,
                next_at: deadline,
                wait: Duration::ZERO,
            },
            R::ContestNotFound { contest },
            R::ContestNotAccepting {
                contest,
                status,
                ended_at: deadline,
            },
            R::EarlierDeadline { contest, deadline },
            R::ResumeNotAllowed { contest },
            R::ContestNotAbandoned { contest, status },
            R::DeadlinePassed { contest, deadline },
            R::ProblemNotInContest { contest, problem },
            R::JudgedByHost { contest },
            R::SubmissionReused { problem },
            R::AttemptOutsideContest { contest, problem },
            R::RoundNotFound { round },
            R::RoundNotOpen {
                round,
                opens_at: deadline,
            },
            R::RoundHasOpened { round },
            R::RoundWithoutTeams { round },
            R::IdempotencyKeyReused { contest },
            R::LimitExceeded(outside),
            R::UnknownProblems { problems },
            R::SolveInFuture { problem },
            R::SlugTaken {
                slug: "two-sum".parse().unwrap(),
                stored: problem,
            },
            R::TooManyRetired {
                retired: 11,
                in_use: 100,
            },
        ];
        others.into_iter().chain(selections.map(R::from)).collect()
    }

    #[test]
    fn sentences_name_no_ids_and_quote_no_code() {
        for refusal in all() {
            let sentence = refusal.to_string();
            let words = sentence.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
            let ids = words.filter(|word| word.parse::<ContestId>().is_ok());
            assert_eq!(ids.count(), 0, "{sentence}");
            assert!(!sentence.contains(['`', '_']), "{sentence}");
        }
    }
}
