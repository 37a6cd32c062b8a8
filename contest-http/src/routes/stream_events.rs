//! `GET /users/me/events`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use contest_core::model::EventNumber;
use http::request::Parts;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::details::ProblemDetails;
#[cfg(feature = "openapi")]
use crate::dto::EventSchema;
use crate::events::Start;
use crate::extract::{UrlQuery, single_header, wrong_parameter};
use crate::identity::Caller;
#[cfg(feature = "openapi")]
use crate::openapi::{General, NoEvents, PROGRESS, TakesParameters};
use crate::router::ApiState;

const LAST_EVENT_ID: &str = "Last-Event-ID";

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct EventsQuery {
    /// Only events after the one with this number. `Last-Event-ID` takes precedence.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(minimum = 0, default = 0))]
    after: u64,
}

/// Stream the user's events
///
/// Server-sent events: the `id` is the number of the event, the `event` is its kind, and the `data` is an
/// `Event`. They come in order, each once in a stream, beginning after the event that the request names,
/// or with the oldest that is stored. A stream ends from time to time: reconnect with the `id` of the
/// last event as `Last-Event-ID`, as browsers do. A skipped number is an event that is no longer stored:
/// get the current state again. Do so too after the event `stream_restarted`: the request named an event
/// that has not happened here, as after the restore of a backup. The stream continues after the number in
/// its `id`.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/users/me/events",
    operation_id = "stream_events",
    tag = PROGRESS,
    params(
        EventsQuery,
        (
            "Last-Event-ID" = Option<u64>, Header, minimum = 0,
            description = "The `id` of the last event that the client has seen",
        ),
    ),
    responses(
        (
            status = OK, description = "Events as they happen, for as long as the stream is open",
            content((EventSchema = "text/event-stream", example = json!(EXAMPLE))),
        ),
        NoEvents, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    UrlQuery(query): UrlQuery<EventsQuery>,
    LastEvent(last): LastEvent,
) -> Result<Response, ProblemDetails> {
    let streams = &state.streams;
    let after = last.unwrap_or(EventNumber(query.after));
    let start = if streams.reaches(user, after).await? {
        Start::After(after)
    } else {
        // The log keeps no later event. Whether there was one, the user's record knows.
        let latest = state.engine.last_event(user).await?;
        if after > latest {
            Start::Anew(latest)
        } else {
            Start::After(after)
        }
    };
    streams.open(user, start).await
}

#[cfg(feature = "openapi")]
const EXAMPLE: &str = "id: 7\nevent: problem_solved\ndata: {\"user_id\":\"0190d3f4-7a00-7000-8000-000000000001\",\
\"number\":7,\"at\":\"2026-03-29T12:30:00Z\",\
\"kind\":\"problem_solved\",\"contest_id\":\"0190d3f4-7a00-7000-8000-000000000000\",\
\"problem_id\":\"5d0a4c5c-8a5b-5b0e-9a53-2f6f3c1c7a10\"}\n\n";

/// The `Last-Event-ID`, if there is one.
pub(crate) struct LastEvent(Option<EventNumber>);

impl<S: Sync> FromRequestParts<S> for LastEvent {
    type Rejection = ProblemDetails;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ProblemDetails> {
        let Some(value) = single_header(parts, LAST_EVENT_ID)? else {
            return Ok(Self(None));
        };
        let number = value.to_str().ok().and_then(|text| text.parse().ok());
        let number = number.ok_or_else(|| {
            wrong_parameter(
                LAST_EVENT_ID,
                &"the last event id is not the id of an event",
            )
        })?;
        Ok(Self(Some(EventNumber(number))))
    }
}
