//! `GET /rounds/{round_id}`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use contest_core::engine::Viewer;
use contest_core::id::RoundId;

use crate::details::ProblemDetails;
use crate::dto::{RoundOfCaller, RoundView};
use crate::extract::Path;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoSuchRound, ROUNDS, TakesParameters};
use crate::router::ApiState;

/// Get a round, and the user's contest of it
///
/// Its problems have no ids: who has joined finds them in the contest.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}",
    operation_id = "get_round",
    tag = ROUNDS,
    params(("round_id" = uuid::Uuid, Path, description = "The round")),
    responses(
        (status = OK, description = "The round", body = RoundOfCaller<'_>),
        NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(id): Path<RoundId>,
) -> Result<Response, ProblemDetails> {
    let rounds = state.rounds()?;
    let round = rounds.round(Viewer::User(user), id).await?;
    let contest = rounds.contest(user, id).await?;
    let view = RoundView::new(&round, state.engine.now());
    let contest = contest.map(|contest| contest.id);
    Ok(Json(RoundOfCaller::new(view, contest)).into_response())
}
