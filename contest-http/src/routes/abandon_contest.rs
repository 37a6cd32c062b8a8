//! `POST /contests/{contest_id}/abandon`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use contest_core::ContestId;

use crate::details::ProblemDetails;
#[cfg(feature = "openapi")]
use crate::dto::ContestView;
use crate::extract::Path;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, Conflict, General, NotFound, TakesParameters};
use crate::router::ApiState;

/// Abandon a contest
///
/// Only while it is active. Marked problems stay solved. Abandoning an abandoned contest succeeds and
/// changes nothing, so the request may be repeated.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/contests/{contest_id}/abandon",
    operation_id = "abandon_contest",
    tag = CONTESTS,
    params(("contest_id" = uuid::Uuid, Path, description = "The contest")),
    responses(
        (status = OK, description = "The contest", body = ContestView<'_>),
        Conflict, NotFound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(contest): Path<ContestId>,
) -> Result<Response, ProblemDetails> {
    let contest = state.engine.abandon_contest(user, contest).await?;
    Ok(Json(state.view(&contest)).into_response())
}
