//! Responses that a client may cache: `ETag` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1.2).

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::details::ProblemDetails;
use crate::json;

/// `body` as JSON with its `ETag`, or 304 if the client has this version.
///
/// The tag is a digest of the body, so every process behind a load balancer gives the same one.
pub(crate) fn json_with_etag(
    request: &HeaderMap,
    body: &impl Serialize,
) -> Result<Response, ProblemDetails> {
    let bytes = json::written(body)?;
    let digest = Sha256::digest(&bytes);
    // 120 bits are enough to tell versions apart, and need no padding in base64.
    let short = digest.get(..15).unwrap_or(&digest);
    let tag: ETag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(short))
        .parse()
        .map_err(|error| json::unwritable(&error))?;
    let unchanged = request
        .typed_get::<IfNoneMatch>()
        .is_some_and(|known| !known.precondition_passes(&tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json::response(bytes)
    };
    response.headers_mut().typed_insert(tag);
    Ok(response)
}
