//! `POST /users/me/solves`

use axum::Json;
use axum::extract::State;
use contest_core::model::NewSolve;

use crate::details::ProblemDetails;
use crate::dto::{NewSolvesBody, RecordedView};
use crate::extract::JsonBody;
use crate::identity::Caller;
use crate::openapi::{General, PROGRESS, TakesBody};
use crate::router::ApiState;

/// Record problems solved outside a contest
///
/// All or none. Of several solves of a problem the earliest counts; problems that are solved stay
/// as they are.
#[utoipa::path(
    post,
    path = "/users/me/solves",
    operation_id = "record_solves",
    tag = PROGRESS,
    request_body = NewSolvesBody,
    responses(
        (status = OK, description = "What became of them", body = RecordedView),
        TakesBody, General,
    ),
)]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    JsonBody(body): JsonBody<NewSolvesBody>,
) -> Result<Json<RecordedView>, ProblemDetails> {
    let solves: Vec<NewSolve> = body.solves.into_iter().map(Into::into).collect();
    let recorded = state.engine.record_solves(user, &solves).await?;
    Ok(Json(recorded.into()))
}
