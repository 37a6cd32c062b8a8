//! `GET /rounds/{round_id}/board`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use contest_core::engine::{BoardPosition, PageLimit};
use contest_core::id::RoundId;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::dto::BoardView;
use crate::extract::{Path, UrlQuery, page_limit};
use crate::identity::{Caller, ViewName};
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoSuchRound, NotAHost, ROUNDS, TakesParameters};
use crate::router::ApiState;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct BoardQuery {
    /// The most rows of the page; 20 by default.
    #[serde(default, deserialize_with = "page_limit")]
    #[cfg_attr(
        feature = "openapi",
        param(value_type = Option<u32>, minimum = 1, maximum = 1000, nullable = false)
    )]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(feature = "openapi", param(min_length = 1))]
    cursor: Option<String>,
    /// `host` shows everything while the board is frozen, and is only for the host.
    #[serde(default)]
    view: ViewName,
}

/// Get a page of a round's board, the best first
///
/// Without virtual participants: they are in the standings. Pages show the board as it stands when they are
/// read.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}/board",
    operation_id = "get_board",
    tag = ROUNDS,
    params(("round_id" = uuid::Uuid, Path, description = "The round"), BoardQuery),
    responses(
        (status = OK, description = "A page of the board", body = BoardView),
        NotAHost, NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    Path(round): Path<RoundId>,
    UrlQuery(query): UrlQuery<BoardQuery>,
) -> Result<Json<BoardView>, ProblemDetails> {
    let from = query.cursor.as_deref().map(BoardPosition::decode);
    let from = from.transpose()?.unwrap_or_default();
    let viewer = state.viewer(user, query.view).await?;
    let limit = query.limit.unwrap_or_default();
    let page = state.rounds()?.board(round, viewer, from, limit).await?;
    Ok(Json(BoardView::from(&page)))
}
