//! `GET /users/me/progress`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::details::ProblemDetails;
use crate::dto::ProgressView;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS};
use crate::router::ApiState;

/// Get the user's progress
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/progress",
    operation_id = "get_progress",
    tag = PROGRESS,
    responses(
        (status = OK, description = "Solved and all problems, and contests", body = ProgressView<'_>),
        General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
) -> Result<Response, ProblemDetails> {
    let progress = state.replica.progress(user).await?;
    Ok(Json(ProgressView::from(&progress)).into_response())
}
