//! `GET /contests/options`

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use crate::cached::json_with_etag;
use crate::details::ProblemDetails;
use crate::dto::ContestOptions;
use crate::identity::Caller;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, Cached, General};
use crate::router::ApiState;

/// Get the host's limits and options
///
/// The limits of a contest, the strategies, and the enabled features. The same for every user.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/contests/options",
    operation_id = "get_contest_options",
    tag = CONTESTS,
    responses(
        (status = OK, description = "The limits and options", body = ContestOptions, headers(
            ("ETag" = String, description = "Changes when the response does"),
        )),
        Cached, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(_user): Caller,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let options = ContestOptions::of(state.engine.settings(), state.streams.has_log());
    json_with_etag(&headers, &options)
}
