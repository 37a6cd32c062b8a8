//! Responses that a client may cache: `ETag` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1.2).

use std::fmt;
#[cfg(feature = "gzip")]
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
#[cfg(feature = "gzip")]
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::details::ProblemDetails;
use crate::json;

/// Bodies below this are not worth compressing.
#[cfg(feature = "gzip")]
const COMPRESSED_FROM: usize = 1_024;

/// A response that is made once and sent many times. All responses share the memory of one body. With
/// feature `gzip`, the body is compressed for clients that accept it, once and then kept.
///
/// ```
/// use axum::response::IntoResponse;
/// use contest_http::CachedResponse;
/// use http::{HeaderMap, HeaderValue, StatusCode};
///
/// let text = HeaderValue::from_static("text/plain; charset=utf-8");
/// let greeting = CachedResponse::new(text, "hello");
/// let response = greeting.respond(&HeaderMap::new());
/// assert_eq!(response.status(), StatusCode::OK);
///
/// let mut request = HeaderMap::new();
/// request.insert("if-none-match", response.headers()["etag"].clone());
/// assert_eq!(greeting.respond(&request).status(), StatusCode::NOT_MODIFIED);
/// ```
pub struct CachedResponse {
    media_type: HeaderValue,
    body: Bytes,
    /// A digest of the body, so every process behind a load balancer gives the same one.
    digest: String,
    #[cfg(feature = "gzip")]
    gzip: OnceLock<Option<Bytes>>,
}

impl CachedResponse {
    /// A response with this body.
    pub fn new(media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        // 120 bits are enough to tell versions apart, and need no padding in base64.
        let short = digest.get(..15).unwrap_or(&digest);
        Self {
            media_type,
            digest: URL_SAFE_NO_PAD.encode(short),
            body,
            #[cfg(feature = "gzip")]
            gzip: OnceLock::new(),
        }
    }

    pub(crate) fn json(body: &impl Serialize) -> Result<Self, ProblemDetails> {
        Ok(Self::new(json::MEDIA_TYPE, json::written(body)?))
    }

    /// The length of the body.
    pub(crate) fn length(&self) -> usize {
        self.body.len()
    }

    /// The response to a request with these headers: 304 if the client has this version.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        #[cfg(feature = "gzip")]
        if self.body.len() >= COMPRESSED_FROM {
            let gzip = accepts_gzip(request).then(|| self.gzip()).flatten();
            let mut response = match gzip {
                // Weak: the same tag stands for the body as it is.
                Some(body) => self.tagged(request, &format!("W/\"{}\"", self.digest), body),
                None => self.respond_uncompressed(request),
            };
            let headers = response.headers_mut();
            headers.append(VARY, HeaderValue::from_static("accept-encoding"));
            if gzip.is_some() && headers.contains_key(CONTENT_TYPE) {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            return response;
        }
        self.respond_uncompressed(request)
    }

    /// The response for a body that is not kept, and so not compressed here.
    pub(crate) fn respond_uncompressed(&self, request: &HeaderMap) -> Response {
        self.tagged(request, &format!("\"{}\"", self.digest), &self.body)
    }

    fn tagged(&self, request: &HeaderMap, tag: &str, body: &Bytes) -> Response {
        let Ok(tag) = tag.parse::<ETag>() else {
            tracing::error!(tag, "a digest is no entity tag");
            return ProblemDetails::internal().into_response();
        };
        let unchanged = request
            .typed_get::<IfNoneMatch>()
            .is_some_and(|known| !known.precondition_passes(&tag));
        let mut response = if unchanged {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Response::new(Body::from(body.clone()));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, self.media_type.clone());
            response
        };
        response.headers_mut().typed_insert(tag);
        response
    }

    #[cfg(feature = "gzip")]
    fn gzip(&self) -> Option<&Bytes> {
        let kept = self.gzip.get_or_init(|| {
            let compressed = compressed(&self.body);
            compressed
                .inspect_err(|error| tracing::error!(%error, "a body could not be compressed"))
                .ok()
        });
        kept.as_ref()
    }
}

impl fmt::Debug for CachedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedResponse")
            .field("media_type", &self.media_type)
            .field("length", &self.body.len())
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// `body` as JSON with its `ETag`, or 304 if the client has this version.
pub(crate) fn json_with_etag(
    request: &HeaderMap,
    body: &impl Serialize,
) -> Result<Response, ProblemDetails> {
    Ok(CachedResponse::json(body)?.respond_uncompressed(request))
}

#[cfg(feature = "gzip")]
fn compressed(body: &[u8]) -> std::io::Result<Bytes> {
    use std::io::Write as _;

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body)?;
    let mut compressed = gzip.finish()?;
    compressed.shrink_to_fit();
    Ok(compressed.into())
}

/// Whether a client accepts gzip (RFC 9110, section 12.5.3).
#[cfg(feature = "gzip")]
fn accepts_gzip(request: &HeaderMap) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).into_iter();
    let codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut any = false;
    for coding in codings {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().trim_start_matches(['q', 'Q', ' ', '=']);
        let accepted = weight.parse::<f32>().is_ok_and(|weight| weight > 0.0);
        let name = name.trim();
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return accepted;
        }
        any |= name == "*" && accepted;
    }
    any
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_if_the_client_names_it_with_a_weight_above_zero() {
        let accepts = |value: &str| {
            let mut request = HeaderMap::new();
            request.insert(ACCEPT_ENCODING, value.parse().unwrap());
            accepts_gzip(&request)
        };
        for value in [
            "gzip",
            "GZIP",
            "x-gzip",
            "br, gzip",
            "gzip;q=0.5",
            "gzip ; q=1",
            "*",
            "br;q=1, *;q=0.1",
        ] {
            assert!(accepts(value), "{value}");
        }
        for value in [
            "",
            "br",
            "identity",
            "gzip;q=0",
            "gzip; q=0.0",
            "*;q=0",
            "gzip;q=0, *",
        ] {
            assert!(!accepts(value), "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
