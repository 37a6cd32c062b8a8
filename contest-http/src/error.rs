//! The engine's errors as problem details.

use contest_core::engine::Error;
use contest_core::model::RangeError;
use contest_core::rules::Refusal;
use contest_core::select::{RequestError, SelectionError};
use contest_core::store::StoreError;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::extract::invalid_body;

/// Seconds until a client may repeat a request that failed temporarily.
const RETRY_AFTER: u32 = 1;

/// A selection that no host can make, such as parts that do not add up to the number of problems.
impl From<RequestError> for ProblemDetails {
    fn from(error: RequestError) -> Self {
        let field = match error {
            RequestError::PartsDoNotSum { .. } => "parts",
            RequestError::StrategyWithPlan { .. } => "strategy",
            RequestError::TopicCapWithSlots => "topic_cap",
            RequestError::ProblemCount(_) | RequestError::RepeatedProblems { .. } => "problem_ids",
            RequestError::ChoiceAmongNamed { member } => member,
            _ => "slots",
        };
        let details = invalid_body(error.to_string()).with_field(field);
        details.with_problems(SelectionError::from(error).problems().iter().copied())
    }
}

/// A number outside the range of its type or of the host's limits.
impl From<RangeError> for ProblemDetails {
    fn from(outside: RangeError) -> Self {
        Error::from(Refusal::from(outside)).into()
    }
}

impl From<Error> for ProblemDetails {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::Selection(SelectionError::Request(error))) => error.into(),
            Error::Refused(refusal) => refused(&refusal).with_refusal(refusal),
            Error::Contended { .. } => {
                tracing::warn!(%error, "an operation was given up");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                ProblemDetails::new(status, error.code(), "Too many concurrent changes")
                    .with_detail(error.to_string())
                    .with_retry_after(RETRY_AFTER)
            }
            Error::Store(error) => store_failure(&error),
            error => {
                tracing::warn!(%error, "an operation was given up");
                ProblemDetails::unavailable()
            }
        }
    }
}

/// A refusal by the rules. The sentence comes from core.
fn refused(refusal: &Refusal) -> ProblemDetails {
    use Refusal as R;
    let (status, title) = kind(refusal);
    let mut details = ProblemDetails::new(status, refusal.code(), title)
        .with_detail(refusal.to_string())
        .with_problems(refusal.problems().iter().copied());
    if let Some(contest) = refusal.contest() {
        details = details.with_contest(contest);
    }
    match refusal {
        R::LimitExceeded(limit) => details.with_field(limit.field),
        R::DailyLimit { wait, .. } => {
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
            details.with_retry_after(seconds.saturating_add(1))
        }
        R::Selection(SelectionError::UnknownTopic { .. }) => details.with_field("topics"),
        R::Selection(
            SelectionError::UnknownStrategy { .. } | SelectionError::ReviewUnavailable,
        ) => details.with_field("strategy"),
        R::Selection(
            SelectionError::UnknownProblems { .. } | SelectionError::RetiredProblems { .. },
        ) => details.with_field("problem_ids"),
        R::RoundNotOpen { opens_at, .. } => details.with_opening(*opens_at),
        _ => details,
    }
}

/// An error about a request whose member `name` lists what the rules may refuse.
pub(crate) fn in_member(name: &str) -> impl Fn(Error) -> ProblemDetails {
    use Refusal as R;
    move |error| {
        let of_member = matches!(
            error,
            Error::Refused(
                R::UnknownProblems { .. }
                    | R::SolveInFuture { .. }
                    | R::ProblemNotInContest { .. }
                    | R::SubmissionReused { .. }
                    | R::AttemptOutsideContest { .. }
                    | R::RoundWithoutTeams { .. }
                    | R::LimitExceeded(_)
            )
        );
        let details = ProblemDetails::from(error);
        if of_member {
            details.with_field(name)
        } else {
            details
        }
    }
}

fn kind(refusal: &Refusal) -> (StatusCode, &'static str) {
    use Refusal as R;
    use StatusCode as S;
    match refusal {
        R::ActiveContestExists { .. } => (S::CONFLICT, "A contest is active"),
        R::DailyLimit { .. } => (S::TOO_MANY_REQUESTS, "Daily limit reached"),
        R::ContestNotFound { .. } => (S::NOT_FOUND, "Contest not found"),
        R::ContestNotAccepting { .. } => (S::CONFLICT, "Contest not running"),
        R::EarlierDeadline { .. } => (S::CONFLICT, "Contest already ends later"),
        R::ResumeNotAllowed { .. } => (S::CONFLICT, "Resuming not allowed"),
        R::ContestNotAbandoned { .. } => (S::CONFLICT, "Contest not abandoned"),
        R::DeadlinePassed { .. } => (S::CONFLICT, "Deadline passed"),
        R::ProblemNotInContest { .. } => (S::NOT_FOUND, "Problem not in the contest"),
        R::JudgedByHost { .. } => (S::CONFLICT, "Judged by the host"),
        R::SubmissionReused { .. } => (S::CONFLICT, "Submission reused"),
        R::AttemptOutsideContest { .. } => (S::UNPROCESSABLE_ENTITY, "Attempt outside the contest"),
        R::RoundNotFound { .. } => (S::NOT_FOUND, "Round not found"),
        R::RoundNotOpen { .. } => (S::CONFLICT, "Round not open"),
        R::RoundHasOpened { .. } => (S::CONFLICT, "Round has opened"),
        R::RoundWithoutTeams { .. } => (S::UNPROCESSABLE_ENTITY, "Round without teams"),
        R::IdempotencyKeyReused { .. } => (S::CONFLICT, "Idempotency key reused"),
        R::Selection(SelectionError::UnknownTopic { .. }) => {
            (S::UNPROCESSABLE_ENTITY, "Unknown topic")
        }
        R::Selection(
            SelectionError::UnknownStrategy { .. } | SelectionError::ReviewUnavailable,
        ) => (S::UNPROCESSABLE_ENTITY, "Unknown strategy"),
        R::Selection(SelectionError::UnknownProblems { .. }) => {
            (S::UNPROCESSABLE_ENTITY, "Unknown problems")
        }
        R::Selection(SelectionError::RetiredProblems { .. }) => {
            (S::UNPROCESSABLE_ENTITY, "Retired problems")
        }
        R::Selection(_) => (S::CONFLICT, "Not enough problems left"),
        R::LimitExceeded(_) => (S::UNPROCESSABLE_ENTITY, "Limit exceeded"),
        R::UnknownProblems { .. } => (S::UNPROCESSABLE_ENTITY, "Unknown problems"),
        R::SolveInFuture { .. } => (S::UNPROCESSABLE_ENTITY, "Solve in the future"),
        R::ImportUnfinished => (S::CONFLICT, "Import unfinished"),
        _ => (S::CONFLICT, "Refused"),
    }
}

/// Tells the client only whether to try again. The cause goes to the log.
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

/// All sources below an error, the nearest first.
fn causes(error: &dyn std::error::Error) -> String {
    let below = std::iter::successors(error.source(), |error| error.source());
    let texts: Vec<_> = below.map(ToString::to_string).collect();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;
    use contest_core::model::ContestStatus;
    use contest_core::time::Timestamp;
    use contest_core::{ContestId, ProblemId};

    #[test]
    fn refusals_have_their_ids_in_members_and_not_in_sentences() {
        use Refusal as R;
        let id = uuid::Uuid::from_u128(0x0190_d3f4_7a00_7000_8000_0000_0000_0001);
        let (contest, problem) = (ContestId::from_uuid(id), ProblemId::from_uuid(id));
        let (status, at) = (ContestStatus::Completed, Timestamp::from_micros(0));
        let (deadline, ended_at, problems) = (at, at, vec![problem]);
        let listed = problems.clone();
        let of_contests = [
            R::ActiveContestExists { contest },
            R::ContestNotFound { contest },
            R::ContestNotAccepting {
                contest,
                status,
                ended_at,
            },
            R::EarlierDeadline { contest, deadline },
            R::ResumeNotAllowed { contest },
            R::ContestNotAbandoned { contest, status },
            R::DeadlinePassed { contest, deadline },
            R::ProblemNotInContest { contest, problem },
            R::JudgedByHost { contest },
            R::AttemptOutsideContest { contest, problem },
            R::IdempotencyKeyReused { contest },
        ];
        let of_problems = [
            R::ProblemNotInContest { contest, problem },
            R::UnknownProblems {
                problems: listed.clone(),
            },
            R::SolveInFuture { problem },
            R::SubmissionReused { problem },
            R::AttemptOutsideContest { contest, problem },
            SelectionError::UnknownProblems {
                problems: listed.clone(),
            }
            .into(),
            SelectionError::RetiredProblems {
                problems: listed.clone(),
            }
            .into(),
            SelectionError::from(RequestError::RepeatedProblems { problems }).into(),
        ];
        let shown = |refusal: &R| {
            let details = ProblemDetails::from(Error::from(refusal.clone()));
            serde_json::to_value(details.content()).unwrap()
        };
        for (refusals, member, value) in [
            (&of_contests[..], "contest_id", serde_json::json!(id)),
            (&of_problems[..], "problem_ids", serde_json::json!([id])),
        ] {
            for refusal in refusals {
                let shown = shown(refusal);
                assert_eq!(shown[member], value, "{shown}");
                let sentences = format!("{} {}", shown["title"], shown["detail"]);
                assert!(
                    !sentences.contains("0190d3f4") && !sentences.contains('`'),
                    "{shown}"
                );
            }
        }
    }

    #[test]
    fn contention_is_503_with_retry_after() {
        let details = ProblemDetails::from(Error::Contended { attempts: 64 });
        let shown = serde_json::to_value(details.content()).unwrap();
        assert_eq!(shown["type"], "urn:contest:contended");
        assert_eq!(shown["error"], shown["detail"]);
        let response = details.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
