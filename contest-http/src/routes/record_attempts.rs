//! `POST /rounds/{round_id}/participants/{user_id}/attempts`

use axum::extract::State;
use contest_core::UserId;
use contest_core::id::RoundId;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::dto::{ATTEMPTS_LIMIT, AttemptsBody, JudgedView};
use crate::error::in_member;
use crate::extract::{JsonBody, Path};
use crate::identity::Host;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, HOST, NotAHost, NotJoined, SubmissionReused, TakesBody};
use crate::router::ApiState;

/// Record attempts of a participant, or judge them again
///
/// For the host, after the end of the participant's contest too. All or none. A known attempt with another verdict
/// or score is judged again, and keeps its time; a request can be repeated.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/rounds/{round_id}/participants/{user_id}/attempts",
    operation_id = "record_attempts",
    tag = HOST,
    params(
        ("round_id" = uuid::Uuid, Path, description = "The round"),
        ("user_id" = uuid::Uuid, Path, description = "The user who made the attempts; of a team, the member"),
    ),
    request_body = AttemptsBody,
    responses(
        (status = OK, description = "The numbers of new, rejudged and known attempts", body = JudgedView),
        NotAHost, NotJoined, SubmissionReused, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path((round, user)): Path<(RoundId, UserId)>,
    JsonBody(body): JsonBody<AttemptsBody, ATTEMPTS_LIMIT>,
) -> Result<Json<JudgedView>, ProblemDetails> {
    let attempts = body.attempts(&state.engine.settings().limits)?;
    let contest = state.rounds()?.contest(user, round).await?;
    let contest = contest.ok_or_else(not_joined)?.id;
    let recorded = state.engine.record_attempts(user, contest, &attempts).await;
    Ok(Json(recorded.map_err(in_member("attempts"))?.into()))
}

/// 404: the user has no contest of the round.
pub(crate) fn not_joined() -> ProblemDetails {
    let status = StatusCode::NOT_FOUND;
    ProblemDetails::new(status, "not_joined", "Not joined")
        .with_detail("the user has not joined the round")
}
