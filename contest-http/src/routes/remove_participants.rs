//! `POST /rounds/{round_id}/participants/remove`

use axum::extract::State;
use contest_core::id::RoundId;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::dto::{MEMBERS_LIMIT, RemovedBody};
use crate::error::in_member;
use crate::extract::{JsonBody, Path};
use crate::identity::Host;
#[cfg(feature = "openapi")]
use crate::openapi::{General, HOST, NoSuchRound, NotAHost, TakesBody};
use crate::router::ApiState;

/// Remove users from the list of a round
///
/// For the host. All or none. Contests that have begun stay in the board.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/rounds/{round_id}/participants/remove",
    operation_id = "remove_participants",
    tag = HOST,
    params(("round_id" = uuid::Uuid, Path, description = "The round")),
    request_body = RemovedBody,
    responses(
        (status = NO_CONTENT, description = "They are not listed"),
        NotAHost, NoSuchRound, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path(round): Path<RoundId>,
    JsonBody(body): JsonBody<RemovedBody, MEMBERS_LIMIT>,
) -> Result<StatusCode, ProblemDetails> {
    let removed = state.rounds()?.remove_members(round, &body.user_ids).await;
    removed.map_err(in_member("user_ids"))?;
    Ok(StatusCode::NO_CONTENT)
}
