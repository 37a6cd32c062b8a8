//! The log lines of a request, and the response a client sees when something fails.

use contest_sqlx::postgres::PgStore;
use contest_sqlx::testing::Postgres;
use serde_json::Value;

use super::process::{PATIENCE, Server};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn a_request_is_logged_with_its_id_its_trace_and_its_route() {
    let mut server = Server::start(&["--database-url=memory:"]).await;
    let request = server
        .get("/api/problems?limit=1")
        .header("x-request-id", "mine-1");
    let request = request.header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "mine-1");

    let line: Value = serde_json::from_str(&server.log.line("mine-1").await).unwrap();
    assert_eq!(line["status"], "200");
    assert_eq!(line["request_id"], "mine-1");
    let span = &line["spans"][0];
    for (field, value) in [
        ("method", "GET"),
        ("route", "/api/problems"),
        ("trace_id", TRACE),
    ] {
        assert_eq!(span[field], value, "{line}");
    }
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_failure_is_logged_once_with_its_cause_and_the_client_sees_none_of_it() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let url = format!("--database-url={}", database.url());
    let mut server = Server::start(&[&url]).await;
    let store = PgStore::connect(&database.url()).await.unwrap();
    sqlx::query("ALTER TABLE contests RENAME TO gone")
        .execute(store.pool())
        .await
        .unwrap();
    store.close(PATIENCE).await.unwrap();

    let request = server
        .get("/api/contests")
        .bearer_auth(server.token().await);
    let answer = request
        .header("x-request-id", "failing")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let body = answer.text().await.unwrap();
    for secret in ["relation", "SELECT", "contests", "sqlx", ".rs"] {
        assert!(!body.contains(secret), "{body}");
    }
    assert_eq!(server.stop().await, 0);
    let log = server.log.text();
    let failed: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(failed.len(), 1, "{log}");
    assert!(
        failed[0].contains("does not exist") && failed[0].contains("failing"),
        "{log}"
    );
}

async fn names(arguments: &[&str]) -> (Vec<Value>, Server) {
    let server = Server::start(&[&["--database-url=memory:"], arguments].concat()).await;
    let (mut lines, token) = (Vec::new(), server.token().await);
    for (id, token) in [
        ("a-1", &token),
        ("a-2", &token),
        ("a-3", &server.token().await),
    ] {
        let ask = server.get("/api/contests").header("x-request-id", id);
        let ask = ask
            .header("x-forwarded-for", "192.0.2.7")
            .bearer_auth(token);
        assert_eq!(ask.send().await.unwrap().status(), 200);
        let line = server.log.line(&format!("\"{id}\"")).await;
        lines.push(serde_json::from_str(&line).unwrap());
    }
    (lines, server)
}

#[tokio::test]
async fn a_client_and_a_user_can_be_traced_by_hashes_that_tell_nothing_else() {
    let (lines, _first) = names(&[]).await;
    assert_eq!(lines[0]["client"], lines[2]["client"]);
    assert_eq!(lines[0]["user"], lines[1]["user"]);
    assert_ne!(lines[0]["user"], lines[2]["user"]);
    for line in &lines {
        for name in ["client", "user"] {
            let hash = line[name].as_str().unwrap();
            assert!(hash.len() == 16 && !hash.contains('.'), "{line}");
        }
        assert!(!line.to_string().contains("127.0.0.1"), "{line}");
    }
    let (others, _second) = names(&[]).await;
    assert_ne!(
        lines[0]["client"], others[0]["client"],
        "the key is that of a run"
    );
}

#[tokio::test]
async fn clients_are_named_as_the_host_wants() {
    let (lines, _plain) = names(&["--log-clients=plain", "--proxies=1"]).await;
    assert_eq!(lines[0]["client"], "192.0.2.7");
    assert_eq!(lines[0]["user"].as_str().unwrap().len(), 36);
    let (lines, _off) = names(&["--log-clients=off"]).await;
    assert_eq!(
        (&lines[0]["client"], &lines[0]["user"]),
        (&Value::Null, &Value::Null)
    );
}
