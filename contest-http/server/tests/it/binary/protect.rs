//! The server's routes are protected, and its probes are not.

use super::process::Server;

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
