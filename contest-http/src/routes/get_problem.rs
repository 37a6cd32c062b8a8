//! `GET /problems/{problem_id}`

use axum::extract::State;
use axum::response::Response;
use contest_core::ProblemId;
use http::{HeaderMap, StatusCode};

use crate::cached::json_with_etag;
use crate::details::ProblemDetails;
use crate::dto::ProblemView;
use crate::extract::Path;
#[cfg(feature = "openapi")]
use crate::openapi::{Cached, General, NotFound, PROBLEMS, TakesParameters};
use crate::router::ApiState;

/// Get a problem
///
/// Retired problems, too: old contests have them.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/problems/{problem_id}",
    operation_id = "get_problem",
    tag = PROBLEMS,
    params(("problem_id" = uuid::Uuid, Path, description = "The problem")),
    responses(
        (status = OK, description = "The problem", body = ProblemView<'_>, headers(
            ("ETag" = String, description = "Changes when the response does"),
        )),
        Cached, NotFound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Path(problem): Path<ProblemId>,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let catalogue = state.engine.catalogue();
    let found = catalogue.get(problem).ok_or_else(|| {
        ProblemDetails::new(
            StatusCode::NOT_FOUND,
            "problem_not_found",
            "Problem not found",
        )
        .with_detail("there is no such problem")
        .with_problems([problem])
    })?;
    json_with_etag(&headers, &ProblemView::from(found.as_ref()))
}
