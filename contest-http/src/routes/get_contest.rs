//! `GET /contests/{contest_id}`

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
use crate::openapi::{CONTESTS, General, NotFound, TakesParameters};
use crate::router::ApiState;

/// Get a contest
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/contests/{contest_id}",
    operation_id = "get_contest",
    tag = CONTESTS,
    params(("contest_id" = uuid::Uuid, Path, description = "The contest")),
    responses(
        (status = OK, description = "The contest", body = ContestView<'_>),
        NotFound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(contest): Path<ContestId>,
) -> Result<Response, ProblemDetails> {
    let contest = state.engine.contest(user, contest).await?;
    Ok(Json(state.view(&contest)).into_response())
}
