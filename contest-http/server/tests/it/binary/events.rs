//! `serve --events`, `--grace` and `--resume`: streams over every kind of store, which end with the
//! process.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::directory::Directory;
use super::process::{PATIENCE, Server, json as body_of};

/// Reads the stream until its text contains `part`. False if it ends before.
async fn received(stream: &mut Response, text: &mut String, part: &str) -> bool {
    while !text.contains(part) {
        let chunk = timeout(PATIENCE, stream.chunk()).await.expect("it goes on");
        match chunk.expect("it is not cut") {
            Some(chunk) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
            None => return false,
        }
    }
    true
}

async fn contest(server: &Server, token: &str) -> String {
    let request = json!({"problem_count": 2, "duration_minutes": 60});
    let created = server.post("/api/contests").bearer_auth(token);
    let created = body_of(created.json(&request).send().await.unwrap()).await;
    created["id"].as_str().unwrap().to_owned()
}

async fn a_contest_is_streamed_and_the_drain_is_short(url: &str) {
    let database = format!("--database-url={url}");
    let mut server = Server::start(&[&database, "--events", "--drain-timeout=1h"]).await;
    let token = server.token().await;
    let events = |request: RequestBuilder| request.bearer_auth(&token).send();
    let mut stream = events(server.get("/api/users/me/events")).await.unwrap();
    assert_eq!(stream.status(), 200);
    let mut text = String::new();
    assert!(received(&mut stream, &mut text, "retry: ").await);
    let id = contest(&server, &token).await;
    assert!(received(&mut stream, &mut text, "event: contest_created").await);
    let end = format!("/api/contests/{id}/complete");
    body_of(events(server.post(&end)).await.unwrap()).await;
    assert!(received(&mut stream, &mut text, "\"ending\":\"completed\"").await);

    let again = server
        .get("/api/users/me/events")
        .header("Last-Event-ID", "1");
    let mut again = events(again).await.unwrap();
    let mut rest = String::new();
    assert!(received(&mut again, &mut rest, "id: 2\nevent: contest_finished").await);
    assert!(!rest.contains("id: 1\n"), "{rest}");

    let begun = Instant::now();
    server.signal("TERM");
    assert!(
        !received(&mut stream, &mut text, "never").await,
        "it ends whole"
    );
    assert_eq!(server.exit_code().await, 0, "{}", server.log.text());
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn over_memory() {
    a_contest_is_streamed_and_the_drain_is_short("memory:").await;
}

#[tokio::test]
async fn over_sqlite() {
    let directory = Directory::new();
    a_contest_is_streamed_and_the_drain_is_short(&directory.database()).await;
}

#[tokio::test]
async fn over_postgres() {
    let postgres = contest_sqlx::testing::Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    a_contest_is_streamed_and_the_drain_is_short(&database.url()).await;
}

#[tokio::test]
async fn events_grace_and_resuming_are_off_unless_turned_on() {
    let options = async |arguments: &[&str]| -> Value {
        let all = [&["--database-url=memory:"], arguments].concat();
        let mut server = Server::start(&all).await;
        let token = server.token().await;
        let options = server.get("/api/contests/options").bearer_auth(&token);
        let options = body_of(options.send().await.unwrap()).await;
        let events = server.get("/api/users/me/events").bearer_auth(&token);
        let found = events.send().await.unwrap().status() == 200;
        assert_eq!(options["events"], found);
        assert_eq!(server.stop().await, 0);
        let member = |name: &str| (name.to_owned(), options[name].clone());
        ["events", "can_resume", "late_policy", "grace_seconds"]
            .map(member)
            .into_iter()
            .collect()
    };
    let off = json!({"events": false, "can_resume": false, "late_policy": "reject",
        "grace_seconds": 0});
    assert_eq!(options(&[]).await, off);
    let on = json!({"events": true, "can_resume": true, "late_policy": "accept",
        "grace_seconds": 90});
    assert_eq!(options(&["--events", "--resume", "--grace=90s"]).await, on);
}

#[tokio::test]
async fn a_grace_without_bounds_is_refused() {
    let refused = super::process::run(&mut super::process::command(&[
        "serve",
        "--dev",
        "--database-url=memory:",
        "--listen=127.0.0.1:0",
        "--grace=1000h",
    ]))
    .await;
    assert_eq!(refused.status.code(), Some(2));
    let said = super::process::logged(&refused);
    assert!(said.contains("--grace is too long"), "{said}");
}

#[tokio::test]
async fn old_events_are_pruned_and_not_streamed_again() {
    let directory = Directory::new();
    let database = format!("--database-url={}", directory.database());
    let arguments = [&database, "--events", "--keep-events=0s"];
    let mut server = Server::start(&arguments).await;
    let token = server.token().await;
    contest(&server, &token).await;
    assert_eq!(server.stop().await, 0);

    // The server prunes at its start.
    let mut server = Server::start(&arguments).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stream = server.get("/api/users/me/events").bearer_auth(&token);
        let mut stream = stream.send().await.unwrap();
        let mut text = String::new();
        // Earlier streams may still count against the limit.
        let open = stream.status() == 200;
        if open
            && received(&mut stream, &mut text, "retry: 2000\n\n").await
            && !text.contains("id: 1")
        {
            break;
        }
        assert!(Instant::now() < deadline, "{text}");
    }
    assert_eq!(server.stop().await, 0);
}
