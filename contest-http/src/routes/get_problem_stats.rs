//! `GET /problems/stats`

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use crate::cached::json_with_etag;
use crate::details::ProblemDetails;
use crate::dto::CatalogueStats;
#[cfg(feature = "openapi")]
use crate::openapi::{Cached, General, PROBLEMS};
use crate::router::ApiState;

/// Get the numbers of problems
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/problems/stats",
    operation_id = "get_problem_stats",
    tag = PROBLEMS,
    responses(
        (status = OK, description = "Totals", body = CatalogueStats<'_>, headers(
            ("ETag" = String, description = "Changes when the response does"),
        )),
        Cached, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let catalogue = state.engine.catalogue();
    let totals = CatalogueStats::new(&catalogue.totals(), catalogue.topics());
    json_with_etag(&headers, &totals)
}
