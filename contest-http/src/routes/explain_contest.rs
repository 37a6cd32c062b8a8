//! `POST /contests/explain`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::details::ProblemDetails;
use crate::dto::{CONTEST_LIMIT, ExplanationView, NewContestBody};
use crate::extract::JsonBody;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, General, TakesBody};
use crate::router::ApiState;

/// Explain which problems a contest would get
///
/// Takes the body of a creation, and creates nothing. Returns the number of problems to select from, the
/// number that each rule leaves out, and the problems that would be selected. A request that cannot be
/// met is explained, too. The cost grows with the catalogue.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/contests/explain",
    operation_id = "explain_contest",
    tag = CONTESTS,
    request_body = NewContestBody,
    responses(
        (status = OK, description = "The explanation", body = ExplanationView<'_>),
        TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    JsonBody(body): JsonBody<NewContestBody, CONTEST_LIMIT>,
) -> Result<Response, ProblemDetails> {
    let limits = &state.engine.settings().limits;
    let request = body.request(limits)?;
    // The engine checks the selection, but does not get the duration.
    limits.check_contest(&request)?;
    let explanation = state.engine.explain(user, request.selection()).await?;
    let catalogue = state.engine.catalogue();
    Ok(Json(ExplanationView::new(&explanation, &catalogue)).into_response())
}
