//! `GET /rounds/{round_id}/definition`

use axum::extract::State;
use axum::response::Response;
use contest_core::engine::Viewer;
use contest_core::id::RoundId;
use http::HeaderMap;

use crate::cached::json_with_etag;
use crate::details::ProblemDetails;
#[cfg(feature = "openapi")]
use crate::dto::RoundBody;
use crate::extract::Path;
use crate::identity::Host;
#[cfg(feature = "openapi")]
use crate::openapi::{Cached, General, HOST, NoSuchRound, NotAHost, TakesParameters};
use crate::router::ApiState;

/// Get a round as it was defined
///
/// For the host: with the ids of its problems.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}/definition",
    operation_id = "get_round_definition",
    tag = HOST,
    params(("round_id" = uuid::Uuid, Path, description = "The round")),
    responses(
        (status = OK, description = "The round", body = RoundBody, headers(
            ("ETag" = String, description = "Changes when the response does"),
        )),
        Cached, NotAHost, NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path(id): Path<RoundId>,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let stored = state.rounds()?.round(Viewer::Host, id).await?;
    json_with_etag(&headers, &stored.round)
}
