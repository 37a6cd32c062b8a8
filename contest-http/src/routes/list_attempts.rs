//! `GET /users/me/attempts`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::cursor::Cursor;
use crate::details::ProblemDetails;
use crate::dto::AttemptLog;
use crate::extract::{PageQuery, UrlQuery};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS, TakesParameters};
use crate::router::ApiState;

/// List the user's attempts, latest first
///
/// All attempts in contests and elsewhere, by the time they were made: marks, recorded solves, and attempts that
/// the host judged, whatever the verdict. An undone mark stays in the list, with the time it was undone.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/attempts",
    operation_id = "list_attempts",
    tag = PROGRESS,
    params(PageQuery),
    responses(
        (status = OK, description = "A page of the log", body = AttemptLog<'_>),
        TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(page): UrlQuery<PageQuery>,
) -> Result<Response, ProblemDetails> {
    let after = page.cursor.as_deref().map(Cursor::decode).transpose()?;
    let attempts = state
        .replica
        .attempt_history(user, after, page.limit.unwrap_or_default())
        .await?;
    Ok(Json(AttemptLog::from(&attempts)).into_response())
}
