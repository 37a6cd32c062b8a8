//! `/healthz` and `/readyz`.

use contest_sqlx::testing::{Postgres, Proxy};
use tokio::time::{Duration, Instant, sleep};

use super::directory::Directory;
use super::process::{KEY, PATIENCE, Server, json};
use reqwest::Response;
use serde_json::json;

#[tokio::test]
async fn ready_while_the_store_answers_and_up_all_the_time() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let url = format!("--database-url={}", proxy.url());
    let mut server = Server::start(&[&url, "--ready-timeout=100ms"]).await;
    let ready = json(server.get("/readyz").send().await.unwrap()).await;
    assert_eq!(ready["status"], "ready");

    proxy.mute();
    until_ready(&server, 503).await;
    let refused = server.get("/readyz").send().await.unwrap();
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );
    assert!(refused.headers().contains_key("retry-after"));
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("urn:contest:not_ready")
    );
    let up = server.get("/healthz").send().await.unwrap();
    assert_eq!(up.status(), 200);

    proxy.resume();
    until_ready(&server, 200).await;
    assert_eq!(server.stop().await, 0, "{}", server.log.text());
}

#[tokio::test]
async fn not_ready_from_the_signal_on_while_connections_are_still_accepted() {
    let mut server = Server::start(&["--database-url=memory:", "--shutdown-delay=3s"]).await;
    server.signal("TERM");
    server.log.line("shutting down").await;
    let deadline = Instant::now() + PATIENCE;
    let refused = loop {
        let answer = server.get("/readyz").send().await.expect("still accepting");
        if answer.status() == 503 {
            break answer.text().await.unwrap();
        }
        assert!(Instant::now() < deadline);
    };
    assert!(refused.contains("shutting down"), "{refused}");
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    assert_eq!(server.exit_code().await, 0);
}

async fn create(server: &Server) -> Response {
    let body = json!({"problem_count": 1, "duration_minutes": 10});
    let create = server.post("/api/contests").json(&body);
    let create = create.bearer_auth(server.token().await);
    create.send().await.unwrap()
}

/// Asks until `/readyz` has this status.
async fn until_ready(server: &Server, status: u16) {
    let deadline = Instant::now() + PATIENCE;
    while server.get("/readyz").send().await.unwrap().status() != status {
        assert!(Instant::now() < deadline, "{}", server.log.text());
        sleep(Duration::from_millis(10)).await;
    }
}

async fn expect_unavailable(answer: Response) {
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let body = answer.text().await.unwrap();
    assert!(body.contains("urn:contest:unavailable"), "{body}");
}

/// The limit makes every write of the process fail, as a full disk does.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_that_cannot_write_is_unavailable_and_not_ready_until_it_can() {
    let directory = Directory::new();
    let url = format!("--database-url={}", directory.database());
    let ignoring_the_signal = "trap '' XFSZ; exec \"$@\"";
    let binary = env!("CARGO_BIN_EXE_contest-server");
    let mut shell = tokio::process::Command::new("sh");
    let shell = shell.args(["-c", ignoring_the_signal, "sh", binary, "serve", &url]);
    let shell = shell
        .arg("--listen=127.0.0.1:0")
        .env("CONTEST_JWT_KEY", KEY);
    let mut server =
        Server::spawn(shell.stdin(std::process::Stdio::null()).kill_on_drop(true)).await;
    let limit = |bytes: &str| {
        let (process, bytes) = (server.id().to_string(), format!("--fsize={bytes}:"));
        let mut limit = std::process::Command::new("prlimit");
        let limited = limit.args(["--pid", &process, &bytes]).status();
        assert!(limited.unwrap().success());
    };
    assert_eq!(create(&server).await.status(), 201);
    until_ready(&server, 200).await;

    limit("1");
    expect_unavailable(create(&server).await).await;
    until_ready(&server, 503).await;
    server.log.line("not ready: the store is unavailable").await;

    limit("unlimited");
    until_ready(&server, 200).await;
    assert_eq!(create(&server).await.status(), 201);
    assert_eq!(server.stop().await, 0, "{}", server.log.text());
    let given_up = server
        .log
        .text()
        .matches("\"the store is unavailable\"")
        .count();
    assert_eq!(given_up, 1, "{}", server.log.text());
}

#[tokio::test]
async fn an_unlinked_database_is_noticed_and_told_by_the_exit_code() {
    let directory = Directory::new();
    let url = format!("--database-url={}", directory.database());
    let mut server = Server::start(&[&url]).await;
    assert_eq!(create(&server).await.status(), 201);
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        std::fs::remove_file(directory.path().join(name)).unwrap();
    }
    expect_unavailable(create(&server).await).await;
    server
        .log
        .line("was removed or moved while it was open")
        .await;
    until_ready(&server, 503).await;
    assert_eq!(server.stop().await, 5, "{}", server.log.text());
    assert!(!directory.path().join("test.db").exists());
}

#[tokio::test]
async fn a_read_only_database_is_not_ready() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let read_only = "options[default_transaction_read_only]=on";
    let url = format!("--database-url={}", database.url());
    assert_eq!(Server::start(&[&url]).await.stop().await, 0);
    let mut server = Server::start(&[&format!("{url}&{read_only}"), "--migrate=false"]).await;
    let answer = server.get("/readyz").send().await.unwrap();
    assert_eq!(answer.status(), 503, "{}", server.log.text());
    server.log.line("read-only").await;
    assert_eq!(server.stop().await, 0, "{}", server.log.text());
}

#[tokio::test]
async fn many_probes_ask_the_database_once_in_a_while() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let url = format!("--database-url={}", proxy.url());
    let mut server = Server::start(&[&url, "--reload-catalogue=0s"]).await;
    let before = proxy.round_trips();
    let asked = Instant::now();
    for _ in 0..500 {
        let ready = server.get("/readyz").send().await.unwrap();
        assert_eq!(ready.status(), 200, "{}", server.log.text());
    }
    // At first, the statement is prepared.
    let most = 5 + 2 * asked.elapsed().as_secs();
    let asked = proxy.round_trips() - before;
    assert!(asked <= most, "{asked} round trips for 500 probes");
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_silent_database_holds_a_request_until_the_operation_timeout() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let url = format!("--database-url={}", proxy.url());
    let patient = ["--request-timeout=1h", "--acquire-timeout=1h"];
    let limit = ["--operation-timeout=100ms", "--close-timeout=0s"];
    let mut server = Server::start(&[&patient[..], &limit, &[&url]].concat()).await;
    proxy.mute();
    let answer = tokio::time::timeout(PATIENCE, create(&server)).await;
    expect_unavailable(answer.expect("it is given up")).await;
    server.log.line("given up after 100 ms").await;
    proxy.resume();
    server.stop().await;
}

#[tokio::test]
async fn operations_have_an_address_of_their_own() {
    let own = ["--ops-listen=127.0.0.1:0", "--database-url=memory:"];
    let mut server =
        Server::start(&[&own[..], &["--docs=false", "--shutdown-delay=1h"]].concat()).await;
    let line = server.log.line("operations have an address").await;
    let port = line.split("127.0.0.1:").nth(1).unwrap();
    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
    let operations = format!("http://127.0.0.1:{port}");
    let status = async |url: String| reqwest::get(url).await.unwrap().status();
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(status(server.url(path)).await, 404, "{path}");
        assert_eq!(status(format!("{operations}{path}")).await, 200, "{path}");
    }
    for path in ["/docs", "/docs/", "/openapi.json"] {
        assert_eq!(status(server.url(path)).await, 404, "{path}");
    }
    for path in ["/", "/api/problems"] {
        assert_eq!(status(server.url(path)).await, 200, "{path}");
        assert_eq!(status(format!("{operations}{path}")).await, 404, "{path}");
    }
    server.signal("TERM");
    server.log.line("shutting down").await;
    let deadline = Instant::now() + PATIENCE;
    while status(format!("{operations}/readyz")).await != 503 {
        assert!(Instant::now() < deadline);
    }
    server.signal("TERM");
    assert_eq!(server.exit_code().await, 7);
}
