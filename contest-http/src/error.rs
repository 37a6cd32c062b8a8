//! What the engine refuses, as the client sees it.

use contest_core::engine::Error;
use contest_core::select::{RequestError, SelectionError};
use contest_core::store::StoreError;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::extract::invalid_body;

/// After how many seconds a client may try again what failed for now.
const RETRY_AFTER: u32 = 1;

/// What does not go together in a body that creates or explains.
impl From<RequestError> for ProblemDetails {
    fn from(error: RequestError) -> Self {
        let field = match error {
            RequestError::PartsDoNotSum { .. } => "parts",
            RequestError::StrategyWithPlan { .. } => "strategy",
            RequestError::TopicCapWithSlots => "topic_cap",
            _ => "slots",
        };
        invalid_body(format!("`{field}`: {error}")).with_field(field)
    }
}

impl From<Error> for ProblemDetails {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => store_failure(&error),
            Error::TimedOut { .. } => {
                tracing::warn!(%error, "an operation was given up");
                ProblemDetails::unavailable()
            }
            Error::Selection(SelectionError::Request(error)) => error.into(),
            error => refusal(&error),
        }
    }
}

/// Everything that is the caller's to mend. The sentence is core's.
fn refusal(error: &Error) -> ProblemDetails {
    let (status, title) = kind(error);
    let details = ProblemDetails::new(status, error.code(), title).with_detail(error.to_string());
    match error {
        Error::ActiveContestExists { contest } | Error::IdempotencyKeyReused { contest } => {
            details.with_contest(*contest)
        }
        Error::LimitExceeded(limit) => details.with_field(limit.field),
        Error::Selection(SelectionError::UnknownTopic { .. }) => details.with_field("topics"),
        Error::Selection(
            SelectionError::UnknownStrategy { .. } | SelectionError::ReviewUnavailable,
        ) => details.with_field("strategy"),
        Error::UnknownProblems { .. } | Error::SolveInFuture { .. } => details.with_field("solves"),
        Error::SelectionOutdated => details.with_retry_after(RETRY_AFTER),
        _ => details,
    }
}

fn kind(error: &Error) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match error {
        Error::ActiveContestExists { .. } => (S::CONFLICT, "A contest is active"),
        Error::ContestNotFound { .. } => (S::NOT_FOUND, "Contest not found"),
        Error::ContestNotAccepting { .. } => (S::CONFLICT, "Contest not running"),
        Error::EarlierDeadline { .. } => (S::CONFLICT, "Contest already ends later"),
        Error::ResumeNotAllowed { .. } => (S::CONFLICT, "Resuming not allowed"),
        Error::ContestNotAbandoned { .. } => (S::CONFLICT, "Contest not abandoned"),
        Error::DeadlinePassed { .. } => (S::CONFLICT, "Deadline passed"),
        Error::ProblemNotInContest { .. } => (S::NOT_FOUND, "Problem not in the contest"),
        Error::IdempotencyKeyReused { .. } => (S::CONFLICT, "Idempotency key reused"),
        Error::Selection(SelectionError::UnknownTopic { .. }) => {
            (S::UNPROCESSABLE_ENTITY, "Unknown topic")
        }
        Error::Selection(
            SelectionError::UnknownStrategy { .. } | SelectionError::ReviewUnavailable,
        ) => (S::UNPROCESSABLE_ENTITY, "Unknown strategy"),
        Error::Selection(_) => (S::CONFLICT, "Not enough problems left"),
        Error::SelectionOutdated => (S::CONFLICT, "Selection outdated"),
        Error::LimitExceeded(_) => (S::UNPROCESSABLE_ENTITY, "Limit exceeded"),
        Error::UnknownProblems { .. } => (S::UNPROCESSABLE_ENTITY, "Unknown problems"),
        Error::SolveInFuture { .. } => (S::UNPROCESSABLE_ENTITY, "Solve in the future"),
        _ => (S::CONFLICT, "Refused"),
    }
}

/// The client learns whether to try again; what failed is for the log.
pub(crate) fn store_failure(error: &StoreError) -> ProblemDetails {
    let causes = causes(error);
    if error.is_transient() {
        tracing::warn!(%error, causes, "the store is unavailable");
        ProblemDetails::unavailable()
    } else {
        tracing::error!(%error, causes, "the store failed");
        ProblemDetails::internal()
    }
}

/// What is below an error, down to the last.
fn causes(error: &dyn std::error::Error) -> String {
    let below = std::iter::successors(error.source(), |error| error.source());
    let texts: Vec<_> = below.map(ToString::to_string).collect();
    texts.join(": ")
}
