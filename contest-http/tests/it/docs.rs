//! The page about the API works wherever it is nested, and without another host.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use contest_http::{docs, openapi};
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

async fn get(path: &str) -> Response {
    let document = openapi::with_bearer_tokens(openapi::document_under("/contest/api/"));
    let app = Router::new().nest("/help", docs::router(document));
    let request = Request::get(path).body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap()
}

async fn text(path: &str) -> String {
    let response = get(path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.into()).unwrap()
}

#[tokio::test]
async fn the_document_has_the_server_url_and_the_security_scheme() {
    let document: Value = serde_json::from_str(&text("/help/openapi.json").await).unwrap();
    assert_eq!(document["servers"][0]["url"], "/contest/api");
    assert!(document["paths"]["/contests"].is_object());
    let scheme = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!(
        (&scheme["type"], &scheme["scheme"]),
        (&"http".into(), &"bearer".into())
    );
    assert_eq!(document["security"][0]["bearer"], Value::Array(vec![]));
}

#[tokio::test]
async fn the_page_finds_its_files_and_the_document_beside_it() {
    let bare = get("/help/docs").await;
    assert!(bare.status().is_redirection());
    // Relative to `/help/docs`, this is `/help/docs/`.
    assert_eq!(bare.headers()["location"], "docs/");

    let page = text("/help/docs/").await;
    let quoted = page.split('"').skip(1).step_by(2);
    let files: Vec<_> = quoted.filter(|value| value.contains('.')).collect();
    assert!(files.len() >= 5, "{page}");
    for file in files {
        assert!(!file.contains("//"), "{file} is elsewhere");
        let path = format!("/help/docs/{}", file.trim_start_matches("./"));
        assert_eq!(get(&path).await.status(), StatusCode::OK, "{path}");
    }
    let initializer = text("/help/docs/swagger-initializer.js").await;
    assert!(initializer.contains("\"../openapi.json\""), "{initializer}");
    assert!(
        initializer.contains("\"validatorUrl\": \"none\""),
        "{initializer}"
    );
}

#[tokio::test]
async fn the_page_may_load_nothing_from_other_hosts() {
    let page = get("/help/docs/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("http"), "{policy}");
    let type_of = page.headers()["content-type"].to_str().unwrap();
    assert!(type_of.starts_with("text/html"), "{type_of}");
}

#[tokio::test]
async fn a_missing_file_is_a_404_with_problem_details() {
    let missing = get("/help/docs/nothing.js").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let media_type = &missing.headers()["content-type"];
    assert_eq!(media_type, "application/problem+json");
}
