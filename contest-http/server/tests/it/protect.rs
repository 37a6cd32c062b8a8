//! The layers of a public server, seen by its clients.

use std::num::{NonZeroU8, NonZeroU32};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue};
use axum::routing::{get, post};
use contest_http::{CachedResponse, ProblemDetails};
use contest_server::protect::{Protection, Rate};
use contest_server::serve::ServeOptions;
use http::request::Parts;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use crate::sockets::{Gate, NEVER, SOON, Server, rest, within};

const ORIGIN: &str = "https://app.test";
/// More than a system buffers.
pub(crate) static MUCH: [u8; 64 * 1024 * 1024] = [0; 64 * 1024 * 1024];

pub(crate) fn app(gate: &Gate) -> Router {
    let gate = gate.clone();
    let slow = move || {
        let gate = gate.clone();
        async move { gate.pass().await }
    };
    let cached = CachedResponse::new(HeaderValue::from_static("text/plain"), "x".repeat(10_000));
    let cached = std::sync::Arc::new(cached);
    let page = [
        ("content-security-policy", "default-src 'self'"),
        ("etag", "\"1\""),
    ];
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/slow", get(slow))
        .route("/page", get(move || async move { (page, "page") }))
        .route("/big", get(|| async { "x".repeat(10_000) }))
        .route(
            "/stream",
            get(async || {
                Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>())
            }),
        )
        .route(
            "/cached",
            get(async move |headers: HeaderMap| cached.respond(&headers)),
        )
        .route("/much", get(|| async { Bytes::from_static(&MUCH) }))
        .route("/panic", get(panics))
        .route("/echo", post(|body: String| async { body }))
        .route(
            "/id",
            get(async |headers: HeaderMap| headers["x-request-id"].to_str().unwrap().to_owned()),
        )
}

async fn panics() {
    panic!("on purpose, with a secret");
}

pub(crate) fn patient() -> Protection {
    Protection::new()
        .with_timeout(NEVER)
        .with_body_timeout(NEVER)
        .with_body_memory(usize::MAX)
}

pub(crate) async fn start(protection: Protection) -> (Server, Gate) {
    let gate = Gate::new();
    let app = protection.apply(app(&gate));
    (Server::start(app, ServeOptions::new()).await, gate)
}

fn bursts_of(requests: u32) -> Rate {
    Rate::per_minute(NonZeroU32::MIN).with_burst(NonZeroU32::new(requests).unwrap())
}

pub(crate) async fn fetch(server: &Server, path: &str) -> Response {
    within(reqwest::get(server.url(path))).await.unwrap()
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let (server, _gate) = start(patient()).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n",
            400,
        ),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\n\r\n", 200),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            200,
        ),
    ] {
        let answer = rest(&mut server.send(request).await).await;
        let line = answer.lines().next().unwrap_or_default();
        assert!(line.contains(&status.to_string()), "{request}{answer}");
        assert!(answer.contains("x-request-id"), "{answer}");
        let problem = answer.contains("urn:contest:invalid_host");
        assert_eq!(problem, status == 400, "{answer}");
    }
}

/// Checks that `answer` is a problem of this kind.
pub(crate) async fn expect_problem(answer: Response, status: u16, kind: &str) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], format!("urn:contest:{kind}"), "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

pub(crate) fn retry_after(answer: &Response) -> u64 {
    answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn bodies_announced_as_too_large_are_not_read() {
    let (server, _gate) = start(patient().with_body_limit(100)).await;
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n";
    let answer = rest(&mut server.send(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("payload_too_large"), "{answer}");
    let fits = Client::new()
        .post(server.url("/echo"))
        .body("x".repeat(100));
    assert_eq!(fits.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn bodies_without_a_length_are_cut_at_the_limit() {
    let (server, _gate) = start(patient().with_body_limit(100)).await;
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    // The body never ends: only the limit can cause a response.
    let chunks = format!("{head}32\r\n{0}\r\n33\r\n{0}x\r\n", "x".repeat(50));
    let answer = rest(&mut server.send(&chunks).await).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("payload_too_large"), "{answer}");
}

#[tokio::test]
async fn slow_bodies_are_answered_408() {
    let (server, _gate) = start(patient().with_body_timeout(SOON)).await;
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx";
    let answer = rest(&mut server.send(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("urn:contest:request_timeout"), "{answer}");
}

#[tokio::test]
async fn slow_requests_are_dropped_and_answered_503() {
    let (server, gate) = start(patient().with_timeout(SOON)).await;
    let answer = fetch(&server, "/slow").await;
    assert_eq!(retry_after(&answer), 1);
    expect_problem(answer, 503, "timed_out").await;
    assert_eq!((gate.waiting(), gate.dropped()), (0, 1));
}

#[tokio::test]
async fn each_address_has_its_own_limit() {
    let (server, _gate) = start(patient().with_address_limit(bursts_of(2))).await;
    let client = Client::new();
    // Without a proxy, a client cannot claim another address.
    let ask = |from: &str| {
        let request = client.get(server.url("/")).header("x-forwarded-for", from);
        async { request.send().await.unwrap() }
    };
    assert_eq!(ask("1.1.1.1").await.status(), StatusCode::OK);
    assert_eq!(ask("2.2.2.2").await.status(), StatusCode::OK);
    let refused = ask("3.3.3.3").await;
    assert!((1..=60).contains(&retry_after(&refused)));
    expect_problem(refused, 429, "too_many_requests").await;
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_its_own_limit() {
    let protection = patient()
        .with_address_limit(bursts_of(1))
        .with_proxies(NonZeroU8::MIN);
    let (server, _gate) = start(protection).await;
    let client = Client::new();
    let ask = |from: &str| {
        let request = client.get(server.url("/")).header("x-forwarded-for", from);
        async { request.send().await.unwrap().status() }
    };
    assert_eq!(ask("1.1.1.1").await, StatusCode::OK);
    assert_eq!(ask("2.2.2.2").await, StatusCode::OK);
    assert_eq!(ask("9.9.9.9, 1.1.1.1").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_user_has_one_limit_for_all_addresses() {
    let identity = |request: &Parts| {
        let user = request
            .headers
            .get("x-user")
            .and_then(|id| id.to_str().ok());
        user.and_then(|id| id.parse().ok())
            .ok_or_else(|| ProblemDetails::unauthorized("log in first"))
    };
    let (server, _gate) = start(patient().with_user_limit(identity, bursts_of(1))).await;
    let client = Client::new();
    let ask = |user: &str| {
        let request = client.get(server.url("/")).header("x-user", user);
        async { request.send().await.unwrap() }
    };
    let (one, two) = (
        "0190d3f4-7a00-7000-8000-000000000001",
        "0190d3f4-7a00-7000-8000-000000000002",
    );
    assert_eq!(ask(one).await.status(), StatusCode::OK);
    expect_problem(ask(one).await, 429, "too_many_requests").await;
    assert_eq!(ask(two).await.status(), StatusCode::OK);
    // A request without a known user is not limited by user.
    for _ in 0..3 {
        assert_eq!(ask("nobody").await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_the_connection_lives() {
    let (server, _gate) = start(patient()).await;
    let answer = fetch(&server, "/panic").await;
    assert!(answer.headers().contains_key("x-request-id"));
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    expect_problem(answer, 500, "internal_error").await;
}

#[tokio::test]
async fn valid_request_ids_are_kept_and_others_replaced() {
    let (server, _gate) = start(patient()).await;
    let client = Client::new();
    let ask = async |id: Option<&str>| {
        let mut request = client.get(server.url("/id"));
        if let Some(id) = id {
            request = request.header("x-request-id", id);
        }
        let answer = request.send().await.unwrap();
        let told = answer.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(answer.text().await.unwrap(), told, "what the handler sees");
        told
    };
    assert_eq!(ask(Some("trace-1.a_B")).await, "trace-1.a_B");
    let long = "x".repeat(65);
    for id in [None, Some(""), Some("a b"), Some("a\"b"), Some(&long)] {
        let made = ask(id).await;
        assert!(made.parse::<uuid::Uuid>().is_ok(), "{id:?}: {made}");
        assert_ne!(made, ask(id).await);
    }
}

#[tokio::test]
async fn responses_have_the_security_headers() {
    let (server, _gate) = start(patient()).await;
    let answer = fetch(&server, "/").await;
    let api_policy = "default-src 'none'; frame-ancestors 'none'";
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("content-security-policy", api_policy),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    let page = fetch(&server, "/page").await;
    let policy = &page.headers()["content-security-policy"];
    assert_eq!(policy, "default-src 'self'");
    assert!(!page.headers().contains_key("cache-control"));
}

#[tokio::test]
async fn other_origins_are_allowed_only_when_configured() {
    let preflight = |server: &Server, origin: &'static str| {
        let request = Client::new()
            .request(reqwest::Method::OPTIONS, server.url("/"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        async { request.send().await.unwrap() }
    };
    let allowed = |answer: &Response| answer.headers().get("access-control-allow-origin").cloned();

    let (closed, _gate) = start(patient()).await;
    let answer = preflight(&closed, ORIGIN).await;
    assert_eq!(allowed(&answer), None);
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);

    let protection = patient()
        .with_origins([HeaderValue::from_static(ORIGIN)])
        .with_address_limit(bursts_of(1));
    let (open, _gate) = start(protection).await;
    let answer = preflight(&open, ORIGIN).await;
    assert_eq!(allowed(&answer).unwrap(), ORIGIN);
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(allowed(&preflight(&open, "https://evil.test").await), None);

    // A page can read errors, too, and their `Retry-After`.
    fetch(&open, "/").await;
    let request = Client::new().get(open.url("/")).header("origin", ORIGIN);
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(allowed(&refused).unwrap(), ORIGIN);
    let exposed = &refused.headers()["access-control-expose-headers"];
    assert!(exposed.to_str().unwrap().contains("retry-after"));
}

#[tokio::test]
async fn large_responses_are_compressed_for_clients_that_accept_it() {
    let encoding = async |protection: Protection, path: &str, accepted: &str| {
        let (server, _gate) = start(protection).await;
        let request = Client::new().get(server.url(path));
        let answer = request.header("accept-encoding", accepted).send().await;
        answer.unwrap().headers().get("content-encoding").cloned()
    };
    let gzip = Some(HeaderValue::from_static("gzip"));
    assert_eq!(encoding(patient(), "/big", "gzip").await, gzip);
    assert_eq!(encoding(patient(), "/big", "identity").await, None);
    assert_eq!(encoding(patient(), "/", "gzip").await, None);
    // More than the budget of any second.
    assert_eq!(encoding(patient(), "/much", "gzip").await, None);
    for path in ["/big", "/cached"] {
        assert_eq!(encoding(patient(), path, "gzip").await, gzip, "{path}");
        let without = patient().without_compression();
        assert_eq!(encoding(without, path, "gzip").await, None, "{path}");
    }
}
