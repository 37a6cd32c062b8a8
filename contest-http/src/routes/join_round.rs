//! `POST /rounds/{round_id}/join`

use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Response};
use contest_core::id::RoundId;
use http::StatusCode;
use http::header::LOCATION;

use crate::details::ProblemDetails;
#[cfg(feature = "openapi")]
use crate::dto::ContestView;
use crate::extract::Path;
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoSuchRound, NotJoinable, ROUNDS, TakesParameters};
use crate::router::ApiState;

/// Join a round
///
/// Begins the user's contest of it, with the problems of the round. After the round has closed, the user takes
/// part virtually: beside the board. Repeating the request returns the same contest with a 200.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/rounds/{round_id}/join",
    operation_id = "join_round",
    tag = ROUNDS,
    params(("round_id" = uuid::Uuid, Path, description = "The round")),
    responses(
        (status = CREATED, description = "The contest", body = ContestView<'_>,
            headers(("Location" = String, description = "Where the contest is")),
        ),
        (status = OK, description = "The contest that an earlier request began", body = ContestView<'_>,
            headers(("Location" = String, description = "Where the contest is")),
        ),
        NotJoinable, NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    OriginalUri(uri): OriginalUri,
    Path(round): Path<RoundId>,
) -> Result<Response, ProblemDetails> {
    let joined = state.rounds()?.join(user, round).await?;
    let status = if joined.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    // The original path: the router's own lacks the prefix it is nested under.
    let prefix = uri.path().rsplit_once("/rounds/");
    let prefix = prefix.map_or("", |(prefix, _)| prefix);
    let location = format!("{prefix}/contests/{}", joined.contest.id);
    let body = Json(state.view(&joined.contest));
    Ok((status, [(LOCATION, location)], body).into_response())
}
