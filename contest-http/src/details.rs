//! All errors, in the format of RFC 9457: [`ProblemDetails`].

use axum::response::{IntoResponse, Response};
use contest_core::rules::Refusal;
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The media type of an error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// An error as the client sees it: `application/problem+json` of RFC 9457, with a stable `type`.
/// `error` repeats `detail`: the reference service's clients read the sentence there.
///
/// If the rules refuse a request, the extensions of the response hold the [`Refusal`], so that a host's
/// middleware can count or log it.
///
/// ```
/// use contest_http::ProblemDetails;
/// use http::StatusCode;
///
/// let details = ProblemDetails::new(StatusCode::FORBIDDEN, "not_a_member", "Not a member")
///     .with_detail("only members practise here");
/// assert_eq!(details.status(), StatusCode::FORBIDDEN);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemDetails(Box<Content>);

/// An error in the format of RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ProblemDetails))]
pub(crate) struct Content {
    /// The kind of problem; stable, for programs to match.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "urn:contest:contest_not_found"))]
    kind: String,
    /// The kind in a few words, the same for every problem of the kind.
    #[cfg_attr(feature = "openapi", schema(example = "Contest not found"))]
    title: &'static str,
    /// The status code of the response.
    #[cfg_attr(feature = "openapi", schema(example = 404))]
    status: u16,
    /// A sentence for users about the cause and the remedy in this case, without ids.
    #[cfg_attr(feature = "openapi", schema(example = "there is no such contest"))]
    detail: String,
    /// The same sentence as `detail`.
    #[cfg_attr(feature = "openapi", schema(example = "there is no such contest"))]
    error: String,
    /// The part of the request that is wrong: a member of the body, a parameter or a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The contest concerned: the requested one, or the one that conflicts with the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    contest_id: Option<ContestId>,
    /// The problems concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<uuid::Uuid>, required = false))]
    problem_ids: Vec<ProblemId>,
    /// When the round opens, if it has not opened yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime, nullable = false))]
    opens_at: Option<Timestamp>,
    #[serde(skip)]
    retry_after: Option<u32>,
    #[serde(skip)]
    refusal: Option<Refusal>,
}

impl ProblemDetails {
    /// A problem of the kind `urn:contest:{code}`. `title` names the kind in a few words.
    pub fn new(status: StatusCode, code: &str, title: &'static str) -> Self {
        Self(Box::new(Content {
            kind: format!("urn:contest:{code}"),
            title,
            status: status.as_u16(),
            detail: title.to_owned(),
            error: title.to_owned(),
            field: None,
            contest_id: None,
            problem_ids: Vec::new(),
            opens_at: None,
            retry_after: None,
            refusal: None,
        }))
    }

    /// 401: the request has no credentials, or they are not valid.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Authentication required",
        )
        .with_detail(detail)
    }

    /// 408: the client sent its request too slowly.
    pub fn too_slow() -> Self {
        let status = StatusCode::REQUEST_TIMEOUT;
        Self::new(status, "request_timeout", "Request sent too slowly")
            .with_detail("the request did not arrive in time: send it again")
    }

    /// 413: the body is larger than the route accepts.
    pub fn too_large() -> Self {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(status, "payload_too_large", "Body too large")
            .with_detail("the body is larger than this route accepts")
    }

    /// 429: the client sends too many requests. It may try again after `retry_after` seconds.
    pub fn too_many(retry_after: u32) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "too_many_requests", "Too many requests")
            .with_detail(format!("too many requests: try again in {retry_after} s"))
            .with_retry_after(retry_after)
    }

    /// 503: a temporary failure. The request is valid and may succeed a second later.
    pub fn unavailable() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "unavailable", "Temporarily unavailable")
            .with_detail("the service is temporarily unavailable: try again")
            .with_retry_after(1)
    }

    /// The body of the response.
    #[cfg(feature = "openapi")]
    pub(crate) fn content(&self) -> &Content {
        &self.0
    }

    /// 500: the server failed. The cause is in its log.
    pub fn internal() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "internal_error", "Internal error")
            .with_detail("the server failed, and has logged the cause")
    }

    /// With the rules' refusal, for the extensions of the response.
    pub(crate) fn with_refusal(mut self, refusal: Refusal) -> Self {
        self.0.refusal = Some(refusal);
        self
    }

    /// With a sentence about the cause and the remedy in this case. Users see it: put ids into the other
    /// members.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self.0.error.clone_from(&self.0.detail);
        self
    }

    /// With the part of the request that is wrong.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// With the contest concerned: the requested one, or the one that conflicts with the request.
    #[must_use]
    pub fn with_contest(mut self, contest: ContestId) -> Self {
        self.0.contest_id = Some(contest);
        self
    }

    /// With the problems concerned.
    #[must_use]
    pub fn with_problems(mut self, problems: impl IntoIterator<Item = ProblemId>) -> Self {
        self.0.problem_ids = problems.into_iter().collect();
        self
    }

    /// With the time at which the round opens.
    pub(crate) fn with_opening(mut self, at: Timestamp) -> Self {
        self.0.opens_at = Some(at);
        self
    }

    /// With a `Retry-After` header of this many seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for ProblemDetails {
    fn into_response(self) -> Response {
        let mut response = (self.status(), axum::Json(&self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.0.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(refusal) = self.0.refusal {
            response.extensions_mut().insert(refusal);
        }
        response
    }
}
