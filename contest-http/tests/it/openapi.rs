//! The committed OpenAPI document is the one the code generates, and describes the routes that exist.

use crate::app::{App, check_sentences, user};

#[test]
fn the_sentences_of_example_errors_have_no_ids_and_no_backticks() {
    let document = serde_json::to_value(contest_http::openapi::document()).unwrap();
    check_sentences(&document["paths"]);
    check_sentences(&document["components"]["schemas"]["ProblemDetails"]["properties"]);
}

/// The router has its own table of paths, since it exists without the document.
#[tokio::test]
async fn every_documented_operation_is_served_and_in_the_readme() {
    let app = App::in_memory().await;
    let document = serde_json::to_value(contest_http::openapi::document()).unwrap();
    let readme = include_str!("../../README.md");
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let documented = path;
        let path = path.replace(['{', '}'], "");
        for method in methods.as_object().unwrap().keys() {
            let row = format!("| `{} {documented}` |", method.to_uppercase());
            assert!(readme.contains(&row), "the README lacks {row}");
            let request = app.by(user(1), &method.to_uppercase(), &format!("/api{path}"));
            let status = request.send().await.unwrap().status();
            // Invalid ids are 400, a missing body is 415, a missing event log is 404.
            let served = status != 405 && (status != 404 || path == "/users/me/events");
            assert!(served, "{method} {path}: {status}");
            operations += 1;
        }
    }
    assert_eq!(operations, 37);
}

#[test]
fn the_committed_document_is_the_one_the_code_generates() {
    let mut made = serde_json::to_string_pretty(&contest_http::openapi::document()).unwrap();
    made.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("CONTEST_UPDATE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == committed,
        "openapi.json is out of date: run this test with CONTEST_UPDATE=1, and read the diff"
    );
}
