//! `POST /users/me/progress/reset`

use axum::extract::State;

use crate::details::ProblemDetails;
use crate::dto::{ResetBody, ResetView};
use crate::extract::{JsonBody, invalid_body};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{Conflict, General, PROGRESS, TakesBody};
use crate::router::ApiState;

/// Reset progress: no problem counts as solved any more
///
/// The log of solves, the days, the contests and their counts stay. Not while a contest is active. Each
/// call resets again: if the response is lost, get the epoch to see whether the call succeeded.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/users/me/progress/reset",
    operation_id = "reset_progress",
    tag = PROGRESS,
    request_body = ResetBody,
    responses(
        (status = OK, description = "The epoch that began", body = ResetView),
        Conflict, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<Json<ResetView>, ProblemDetails> {
    if !body.confirm {
        let unconfirmed = invalid_body("confirm the reset of progress");
        return Err(unconfirmed.with_field("confirm"));
    }
    let reset = state.engine.reset_progress(user).await?;
    Ok(Json(reset.into()))
}
