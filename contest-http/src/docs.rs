//! A page to read about the API and to try it, and the OpenAPI document: [`router`] (feature `docs`).
//!
//! ```
//! use axum::Router;
//! use contest_http::{docs, openapi};
//!
//! let document = openapi::with_bearer_tokens(openapi::document_under("/api"));
//! let app: Router = Router::new().merge(docs::router(document));
//! // `/docs/` shows the API, `/openapi.json` describes it.
//! # let _ = app;
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::{Redirect, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::cached::CachedResponse;
use crate::details::ProblemDetails;
use crate::router::no_such_route;

/// Swagger UI needs its own scripts, inline styles and `data:` images. Nothing comes from another host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// The files change only with the version of this crate.
const KEPT: &str = "public, max-age=3600";

/// Serves `document` at `/openapi.json` and a page about it at `/docs/`. Nest it anywhere: the page finds
/// the document by a relative path.
///
/// Swagger UI is part of the program. The page loads nothing from other hosts; its
/// `Content-Security-Policy` forbids it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the document is of no further use"
)]
pub fn router<S>(document: OpenApi) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let document = CachedResponse::json(&document).map(Arc::new);
    let openapi = async move |headers: HeaderMap| document.map(|known| known.respond(&headers));
    let files = Arc::new(Files::default());
    let index = files.clone();
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/docs", get(async || Redirect::permanent("docs/")))
        .route(
            "/docs/",
            get(async move |headers: HeaderMap| index.respond("index.html", &headers)),
        )
        .route(
            "/docs/{*file}",
            get(async move |Path(path): Path<String>, headers: HeaderMap| {
                files.respond(&path, &headers)
            }),
        )
}

/// The files of Swagger UI that have been requested.
#[derive(Debug, Default)]
struct Files(Mutex<HashMap<String, Arc<CachedResponse>>>);

impl Files {
    fn respond(&self, path: &str, request: &HeaderMap) -> Result<Response, ProblemDetails> {
        let mut response = self.get(path)?.respond(request);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
        Ok(response)
    }

    fn get(&self, path: &str) -> Result<Arc<CachedResponse>, ProblemDetails> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(path) {
            return Ok(file.clone());
        }
        let file = Arc::new(read(path)?);
        files.insert(path.to_owned(), file.clone());
        Ok(file)
    }
}

fn read(path: &str) -> Result<CachedResponse, ProblemDetails> {
    let config = Config::new(["../openapi.json"]).validator_url("none");
    let unreadable = |error: &dyn Display| {
        tracing::error!(%error, "a file of the API page could not be served");
        ProblemDetails::internal()
    };
    let file = utoipa_swagger_ui::serve(path, Arc::new(config))
        .map_err(|error| unreadable(&error))?
        .ok_or_else(no_such_route)?;
    let media_type = HeaderValue::from_str(&file.content_type);
    let media_type = media_type.map_err(|error| unreadable(&error))?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(CachedResponse::new(media_type, bytes))
}
