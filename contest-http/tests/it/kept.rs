//! Answers about the catalogue are made and compressed once for each revision, and shared.

use std::io::Read as _;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use contest_core::catalogue::Catalogue;
use contest_core::engine::Engine;
use contest_core::memory::MemoryStore;
use contest_core::model::{Difficulty, Problem, Topic};
use contest_http::response::Cursor as _;
use contest_http::{Api, docs, openapi};
use flate2::read::GzDecoder;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::app::bearer;

/// An answer, whose bytes are where the server has them.
struct Answer {
    headers: HeaderMap,
    bytes: Bytes,
}

impl Answer {
    fn is_compressed(&self) -> bool {
        self.headers.contains_key("content-encoding")
    }

    fn json(&self) -> Value {
        if !self.is_compressed() {
            return serde_json::from_slice(&self.bytes).unwrap();
        }
        let mut text = String::new();
        let mut decoder = GzDecoder::new(&*self.bytes);
        decoder.read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn shares_memory_with(&self, other: &Self) -> bool {
        (self.bytes.as_ptr(), self.bytes.len()) == (other.bytes.as_ptr(), other.bytes.len())
    }
}

async fn get(app: &Router, path: &str, encoding: &str) -> Answer {
    let request = Request::get(path).header("accept-encoding", encoding);
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let (parts, body) = response.into_parts();
    Answer {
        headers: parts.headers,
        bytes: to_bytes(body, usize::MAX).await.unwrap(),
    }
}

/// 2,500 problems whose titles end with `suffix`; each third has the topic `Graphs`.
fn catalogue(suffix: &str) -> Catalogue {
    let problems = (0..2_500_u32).map(|number| {
        let title = format!("Problem {number} {suffix}");
        let problem = Problem::new(format!("problem-{number}"), title, Difficulty::Easy);
        let topics = (number % 3 == 0).then(|| Topic::new("Graphs").unwrap());
        problem.unwrap().with_position(number).with_topics(topics)
    });
    Catalogue::new(problems).unwrap()
}

async fn app() -> (Router, Engine) {
    let engine = Engine::builder(MemoryStore::new()).build().await.unwrap();
    engine.publish_catalogue(&catalogue("old")).await.unwrap();
    let api = Api::new(engine.clone(), bearer);
    (api.router(), engine)
}

#[tokio::test]
async fn pages_of_problems_are_kept_until_the_catalogue_changes() {
    let (app, engine) = app().await;
    let mut path = "/problems".to_owned();
    let mut titles = 0;
    loop {
        let plain = get(&app, &path, "identity").await;
        let compressed = get(&app, &path, "gzip").await;
        assert!(
            compressed.is_compressed() && !plain.is_compressed(),
            "{path}"
        );
        assert_eq!(plain.json(), compressed.json());
        for (first, encoding) in [(&plain, "identity"), (&compressed, "gzip")] {
            let again = get(&app, &path, encoding).await;
            assert!(again.shares_memory_with(first), "{path} {encoding}");
            assert_eq!(again.headers["vary"], "accept-encoding");
        }
        let page = plain.json();
        titles += page["problems"].as_array().unwrap().len();
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/problems?cursor={next}");
    }
    assert_eq!(titles, 2_500);

    let before = get(&app, "/problems", "gzip").await;
    engine.publish_catalogue(&catalogue("new")).await.unwrap();
    let after = get(&app, "/problems", "gzip").await;
    assert_eq!(after.json()["problems"][0]["title"], "Problem 0 new");
    assert_ne!(before.headers["etag"], after.headers["etag"]);
    let graphs = get(&app, "/problems?topic=Graphs&difficulty=Easy", "gzip").await;
    assert_eq!(graphs.json()["problems"].as_array().unwrap().len(), 834);
    assert!(graphs.is_compressed());
}

#[tokio::test]
async fn a_client_cannot_fill_the_kept_pages_with_requests_it_made_up() {
    let (app, engine) = app().await;
    let revision = engine.catalogue().revision();
    let nowhere = (revision, 500_u32).encode();
    for path in [
        "/problems?limit=999".to_owned(),
        "/problems?topic=Nothing".to_owned(),
        format!("/problems?cursor={nowhere}"),
    ] {
        let first = get(&app, &path, "gzip").await;
        let again = get(&app, &path, "gzip").await;
        assert!(!again.is_compressed(), "{path}");
        assert!(!again.shares_memory_with(&first), "{path}");
        assert_eq!(first.json(), again.json());
    }
}

#[tokio::test]
async fn files_of_the_api_page_are_shared_and_compressed_once() {
    let app: Router = docs::router(openapi::document_under("/api"));
    for path in ["/docs/swagger-ui-bundle.js", "/docs/", "/openapi.json"] {
        for encoding in ["identity", "gzip"] {
            let first = get(&app, path, encoding).await;
            let again = get(&app, path, encoding).await;
            assert!(again.shares_memory_with(&first), "{path} {encoding}");
        }
    }
    let script = get(&app, "/docs/swagger-ui-bundle.js", "gzip").await;
    assert!(script.is_compressed());
    assert!(script.bytes.len() < 600_000, "{}", script.bytes.len());
    assert!(script.headers.contains_key("content-security-policy"));
}
