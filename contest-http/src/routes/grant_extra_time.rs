//! `PUT /rounds/{round_id}/participants/{user_id}/extra-time`

use axum::extract::State;
use contest_core::UserId;
use contest_core::id::RoundId;

use crate::details::ProblemDetails;
use crate::dto::{ExtraTimeBody, GrantedView};
use crate::extract::{JsonBody, Path};
use crate::identity::Host;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, HOST, NoSuchRound, NotAHost, NotExtensible, TakesBody};
use crate::router::ApiState;

/// Give a user extra time in a round
///
/// For the host, before or after the user has joined. It is the whole extra time, so that a request can be
/// repeated. For a team, send a request for each user.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/rounds/{round_id}/participants/{user_id}/extra-time",
    operation_id = "grant_extra_time",
    tag = HOST,
    params(
        ("round_id" = uuid::Uuid, Path, description = "The round"),
        ("user_id" = uuid::Uuid, Path, description = "The user"),
    ),
    request_body = ExtraTimeBody,
    responses(
        (status = OK, description = "The contest, once the user has joined", body = GrantedView),
        NotAHost, NoSuchRound, NotExtensible, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path((round, user)): Path<(RoundId, UserId)>,
    JsonBody(body): JsonBody<ExtraTimeBody>,
) -> Result<Json<GrantedView>, ProblemDetails> {
    let extra = body.time(&state.engine.settings().limits)?;
    let contest = state.rounds()?.grant_extra_time(user, round, extra).await?;
    Ok(Json(contest.as_ref().into()))
}
