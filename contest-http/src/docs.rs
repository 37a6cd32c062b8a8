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

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::cached::json_with_etag;
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
pub fn router<S>(document: OpenApi) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let document = Arc::new(document);
    let config = Config::new(["../openapi.json"]).validator_url("none");
    let config = Arc::new(config);
    let index = config.clone();
    let openapi = async move |headers: HeaderMap| json_with_etag(&headers, document.as_ref());
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/docs", get(async || Redirect::permanent("docs/")))
        .route("/docs/", get(async move || file("", index)))
        .route(
            "/docs/{*file}",
            get(async move |Path(path): Path<String>| file(&path, config)),
        )
}

fn file(path: &str, config: Arc<Config<'static>>) -> Result<Response, ProblemDetails> {
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => {
            let headers = [
                (CONTENT_TYPE, file.content_type.as_str()),
                (CONTENT_SECURITY_POLICY, POLICY),
                (CACHE_CONTROL, KEPT),
            ];
            Ok((headers, Body::from(file.bytes.into_owned())).into_response())
        }
        Ok(None) => Err(no_such_route()),
        Err(error) => {
            tracing::error!(%error, "a file of the API page could not be served");
            Err(ProblemDetails::internal())
        }
    }
}
