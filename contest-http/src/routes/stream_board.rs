//! `GET /rounds/{round_id}/board/events`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use axum::response::Response;
use contest_core::engine::PageLimit;
use contest_core::id::RoundId;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::details::ProblemDetails;
#[cfg(feature = "openapi")]
use crate::dto::BoardTopView;
use crate::events::BoardWatch;
use crate::extract::{Path, UrlQuery, page_limit, wrong_parameter};
use crate::identity::{Caller, ViewName};
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoSuchRound, NotAHost, ROUNDS, TakesParameters};
use crate::router::ApiState;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct BoardEventsQuery {
    /// The number of rows; 20 by default.
    #[serde(default, deserialize_with = "page_limit")]
    #[cfg_attr(
        feature = "openapi",
        param(value_type = Option<u32>, minimum = 1, maximum = 100, nullable = false)
    )]
    limit: Option<PageLimit>,
    /// `host` shows everything while the board is frozen, and is only for the host.
    #[serde(default)]
    view: ViewName,
}

/// Stream the first rows of a round's board
///
/// Server-sent events: each `board` has the first rows of the board as a `Board`. The first one comes at once,
/// and another one when these rows have changed. A stream ends from time to time: reconnect, as browsers do. It
/// then begins with the board as it stands.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}/board/events",
    operation_id = "stream_board",
    tag = ROUNDS,
    params(("round_id" = uuid::Uuid, Path, description = "The round"), BoardEventsQuery),
    responses(
        (
            status = OK, description = "The board as it changes, for as long as the stream is open",
            content((BoardTopView = "text/event-stream", example = json!(EXAMPLE))),
        ),
        NotAHost, NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(round): Path<RoundId>,
    UrlQuery(query): UrlQuery<BoardEventsQuery>,
) -> Result<Response, ProblemDetails> {
    let rows = BoardWatch::check_rows(query.limit.unwrap_or_default());
    let watch = BoardWatch {
        rounds: state.rounds()?.clone(),
        round,
        viewer: state.viewer(user, query.view).await?,
        rows: rows.map_err(|error| wrong_parameter("limit", &error))?,
    };
    state.streams.open_board(user, &state.boards, watch).await
}

#[cfg(feature = "openapi")]
const EXAMPLE: &str = "id: 1\nevent: board\ndata: {\"view\":\"public\",\"frozen\":false,\"rows\":[],\
\"server_now\":\"2026-03-29T12:30:00Z\"}\n\n";
