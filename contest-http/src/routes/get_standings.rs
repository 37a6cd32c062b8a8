//! `GET /rounds/{round_id}/standings`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use contest_core::id::RoundId;
use contest_core::time::Timestamp;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::details::ProblemDetails;
use crate::dto::StandingsView;
use crate::extract::{Path, UrlQuery};
use crate::identity::{Caller, ViewName};
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoSuchRound, NotAHost, ROUNDS, TakesParameters};
use crate::router::ApiState;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct StandingsQuery {
    /// The standings as they were at this time, by today's verdicts; now by default.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, format = DateTime))]
    at: Option<Timestamp>,
    /// `host` shows everything while the board is frozen, and is only for the host.
    #[serde(default)]
    view: ViewName,
}

/// Get the whole standings of a round
///
/// With virtual participants beside the board, and with the first to solve each problem. The cost grows with the
/// number of participants: to show a board, get its pages.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}/standings",
    operation_id = "get_standings",
    tag = ROUNDS,
    params(("round_id" = uuid::Uuid, Path, description = "The round"), StandingsQuery),
    responses(
        (status = OK, description = "The standings", body = StandingsView),
        NotAHost, NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(round): Path<RoundId>,
    UrlQuery(query): UrlQuery<StandingsQuery>,
) -> Result<Json<StandingsView>, ProblemDetails> {
    let viewer = state.viewer(user, query.view).await?;
    let standings = state.rounds()?.standings(round, viewer, query.at).await?;
    Ok(Json(StandingsView::from(&standings)))
}
