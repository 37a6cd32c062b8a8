//! The page at `/`, on which users practise.
//!
//! Plain HTML, CSS and JavaScript modules, embedded unchanged and served under `/page/`. The page calls
//! the routes under `/api` on the same origin, and its content security policy allows no other origin.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use contest_http::CachedResponse;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Allows only files of this origin, and nothing inline. `data:` is for the icon.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Each file of the page: its path, its media type, its text.
const FILES: [(&str, &str, &str); 17] = [
    ("/", HTML, include_str!("index.html")),
    ("/page/style.css", CSS, include_str!("style.css")),
    ("/page/main.js", JS, include_str!("main.js")),
    ("/page/api.js", JS, include_str!("api.js")),
    ("/page/board.js", JS, include_str!("board.js")),
    ("/page/clock.js", JS, include_str!("clock.js")),
    ("/page/contest.js", JS, include_str!("contest.js")),
    ("/page/countdown.js", JS, include_str!("countdown.js")),
    ("/page/create.js", JS, include_str!("create.js")),
    ("/page/dom.js", JS, include_str!("dom.js")),
    ("/page/heatmap.js", JS, include_str!("heatmap.js")),
    ("/page/live.js", JS, include_str!("live.js")),
    ("/page/progress.js", JS, include_str!("progress.js")),
    ("/page/recent.js", JS, include_str!("recent.js")),
    ("/page/rounds.js", JS, include_str!("rounds.js")),
    ("/page/rules.js", JS, include_str!("rules.js")),
    ("/page/tick.js", JS, include_str!("tick.js")),
];

/// The page and its files.
pub(crate) fn router() -> Router {
    FILES
        .into_iter()
        .fold(Router::new(), |router, (path, media_type, text)| {
            router.route(path, file(media_type, text))
        })
}

/// One file. Browsers revalidate it at each load, so that files of two versions are never mixed.
fn file(media_type: &'static str, text: &'static str) -> MethodRouter {
    let file = CachedResponse::new(HeaderValue::from_static(media_type), text);
    let file = Arc::new(file);
    get(move |request: HeaderMap| {
        let mut response = file.respond(&request);
        secure(&mut response);
        std::future::ready(response)
    })
}

fn secure(response: &mut Response) {
    for (name, value) in [
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}
