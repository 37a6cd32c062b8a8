//! Lists page without gaps, and an unchanged response is not sent again.

use contest_core::catalogue::Catalogue;
use contest_core::time::Clock as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::app::{Answer, App, catalogue, user};

/// The member `id` of all entries, read page by page.
async fn walk(app: &App, path: &str, list: &str, id: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app
            .get(user(1), &format!("{path}limit=2{cursor}"))
            .await
            .body;
        let entries = page[list].as_array().unwrap();
        assert!(entries.len() <= 2);
        ids.extend(
            entries
                .iter()
                .map(|entry| entry[id].as_str().unwrap().to_owned()),
        );
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return ids,
        }
    }
}

/// Clients of the reference service count the entries and do not page.
#[tokio::test]
async fn contests_come_all_at_once_unless_a_limit_is_given() {
    let app = App::in_memory().await;
    for _ in 0..25 {
        let contest = app.contest(user(1), 1).await;
        let path = format!("/api/contests/{}/abandon", contest["id"].as_str().unwrap());
        app.send(user(1), "POST", &path, Value::Null).await;
    }
    let list = app.get(user(1), "/api/contests").await.body;
    assert_eq!(list["contests"].as_array().unwrap().len(), 25);
    assert_eq!(list["next_cursor"], Value::Null);
}

#[tokio::test]
async fn pages_hold_every_entry_once_and_in_order() {
    let app = App::in_memory().await;
    for _ in 0..5 {
        let contest = app.contest(user(1), 1).await;
        let path = format!("/api/contests/{}/abandon", contest["id"].as_str().unwrap());
        app.send(user(1), "POST", &path, Value::Null).await;
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    let all = app.get(user(1), "/api/problems").await.body;
    let problems = all["problems"].as_array().unwrap();
    let solves: Vec<_> = problems
        .iter()
        .map(|problem| json!({"problem_id": problem["id"], "solved_at": app.clock.now().to_string()}))
        .collect();
    let body = json!({"solves": solves});
    app.send(user(1), "POST", "/api/users/me/solves", body)
        .await;

    let contests = walk(&app, "/api/contests?", "contests", "id").await;
    assert_eq!(contests.len(), 5);
    assert!(contests.is_sorted_by(|a, b| a > b), "{contests:?}");
    let listed = walk(&app, "/api/problems?", "problems", "id").await;
    let ids: Vec<_> = problems
        .iter()
        .map(|problem| problem["id"].as_str().unwrap())
        .collect();
    assert_eq!(listed, ids);
    let log = walk(&app, "/api/users/me/attempts?", "attempts", "problem_id").await;
    assert_eq!(log.len(), 6);
    let in_log: BTreeSet<_> = log.iter().map(String::as_str).collect();
    assert_eq!(in_log, ids.into_iter().collect());
}

#[tokio::test]
async fn an_unchanged_response_is_not_sent_again() {
    let app = App::in_memory().await;
    for path in [
        "/api/problems",
        "/api/problems/stats",
        "/api/problems?limit=3",
    ] {
        let first = app.get(user(1), path).await;
        let tag = first.headers["etag"].as_str().unwrap().to_owned();
        let known = |tags: String| {
            let request = app.by(user(1), "GET", path).header("if-none-match", tags);
            async move { Answer::of(request).await }
        };
        for tags in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let again = known(tags).await;
            assert_eq!((again.status, &again.body), (304, &Value::Null));
            assert_eq!(again.headers["etag"], tag.as_str());
        }
        assert_eq!(known("\"other\"".to_owned()).await.status, 200);
        let before = catalogue();
        let renamed = before.problems().iter().map(|problem| {
            let mut problem = problem.as_ref().clone();
            problem.title.push_str(path);
            problem.retired = false;
            problem
        });
        let renamed = Catalogue::new(renamed).unwrap();
        app.engine.publish_catalogue(&renamed).await.unwrap();
        if !path.ends_with("stats") {
            assert_eq!(known(tag).await.status, 200, "{path}");
        }
    }
}
