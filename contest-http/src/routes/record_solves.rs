//! `POST /users/me/solves`

use axum::extract::State;

use crate::details::ProblemDetails;
use crate::dto::{NewSolvesBody, RecordedView};
use crate::error::in_member;
use crate::extract::JsonBody;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS, TakesBody};
use crate::router::ApiState;

/// The most bytes of a body: an engine's default limit of 10,000 solves fits.
const SOLVES_LIMIT: usize = 2 * 1024 * 1024;

/// Record problems solved outside a contest
///
/// All or none. A solved problem is solved again. The same problem at the same time is the same solve, so
/// a request that gives all times may be repeated.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/users/me/solves",
    operation_id = "record_solves",
    tag = PROGRESS,
    request_body = NewSolvesBody,
    responses(
        (status = OK, description = "The numbers of newly and already solved problems", body = RecordedView),
        TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    JsonBody(body): JsonBody<NewSolvesBody, SOLVES_LIMIT>,
) -> Result<Json<RecordedView>, ProblemDetails> {
    let solves = body.resolve(&state.engine.catalogue())?;
    let recorded = state.engine.record_solves(user, &solves).await;
    Ok(Json(recorded.map_err(in_member("solves"))?.into()))
}
