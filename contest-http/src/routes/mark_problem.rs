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

/// Mark a problem as solved, or unmark it
///
/// Marking: only while `accepts_marks` of the contest is true. Unmarking: only while it is active, and it
/// undoes only the mark: a solve recorded elsewhere stays. Repeating either succeeds and changes
/// nothing, also after the contest has ended.
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
        (status = OK, description = "The state of the problem", body = MarkView),
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
