//! `GET /users/me/pace`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use contest_core::engine::PaceWindow;
use contest_core::time::Timestamp;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::details::ProblemDetails;
use crate::dto::PaceView;
use crate::extract::{UrlQuery, wrong_parameter};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS, TakesParameters};
use crate::router::ApiState;
use crate::whole::{Whole, whole_parameter};

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct PaceQuery {
    /// The most contests to consider, the latest first.
    #[serde(default = "fifty", deserialize_with = "whole_parameter")]
    #[cfg_attr(feature = "openapi", param(value_type = u16, minimum = 1, maximum = 200, default = 50))]
    contests: Whole,
    /// Only contests that began at this time or later.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, format = DateTime))]
    from: Option<String>,
    /// Only contests that began before this time.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, format = DateTime))]
    to: Option<String>,
}

fn fifty() -> Whole {
    Whole(50)
}

/// Get how long the user takes to solve problems
///
/// The median for each difficulty, over the problems marked in the latest contests. A break counts for
/// the problem that is marked after it.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/pace",
    operation_id = "get_pace",
    tag = PROGRESS,
    params(PaceQuery),
    responses(
        (status = OK, description = "Medians by difficulty", body = PaceView),
        TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(query): UrlQuery<PaceQuery>,
) -> Result<Json<PaceView>, ProblemDetails> {
    let window = query.contests.fit(u16::MAX, PaceWindow::latest);
    let mut window = window.map_err(|error| wrong_parameter("contests", &error))?;
    let (from, to) = (instant("from", query.from)?, instant("to", query.to)?);
    if from.is_some() || to.is_some() {
        let range = from.unwrap_or(Timestamp::MIN)..to.unwrap_or(Timestamp::MAX);
        let within = window.started_within(range);
        window = within.map_err(|error| wrong_parameter("to", &error))?;
    }
    let pace = state.replica.pace(user, &window).await?;
    Ok(Json(PaceView::from(&pace)))
}

fn instant(name: &str, text: Option<String>) -> Result<Option<Timestamp>, ProblemDetails> {
    let read = |text: String| text.parse().map_err(|error| wrong_parameter(name, &error));
    text.map(read).transpose()
}
