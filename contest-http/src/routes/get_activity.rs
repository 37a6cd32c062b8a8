//! `GET /users/me/activity`
#![allow(
    unused_qualifications,
    reason = "what utoipa's macro makes of the parameters"
)]

use axum::extract::State;
use contest_core::calendar::TimeZone;
use contest_core::engine::ActivityWindow;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::details::ProblemDetails;
use crate::dto::ActivityView;
use crate::extract::{UrlQuery, wrong_parameter};
use crate::identity::Caller;
use crate::json::Json;
use crate::openapi::{General, PROGRESS, TakesParameters};
use crate::router::ApiState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityQuery {
    /// How many days, today included.
    #[serde(default = "thirty")]
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: u16,
    /// The IANA time zone whose clocks divide the days.
    #[serde(default = "utc")]
    #[param(default = "UTC", example = "Europe/Berlin")]
    time_zone: String,
}

fn thirty() -> u16 {
    30
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Get what the user solved day by day, and streaks
#[utoipa::path(
    get,
    path = "/users/me/activity",
    operation_id = "get_activity",
    tag = PROGRESS,
    params(ActivityQuery),
    responses(
        (status = OK, description = "Solves by day, and streaks", body = ActivityView),
        TakesParameters, General,
    ),
)]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(query): UrlQuery<ActivityQuery>,
) -> Result<Json<ActivityView>, ProblemDetails> {
    let zone =
        TimeZone::named(&query.time_zone).map_err(|error| wrong_parameter("time_zone", &error))?;
    let window = ActivityWindow::last_days(query.days, zone)
        .map_err(|error| wrong_parameter("days", &error))?;
    let activity = state.engine.activity(user, &window).await?;
    Ok(Json(ActivityView::from(&activity)))
}
