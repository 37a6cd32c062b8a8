//! The shutdown of the process: requests, store, telemetry, in this order. The exit code names the
//! unfinished step.

use contest_sqlx::sqlite::SqliteStore;
use contest_sqlx::testing::{Database, Postgres, Proxy};
use reqwest::{Error, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep};

use super::directory::Directory;
use super::process::{PATIENCE, Server};

/// A server over a database behind a network that can go silent.
struct Scene {
    server: Server,
    proxy: Proxy,
    _database: Database,
}

impl Scene {
    async fn start(arguments: &[&str]) -> Self {
        let database = Postgres::shared().await.unwrap().database().await.unwrap();
        let proxy = Proxy::to(&database.url()).await.unwrap();
        let url = format!("--database-url={}", proxy.url());
        let patient = ["--acquire-timeout=1m", "--statement-timeout=1m", &url];
        let server = Server::start(&[&patient[..], arguments].concat()).await;
        Self {
            server,
            proxy,
            _database: database,
        }
    }

    /// Sends this many requests, and returns once all are in flight, waiting for the silent store.
    async fn send(&self, requests: usize) -> Vec<JoinHandle<Result<Response, Error>>> {
        let token = self.server.token().await;
        self.proxy.mute();
        let request = || {
            self.server
                .get("/api/users/me/progress")
                .bearer_auth(&token)
        };
        let sent = (0..requests)
            .map(|_| tokio::spawn(request().send()))
            .collect();
        active(&self.server, requests).await;
        sent
    }
}

/// Waits until this many requests are in flight, besides the one for the metrics.
async fn active(server: &Server, requests: usize) {
    let line = format!("http_server_active_requests {}", requests + 1);
    metrics_say(server, &line).await;
}

async fn metrics_say(server: &Server, line: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !server.metrics().await.lines().any(|found| found == line) {
        assert!(Instant::now() < deadline, "{}", server.metrics().await);
        sleep(Duration::from_millis(5)).await;
    }
}

/// The places of these parts in the log, which must be in order.
fn assert_in_order(log: &str, parts: &[&str]) {
    let places = parts
        .iter()
        .map(|part| log.find(part).unwrap_or_else(|| panic!("no {part}: {log}")));
    assert!(places.is_sorted(), "{log}");
}

#[tokio::test]
async fn requests_in_flight_finish_and_nothing_new_is_accepted() {
    let mut scene = Scene::start(&["--user-rate=0", "--address-connections=0"]).await;
    let sent = scene.send(300).await;
    scene.server.signal("TERM");
    scene.server.log.line("shutting down").await;
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(&scene.server.address).await.is_ok() {
        assert!(Instant::now() < deadline, "it still accepts");
    }
    scene.proxy.resume();
    for answer in sent {
        let answer = answer.await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.text().await.unwrap().contains("total_solved"));
    }
    assert_eq!(
        scene.server.exit_code().await,
        0,
        "{}",
        scene.server.log.text()
    );
    assert_in_order(
        &scene.server.log.text(),
        &[
            "SIGTERM",
            "every request is answered",
            "the store is closed",
            "telemetry is flushed",
        ],
    );
}

#[tokio::test]
async fn a_request_that_outlives_the_deadline_is_cut_and_the_code_says_so() {
    let mut scene = Scene::start(&["--drain-timeout=200ms", "--close-timeout=1s"]).await;
    let sent = scene.send(1).await;
    scene.server.signal("INT");
    assert_eq!(
        scene.server.exit_code().await,
        4,
        "{}",
        scene.server.log.text()
    );
    for answer in sent {
        answer.await.unwrap().expect_err("it was cut");
    }
    assert_in_order(
        &scene.server.log.text(),
        &[
            "SIGINT",
            "requests were cut",
            "shutting down: the store",
            "telemetry is flushed",
        ],
    );
}

#[tokio::test]
async fn a_body_that_is_still_being_sent_is_waited_for() {
    let mut server = Server::start(&["--database-url=memory:"]).await;
    let token = server.token().await;
    let body = r#"{"problem_count": 3, "duration_minutes": 30}"#;
    let (first, second) = body.split_at(10);
    let head = format!(
        "POST /api/contests HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut client = TcpStream::connect(&server.address).await.unwrap();
    client
        .write_all(format!("{head}{first}").as_bytes())
        .await
        .unwrap();
    active(&server, 1).await;
    server.signal("TERM");
    server.log.line("shutting down").await;
    client.write_all(second.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.exit_code().await, 0, "{}", server.log.text());
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut scene = Scene::start(&["--drain-timeout=1h"]).await;
    let _sent = scene.send(1).await;
    scene.server.signal("TERM");
    scene.server.log.line("shutting down").await;
    scene.server.signal("TERM");
    assert_eq!(
        scene.server.exit_code().await,
        7,
        "{}",
        scene.server.log.text()
    );
}

#[tokio::test]
async fn a_signal_ends_the_wait_for_a_store_that_is_silent() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    proxy.mute();
    let url = format!("--database-url={}", proxy.url());
    let serve = [
        "serve",
        "--listen=127.0.0.1:0",
        "--acquire-timeout=1h",
        &url,
    ];
    let mut server = Server::spawn_until(&serve, "starting").await;
    server.signal("TERM");
    assert_eq!(server.exit_code().await, 0, "{}", server.log.text());
    assert!(!server.log.text().contains("serving"));
}

#[tokio::test]
async fn a_store_that_is_not_closed_in_time_is_left_and_the_code_says_so() {
    let directory = Directory::new();
    let url = directory.database();
    let database = format!("--database-url={url}");
    let mut server = Server::start(&[&database, "--close-timeout=0s"]).await;
    let token = server.token().await;

    // Another writer holds the database. The server's write connection waits for it, for 5 s, even
    // after its client has left.
    let other = SqliteStore::connect(&url).await.unwrap();
    let mut held = other.writer().acquire().await.unwrap();
    let begin = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *held);
    begin.await.unwrap();
    let body = json!({"problem_count": 1, "duration_minutes": 10});
    let create = server.post("/api/contests").bearer_auth(&token).json(&body);
    let client = tokio::spawn(create.send());
    let waiting = r#"contest_pool_connections{pool="writer",state="in_use"} 1"#;
    metrics_say(&server, waiting).await;
    client.abort();
    server.log.line("\"cancelled\"").await;

    server.signal("TERM");
    let code = server.exit_code().await;
    assert_eq!(code, 5, "{}", server.log.text());
    assert_in_order(
        &server.log.text(),
        &[
            "every request is answered",
            "the store was not closed",
            "telemetry is flushed",
        ],
    );
}
