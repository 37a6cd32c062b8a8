//! Requests repeated, large, or of another revision or history.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use contest_core::catalogue::Catalogue;
use contest_core::memory::MemoryStore;
use contest_core::rules::Limits;
use contest_core::time::Clock as _;
use contest_http::Api;
use contest_http::events::EventStreams;
use serde_json::{Value, json};

use crate::app::{Answer, App, bearer, catalogue, user};

/// The answer to the first request may have been lost.
#[tokio::test]
async fn a_mark_repeated_after_the_end_is_answered_as_the_first() {
    for app in [
        App::in_memory().await,
        App::on_sqlite().await,
        App::on_postgres().await,
    ] {
        let contest = app.contest(user(1), 2).await;
        let id = contest["id"].as_str().unwrap();
        let problem = contest["problems"][0]["problem"]["id"].as_str().unwrap();
        let path = format!("/api/contests/{id}/problems/{problem}");
        let mark = async || {
            let body = json!({"is_completed": true});
            app.send(user(1), "PATCH", &path, body).await
        };
        let first = mark().await;
        assert_eq!(first.status, 200, "{first:?}");
        let ending = format!("/api/contests/{id}/complete");
        app.send(user(1), "POST", &ending, Value::Null).await;
        app.clock.advance(Duration::from_hours(2));
        let again = mark().await;
        assert_eq!(again.status, 200, "{again:?}");
        assert_eq!(again.body["completed_at"], first.body["completed_at"]);
    }
}

#[tokio::test]
async fn a_repeated_creation_is_answered_where_the_limits_are_lower() {
    let store = MemoryStore::new();
    let first = App::over(store.clone()).await;
    let lower = Limits::default().with_problems(1..=2).with_minutes(10..=30);
    let stricter = App::tuned(store, |engine| engine.limits(lower)).await;
    let body = json!({"problem_count": 5, "duration_minutes": 60});
    let create = async |app: &App, key: &str| {
        let request = app.by(user(1), "POST", "/api/contests");
        Answer::of(request.header("idempotency-key", key).json(&body)).await
    };
    let created = create(&first, "one").await;
    assert_eq!(created.status, 201, "{created:?}");
    let repeated = create(&stricter, "one").await;
    assert_eq!(
        (repeated.status, &repeated.body["id"]),
        (200, &created.body["id"])
    );
    let other = create(&stricter, "two").await;
    assert_eq!((other.status, other.code()), (422, "limit_exceeded"));
}

/// The largest lists that the limits allow are within the size of a body.
#[tokio::test]
async fn bodies_as_large_as_the_limits_allow_are_taken() {
    let app = App::in_memory().await;
    let excluded: Vec<_> = (0..10_000).map(|n| user(n).to_string()).collect();
    let body = json!({"problem_count": 1, "duration_minutes": 60, "excluded": excluded});
    let explained = app
        .send(user(1), "POST", "/api/contests/explain", body.clone())
        .await;
    assert_eq!(explained.status, 200, "{explained:?}");
    let created = app.send(user(1), "POST", "/api/contests", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let problem = &created.body["problems"][0]["problem"]["id"];
    let now = app.clock.now();
    let solves = (0..10_000).map(|n| {
        let at = now - Duration::from_micros(n + 1);
        json!({"problem_id": problem, "solved_at": at.to_string()})
    });
    let body = json!({"solves": solves.collect::<Vec<_>>()});
    let recorded = app
        .send(user(1), "POST", "/api/users/me/solves", body)
        .await;
    assert_eq!(recorded.status, 200, "{recorded:?}");
}

/// The titles of all problems, page by page, or the answer that ended the walk. Between the first page
/// and the second, `change` is published.
async fn walk(app: &App, change: Option<&Catalogue>) -> Result<Vec<String>, Answer> {
    let (mut slugs, mut cursor, mut change) = (Vec::new(), String::new(), change);
    loop {
        let page = app
            .get(user(1), &format!("/api/problems?limit=2{cursor}"))
            .await;
        if page.status != 200 {
            return Err(page);
        }
        let problems = page.body["problems"].as_array().unwrap();
        slugs.extend(
            problems
                .iter()
                .map(|of| of["title"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page.body["next_cursor"].as_str() else {
            return Ok(slugs);
        };
        cursor = format!("&cursor={next}");
        if let Some(change) = change.take() {
            app.engine.publish_catalogue(change).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_page_of_problems_of_an_older_revision_is_refused() {
    let app = App::in_memory().await;
    let whole = walk(&app, None).await.unwrap();
    assert_eq!(whole, ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"]);
    assert_eq!(
        walk(&app, Some(&catalogue())).await.unwrap(),
        whole,
        "nothing changed"
    );
    let backwards = catalogue();
    let backwards = backwards.problems().iter().map(|problem| {
        let problem = contest_core::model::Problem::clone(problem);
        let position = 100 - problem.position;
        problem.with_position(position)
    });
    let backwards = Catalogue::new(backwards).unwrap();
    let refused = walk(&app, Some(&backwards)).await.unwrap_err();
    assert_eq!((refused.status, refused.code()), (400, "invalid_parameter"));
    assert_eq!(refused.body["field"], "cursor");
    assert_eq!(
        walk(&app, None).await.unwrap().len(),
        6,
        "from the first page again"
    );
}

/// The text of a stream of events until it is quiet.
async fn stream(app: &App, last: u64) -> String {
    let request = app.by(user(1), "GET", "/api/users/me/events");
    let answer = request.header("last-event-id", last).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// A client that is ahead of the log hears so, and from where the stream goes on; one that is not hears
/// what it has not seen, whether the log still keeps what it has seen or not.
#[tokio::test]
async fn a_stream_begins_anew_for_a_client_of_another_history() {
    let store = MemoryStore::new().with_outbox();
    let made = App::over(store.clone()).await;
    let (clock, engine) = (Arc::clone(&made.clock), made.engine.clone());
    let longest = Duration::from_millis(50);
    let streams = EventStreams::new(Arc::new(store)).with_longest(longest);
    let api = Api::new(engine.clone(), bearer).events(streams);
    let app = App::serve(Router::new().nest("/api", api.router()), clock, engine).await;

    let restarted = |number: u64| {
        format!(
            "retry: 2000\n\nid: {number}\nevent: stream_restarted\ndata: {{\"after\":{number}}}\n\n"
        )
    };
    assert_eq!(stream(&app, 7).await, restarted(0), "a user without events");
    for _ in 0..3 {
        app.engine.reset_progress(user(1)).await.unwrap();
    }
    assert_eq!(stream(&app, 999_999).await, restarted(3));
    assert_eq!(stream(&app, 4).await, restarted(3));
    assert_eq!(stream(&app, 3).await, "retry: 2000\n\n");
    let rest = stream(&app, 2).await;
    assert!(
        rest.starts_with("retry: 2000\n\nid: 3\nevent: progress_reset"),
        "{rest}"
    );
}
