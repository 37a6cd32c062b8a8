//! `GET /contests`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use contest_core::ContestId;
use contest_core::engine::PageLimit;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::dto::ContestList;
use crate::extract::{PageQuery, UrlQuery};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, General, TakesParameters};
use crate::router::ApiState;

/// List the user's contests, latest first
///
/// Up to 1000 without `limit`, so that a client that does not page gets all contests a user is likely to
/// have.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/contests",
    operation_id = "list_contests",
    tag = CONTESTS,
    params(PageQuery),
    responses(
        (status = OK, description = "A page of contests", body = ContestList<'_>),
        TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(page): UrlQuery<PageQuery>,
) -> Result<Response, ProblemDetails> {
    let after = page.cursor.as_deref().map(ContestId::decode).transpose()?;
    let contests = state
        .replica
        .contests(user, after, page.limit.unwrap_or(PageLimit::MAX))
        .await?;
    Ok(Json(ContestList::new(
        &contests,
        state.engine.settings().resume_policy,
    ))
    .into_response())
}
