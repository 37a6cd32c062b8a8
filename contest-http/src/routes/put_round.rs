//! `PUT /rounds/{round_id}`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use contest_core::id::RoundId;

use crate::details::ProblemDetails;
use crate::dto::RoundBody;
use crate::error::in_member;
use crate::extract::{JsonBody, Path};
use crate::identity::Host;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, HOST, HasOpened, NotAHost, TakesBody};
use crate::router::ApiState;

/// The most bytes of a body: 1,000 problems fit, also indented.
const ROUND_LIMIT: usize = 512 * 1024;

/// Create a round or change it
///
/// For the host. The same round again changes nothing. Once it has opened, only `lifted_at` of its `freeze` can be
/// changed: contests hold their own copies of the rest.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/rounds/{round_id}",
    operation_id = "put_round",
    tag = HOST,
    params(("round_id" = uuid::Uuid, Path, description = "The round: an id chosen by the host")),
    request_body = RoundBody,
    responses(
        (status = OK, description = "The round", body = RoundBody),
        NotAHost, HasOpened, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path(id): Path<RoundId>,
    JsonBody(body): JsonBody<RoundBody, ROUND_LIMIT>,
) -> Result<Response, ProblemDetails> {
    let round = body.round()?;
    let stored = state.rounds()?.put(id, &round).await;
    let stored = stored.map_err(in_member("problems"))?;
    Ok(Json(&stored.round).into_response())
}
