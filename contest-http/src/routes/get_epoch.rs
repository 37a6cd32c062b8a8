//! `GET /users/me/epoch`

use axum::extract::State;

use crate::details::ProblemDetails;
use crate::dto::EpochView;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS};
use crate::router::ApiState;

/// Get the number of resets of the user's progress, and the time of the last
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/epoch",
    operation_id = "get_epoch",
    tag = PROGRESS,
    responses(
        (status = OK, description = "How often progress was reset, and when it was last reset", body = EpochView),
        General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
) -> Result<Json<EpochView>, ProblemDetails> {
    let epoch = state.engine.epoch(user).await?;
    Ok(Json(epoch.into()))
}
