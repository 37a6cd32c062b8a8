//! `GET /users/me/solves`

use axum::extract::State;

use crate::cursor::Cursor;
use crate::details::ProblemDetails;
use crate::dto::SolveHistory;
use crate::extract::{PageQuery, UrlQuery};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS, TakesParameters};
use crate::router::ApiState;

/// List the user's solves, latest first
///
/// All solves, for the first time or again, by the time they were solved. An undone solve stays in the
/// list, with the time it was undone.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/solves",
    operation_id = "list_attempts",
    tag = PROGRESS,
    params(PageQuery),
    responses(
        (status = OK, description = "A page of the history", body = SolveHistory),
        TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(page): UrlQuery<PageQuery>,
) -> Result<Json<SolveHistory>, ProblemDetails> {
    let after = page.cursor.as_deref().map(Cursor::decode).transpose()?;
    let solves = state
        .replica
        .solve_history(user, after, page.limit.unwrap_or_default())
        .await?;
    Ok(Json(SolveHistory::from(&solves)))
}
