//! The server's routes are protected, and its probes are not.

use tokio::net::TcpStream;

use super::process::{KEY, Server};

#[tokio::test]
async fn a_user_who_asks_too_often_is_refused_and_probes_never_are() {
    let mut server = Server::start(&["--database-url=memory:", "--user-rate=1"]).await;
    let token = server.token().await;
    let ask = || server.get("/api/contests").bearer_auth(&token).send();
    assert_eq!(ask().await.unwrap().status(), 200);
    let mut refused = ask().await.unwrap();
    // A new second may begin between the two.
    for _ in 0..10 {
        if refused.status() == 429 {
            break;
        }
        refused = ask().await.unwrap();
    }
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.headers().contains_key("x-request-id"));
    for _ in 0..10 {
        assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    }
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn probes_answer_when_no_request_is_admitted() {
    let mut server = Server::start(&["--database-url=memory:", "--max-in-flight=0"]).await;
    for (path, status) in [
        ("/api/problems", 503),
        ("/", 503),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
    ] {
        assert_eq!(
            server.get(path).send().await.unwrap().status(),
            status,
            "{path}"
        );
    }
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn pages_and_unknown_routes_have_the_security_headers() {
    let mut server = Server::start(&["--database-url=memory:"]).await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/docs/", "text/html"),
        ("/openapi.json", "application/json"),
        ("/nowhere", "application/problem+json"),
    ] {
        let answer = server.get(path).send().await.unwrap();
        let headers = answer.headers();
        assert!(
            headers["content-type"].to_str().unwrap().starts_with(kind),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers.contains_key("content-security-policy"), "{path}");
    }
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn running_out_of_descriptors_is_logged_and_survived() {
    let limited = "ulimit -n 64; exec \"$@\"";
    let binary = env!("CARGO_BIN_EXE_contest-server");
    let mut shell = tokio::process::Command::new("sh");
    let shell = shell.args(["-c", limited, "sh", binary, "serve", "--listen=127.0.0.1:0"]);
    let shell = shell
        .arg("--database-url=memory:")
        .env("CONTEST_JWT_KEY", KEY);
    let mut server = Server::spawn(shell.kill_on_drop(true)).await;
    let mut connections = Vec::new();
    for _ in 0..100 {
        connections.push(TcpStream::connect(&server.address).await.unwrap());
    }
    let failed = "connections cannot be accepted for now";
    server.log.line(failed).await;
    drop(connections);
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    assert_eq!(server.stop().await, 0);
    assert_eq!(server.log.text().matches(failed).count(), 1);
}
