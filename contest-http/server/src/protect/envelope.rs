//! Every request gets an id and a span; every response gets the id and security headers.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use contest_http::ProblemDetails;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use tracing::Instrument as _;
use uuid::Uuid;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is accepted from a client.
const LONGEST_ID: usize = 64;

/// The middleware.
pub(super) async fn wrap(mut request: Request, next: Next) -> Response {
    let id = id(request.headers());
    let span = tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        path = request.uri().path(),
    );
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let mut response = if has_one_host(&request) {
        next.run(request).instrument(span).await
    } else {
        wrong_host().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    forbid(headers);
    response
}

/// Whether the request names its host once, as HTTP/1.1 demands (RFC 9112, section 3.2). Of two, a proxy may
/// have routed by the other one.
fn has_one_host(request: &Request) -> bool {
    let hosts = request.headers().get_all(HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() != Version::HTTP_11)
}

fn wrong_host() -> ProblemDetails {
    ProblemDetails::new(StatusCode::BAD_REQUEST, "invalid_host", "Invalid host")
        .with_detail("send one Host header")
}

/// The client's id if it is safe to log, or a new one.
fn id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|value| {
        (1..=LONGEST_ID).contains(&value.len())
            && value
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    });
    given.cloned().unwrap_or_else(|| {
        let text = Uuid::new_v4().to_string();
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// Adds security headers, and keeps those that a handler has set: a page needs its own policy.
fn forbid(headers: &mut HeaderMap) {
    let mut set = |name, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(X_FRAME_OPTIONS, "DENY");
    set(
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    // A response with an ETag may be cached; all others may be private.
    if !headers.contains_key(ETAG) {
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
}
