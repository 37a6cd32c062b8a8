//! `POST /contests/{contest_id}/resume`

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
use crate::openapi::{CONTESTS, General, NotFound, NotResumable, TakesParameters};
use crate::router::ApiState;

/// Resume an abandoned contest
///
/// Only if the host allows it, before the deadline, and while no other contest is active: see
/// `can_resume` of a contest. The contest keeps its marks and its deadline. Resuming an active contest
/// succeeds and changes nothing, so the request may be repeated.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/contests/{contest_id}/resume",
    operation_id = "resume_contest",
    tag = CONTESTS,
    params(("contest_id" = uuid::Uuid, Path, description = "The contest")),
    responses(
        (status = OK, description = "The contest", body = ContestView<'_>),
        NotResumable, NotFound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(contest): Path<ContestId>,
) -> Result<Response, ProblemDetails> {
    let contest = state.engine.resume_contest(user, contest).await?;
    Ok(Json(state.view(&contest)).into_response())
}
