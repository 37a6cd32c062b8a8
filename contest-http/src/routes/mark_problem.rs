//! `PATCH /contests/{contest_id}/problems/{problem_id}`

use axum::extract::State;
use contest_core::{ContestId, ProblemId};

use crate::details::ProblemDetails;
use crate::dto::{MarkBody, MarkView};
use crate::extract::{JsonBody, Path};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, Conflict, General, NotFound, TakesBody};
use crate::router::ApiState;

/// Tick a problem off, or take that back
///
/// Only while the contest is active. Doing so again changes nothing, also after it has ended. Taking
/// back undoes this mark only: a solve recorded elsewhere stays.
#[cfg_attr(feature = "openapi", utoipa::path(
    patch,
    path = "/contests/{contest_id}/problems/{problem_id}",
    operation_id = "mark_problem",
    tag = CONTESTS,
    params(
        ("contest_id" = uuid::Uuid, Path, description = "The contest"),
        ("problem_id" = uuid::Uuid, Path, description = "The problem"),
    ),
    request_body = MarkBody,
    responses(
        (status = OK, description = "How the problem stands now", body = MarkView),
        Conflict, NotFound, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path((contest, problem)): Path<(ContestId, ProblemId)>,
    JsonBody(body): JsonBody<MarkBody>,
) -> Result<Json<MarkView>, ProblemDetails> {
    let marked = if body.is_completed {
        state.engine.mark_solved(user, contest, problem).await?
    } else {
        state.engine.unmark(user, contest, problem).await?
    };
    Ok(Json(marked.into()))
}
