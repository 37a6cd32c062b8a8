//! `GET /contests/results`

use axum::extract::State;
use contest_core::ContestId;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::dto::ResultList;
use crate::extract::{PageQuery, UrlQuery};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, General, TakesParameters};
use crate::router::ApiState;

/// List the results of the user's contests, latest first
///
/// Numbers of problems and points, and the time of each problem. Resets of progress change nothing here.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/contests/results",
    operation_id = "list_results",
    tag = CONTESTS,
    params(PageQuery),
    responses(
        (status = OK, description = "A page of results", body = ResultList),
        TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(page): UrlQuery<PageQuery>,
) -> Result<Json<ResultList>, ProblemDetails> {
    let after = page.cursor.as_deref().map(ContestId::decode).transpose()?;
    let results = state
        .replica
        .contest_results(user, after, page.limit.unwrap_or_default())
        .await?;
    Ok(Json(ResultList::from(&results)))
}
