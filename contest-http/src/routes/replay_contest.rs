//! `GET /contests/{contest_id}/replay`

use axum::extract::State;
use contest_core::ContestId;

use crate::details::ProblemDetails;
use crate::dto::ReplayView;
use crate::extract::Path;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, General, NotFound, TakesParameters};
use crate::router::ApiState;

/// Replay a contest's selection
///
/// Selects from its request and seed, today's catalogue, and the user's history before it began. Changes
/// nothing.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/contests/{contest_id}/replay",
    operation_id = "replay_contest",
    tag = CONTESTS,
    params(("contest_id" = uuid::Uuid, Path, description = "The contest")),
    responses(
        (status = OK, description = "Whether the selection would be the same", body = ReplayView),
        NotFound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(contest): Path<ContestId>,
) -> Result<Json<ReplayView>, ProblemDetails> {
    let replay = state.engine.replay(user, contest).await?;
    Ok(Json(ReplayView::from(&replay)))
}
