//! `GET /users/me/activity`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use contest_core::calendar::{Day, TimeZone};
use contest_core::model::RangeError;
use contest_core::progress::ActivityWindow;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::details::ProblemDetails;
use crate::dto::ActivityView;
use crate::extract::{UrlQuery, wrong_parameter};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, PROGRESS, TakesParameters};
use crate::router::ApiState;
use crate::whole::{Whole, whole_if_given};

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct ActivityQuery {
    /// The number of days up to today; 30 by default. Not beside `from` and `to`.
    #[serde(default, deserialize_with = "whole_if_given")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<u16>, minimum = 1, maximum = 366))]
    days: Option<Whole>,
    /// The first day, with `to`.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, format = Date, example = "2026-03-01"))]
    from: Option<String>,
    /// The last day, with `from`. The range has at most 366 days.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, format = Date, example = "2026-03-29"))]
    to: Option<String>,
    /// The IANA time zone of the days.
    #[serde(default = "utc")]
    #[cfg_attr(feature = "openapi", param(default = "UTC", example = "Europe/Berlin"))]
    time_zone: String,
}

/// The number of days by default.
const DAYS: Whole = Whole(30);

/// The most days of one response, far below the engine's limit.
const MOST: i64 = 366;

fn utc() -> String {
    "UTC".to_owned()
}

/// Get the user's solves by day, and streaks
///
/// Days and streaks include the time before resets of progress.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/activity",
    operation_id = "get_activity",
    tag = PROGRESS,
    params(ActivityQuery),
    responses(
        (status = OK, description = "Solves by day, and streaks", body = ActivityView),
        TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(query): UrlQuery<ActivityQuery>,
) -> Result<Json<ActivityView>, ProblemDetails> {
    let zone =
        TimeZone::named(&query.time_zone).map_err(|error| wrong_parameter("time_zone", &error))?;
    let window = match (query.days, query.from, query.to) {
        (days, None, None) => last_days(days.unwrap_or(DAYS), zone)?,
        (None, Some(from), Some(to)) => between(day("from", &from)?, day("to", &to)?, zone)?,
        (Some(_), ..) => {
            return Err(wrong_parameter(
                "days",
                &"give a number of days or a range of days, not both",
            ));
        }
        (None, from, _) => {
            let missing = if from.is_some() { "to" } else { "from" };
            return Err(wrong_parameter(
                missing,
                &"give both ends of the range of days",
            ));
        }
    };
    let activity = state.replica.activity(user, &window).await?;
    Ok(Json(ActivityView::from(&activity)))
}

fn last_days(days: Whole, zone: TimeZone) -> Result<ActivityWindow, ProblemDetails> {
    check_days("days", days.0)?;
    let days = u16::try_from(days.0).unwrap_or(u16::MAX);
    ActivityWindow::last_days(days, zone).map_err(|error| wrong_parameter("days", &error))
}

fn between(first: Day, last: Day, zone: TimeZone) -> Result<ActivityWindow, ProblemDetails> {
    if let Some(days) = first.through(last) {
        check_days("to", days.into())?;
    }
    ActivityWindow::between(first, last, zone).map_err(|error| wrong_parameter("to", &error))
}

fn check_days(name: &str, days: i64) -> Result<(), ProblemDetails> {
    RangeError::check("days", "number of days", days, 1..=MOST)
        .map_err(|error| wrong_parameter(name, &error))
}

fn day(name: &str, text: &str) -> Result<Day, ProblemDetails> {
    text.parse().map_err(|error| wrong_parameter(name, &error))
}
