//! Responses as JSON.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use crate::details::ProblemDetails;

/// The media type of JSON.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/json");
/// The first capacity in bytes. Most bodies fit or nearly do, and allocators give out this size quickly.
const USUAL: usize = 1024;

/// A response as JSON.
///
/// `axum::Json` begins with 128 bytes and grows in steps, which costs measurable time for a contest.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        written(&self.0).map_or_else(IntoResponse::into_response, response)
    }
}

/// The text of a body.
pub(crate) fn written(body: &impl Serialize) -> Result<Vec<u8>, ProblemDetails> {
    let mut bytes = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut bytes, body).map_err(|error| unwritable(&error))?;
    Ok(bytes)
}

/// The error for a response that could not be serialised. The cause goes to the log.
fn unwritable(error: &dyn std::error::Error) -> ProblemDetails {
    tracing::error!(%error, "a response could not be serialised");
    ProblemDetails::internal()
}

/// The response with this JSON text.
fn response(bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
    response
}
