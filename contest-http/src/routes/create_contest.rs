//! `POST /contests`

use axum::extract::{FromRequestParts, OriginalUri, State};
use axum::response::{IntoResponse as _, Response};
use contest_core::engine::CreatedContest;
use contest_core::model::IdempotencyKey;
use http::StatusCode;
use http::header::LOCATION;
use http::request::Parts;

use crate::details::ProblemDetails;
#[cfg(feature = "openapi")]
use crate::dto::ContestView;
use crate::dto::{CONTEST_LIMIT, NewContestBody};
use crate::extract::{JsonBody, single_header, wrong_parameter};
use crate::identity::Caller;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{CONTESTS, Conflict, General, TakesBody};
use crate::router::ApiState;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Create a contest
///
/// It begins now. Its problems are selected from those the user has not solved, or named in the request.
/// A user has at most one active contest. If the response is lost, repeat the request under the same
/// `Idempotency-Key`: all such requests create one contest, and each after the first returns it with a
/// 200.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/contests",
    operation_id = "create_contest",
    tag = CONTESTS,
    params((
        "Idempotency-Key" = Option<String>, Header,
        description = "1 to 255 visible ASCII characters, chosen by the client",
    )),
    request_body = NewContestBody,
    responses(
        (status = CREATED, description = "The contest", body = ContestView<'_>,
            headers(("Location" = String, description = "Where the contest is")),
            links(
                ("get" = (
                    operation_id = "get_contest",
                    parameters(("contest_id" = "$response.body#/id")),
                )),
                ("mark" = (
                    operation_id = "mark_problem",
                    parameters(
                        ("contest_id" = "$response.body#/id"),
                        ("problem_id" = "$response.body#/problems/0/problem/id"),
                    ),
                )),
                ("complete" = (
                    operation_id = "complete_contest",
                    parameters(("contest_id" = "$response.body#/id")),
                )),
                ("abandon" = (
                    operation_id = "abandon_contest",
                    parameters(("contest_id" = "$response.body#/id")),
                )),
            ),
        ),
        (status = OK, description = "The contest that an earlier request under the same key created",
            body = ContestView<'_>,
            headers(("Location" = String, description = "Where the contest is")),
        ),
        Conflict, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    Caller(user): Caller,
    OriginalUri(uri): OriginalUri,
    Key(key): Key,
    JsonBody(body): JsonBody<NewContestBody, CONTEST_LIMIT>,
) -> Result<Response, ProblemDetails> {
    let mut request = body.request(&state.engine.settings().limits)?;
    if let Some(key) = key {
        request = request.with_idempotency_key(key);
    }
    let created = state.engine.create_contest(user, &request).await?;
    let CreatedContest {
        contest, repeated, ..
    } = created;
    let status = if repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    // The original path: the router's own lacks the prefix it is nested under.
    let location = format!("{}/{}", uri.path().trim_end_matches('/'), contest.id);
    let body = Json(state.view(&contest));
    Ok((status, [(LOCATION, location)], body).into_response())
}

/// The `Idempotency-Key`, if there is one.
pub(crate) struct Key(Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = ProblemDetails;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ProblemDetails> {
        let Some(value) = single_header(parts, IDEMPOTENCY_KEY)? else {
            return Ok(Self(None));
        };
        let text = value.to_str().map_err(|_| {
            wrong_parameter(IDEMPOTENCY_KEY, &"the idempotency key is not ASCII text")
        })?;
        let key =
            IdempotencyKey::new(text).map_err(|error| wrong_parameter(IDEMPOTENCY_KEY, &error))?;
        Ok(Self(Some(key)))
    }
}
