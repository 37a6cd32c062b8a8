//! `GET /rounds`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use contest_core::engine::PageLimit;
use contest_core::id::RoundId;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::dto::RoundList;
use crate::extract::{UrlQuery, page_limit};
use crate::identity::{Caller, ViewName};
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NotAHost, ROUNDS, TakesParameters};
use crate::router::ApiState;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct RoundsQuery {
    /// The most rounds of the page; 20 by default.
    #[serde(default, deserialize_with = "page_limit")]
    #[cfg_attr(
        feature = "openapi",
        param(value_type = Option<u32>, minimum = 1, maximum = 1000, nullable = false)
    )]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(feature = "openapi", param(min_length = 1))]
    cursor: Option<String>,
    /// `host` lists all rounds, and is only for the host.
    #[serde(default)]
    view: ViewName,
}

/// List the rounds that the user may take part in
///
/// By descending id. A page may have fewer rounds than `limit`, or none, and have a next one.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds",
    operation_id = "list_rounds",
    tag = ROUNDS,
    params(RoundsQuery),
    responses(
        (status = OK, description = "A page of rounds", body = RoundList<'_>),
        NotAHost, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(query): UrlQuery<RoundsQuery>,
) -> Result<Response, ProblemDetails> {
    let after = query.cursor.as_deref().map(RoundId::decode).transpose()?;
    let viewer = state.viewer(user, query.view).await?;
    let limit = query.limit.unwrap_or_default();
    let rounds = state.rounds()?.list(viewer, after, limit).await?;
    Ok(Json(RoundList::new(&rounds, state.engine.now())).into_response())
}
