//! `GET /users/me/solves`

use axum::extract::State;

use crate::cursor::Cursor;
use crate::details::ProblemDetails;
use crate::dto::SolveHistory;
use crate::extract::{PageQuery, UrlQuery};
use crate::identity::Caller;
use crate::json::Json;
use crate::openapi::{General, PROGRESS, TakesParameters};
use crate::router::ApiState;

/// List what the user solved, latest first
///
/// Solves that were taken back stay in the history, followed by their being taken back.
#[utoipa::path(
    get,
    path = "/users/me/solves",
    operation_id = "list_solves",
    tag = PROGRESS,
    params(PageQuery),
    responses(
        (status = OK, description = "A page of the history", body = SolveHistory),
        TakesParameters, General,
    ),
)]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(page): UrlQuery<PageQuery>,
) -> Result<Json<SolveHistory>, ProblemDetails> {
    let after = page.cursor.as_deref().map(Cursor::decode).transpose()?;
    let events = state.engine.solve_history(user, after, page.limit).await?;
    Ok(Json(SolveHistory::from(&events)))
}
