//! `GET /rounds/{round_id}/board/me`

use axum::extract::State;
use contest_core::id::RoundId;

use crate::details::ProblemDetails;
use crate::dto::OwnRow;
use crate::extract::Path;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoSuchRound, ROUNDS, TakesParameters};
use crate::router::ApiState;

/// Get the user's row of a round's board, or null
///
/// Or that of the user's team, as everyone sees it. A virtual participant has the rank it would have.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}/board/me",
    operation_id = "get_own_row",
    tag = ROUNDS,
    params(("round_id" = uuid::Uuid, Path, description = "The round")),
    responses(
        (status = OK, description = "The row, or null before the user has joined", body = OwnRow),
        NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(round): Path<RoundId>,
) -> Result<Json<OwnRow>, ProblemDetails> {
    let row = state.rounds()?.place(user, round).await?;
    Ok(Json(row.as_ref().into()))
}
