//! The committed OpenAPI document is the one the code makes.

use crate::app::check_sentences;

#[test]
fn the_examples_of_errors_have_no_ids_and_no_code_in_their_sentences() {
    let document = serde_json::to_value(contest_http::openapi::document()).unwrap();
    check_sentences(&document["paths"]);
    check_sentences(&document["components"]["schemas"]["ProblemDetails"]["properties"]);
}

#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let mut made = serde_json::to_string_pretty(&contest_http::openapi::document()).unwrap();
    made.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("CONTEST_UPDATE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == committed,
        "openapi.json is out of date: run this test with CONTEST_UPDATE=1, and read the difference"
    );
}
