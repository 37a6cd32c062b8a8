//! `GET /contests/active`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::details::ProblemDetails;
use crate::dto::ActiveContest;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, General};
use crate::router::ApiState;

/// Get the active contest, or null
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/contests/active",
    operation_id = "get_active_contest",
    tag = CONTESTS,
    responses(
        (status = OK, description = "The active contest, or null", body = ActiveContest<'_>),
        General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
) -> Result<Response, ProblemDetails> {
    let contest = state.engine.active_contest(user).await?;
    Ok(Json(ActiveContest::from(
        contest.as_ref().map(|contest| state.view(contest)),
    ))
    .into_response())
}
