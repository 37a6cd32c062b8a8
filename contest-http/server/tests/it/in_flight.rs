//! Requests in flight, and the memory of their bodies and responses.

use contest_server::serve::ServeOptions;
use reqwest::{Client, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::protect::{MUCH, app, expect_problem, fetch, patient, retry_after, start};
use crate::sockets::{Gate, Server, head, until, within};

#[tokio::test]
async fn requests_above_the_limit_in_flight_are_refused() {
    let (server, gate) = start(patient().with_in_flight(2)).await;
    let [first, second] = [server.url("/slow"), server.url("/slow")]
        .map(|url| tokio::spawn(async { reqwest::get(url).await.unwrap().status() }));
    until("both are in flight", || gate.waiting() == 2).await;
    let answer = fetch(&server, "/").await;
    assert_eq!(retry_after(&answer), 1);
    expect_problem(answer, 503, "overloaded").await;

    gate.open();
    assert_eq!(first.await.unwrap(), StatusCode::OK);
    assert_eq!(second.await.unwrap(), StatusCode::OK);
    assert_eq!(fetch(&server, "/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_response_that_is_not_read_is_in_flight() {
    let (server, _gate) = start(patient().with_in_flight(1)).await;
    let mut client = server.send("GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(head(&mut client).await.contains("200 OK"));
    expect_problem(fetch(&server, "/").await, 503, "overloaded").await;
    let mut body = vec![0; MUCH.len()];
    within(client.read_exact(&mut body)).await.unwrap();
    assert_eq!(fetch(&server, "/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn responses_that_are_not_read_share_their_memory() {
    let protection = patient().with_body_memory(8 * MUCH.len());
    let (server, _gate) = start(protection).await;
    let mut client = server.send("GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(head(&mut client).await.contains("200 OK"));
    let refused = fetch(&server, "/much").await;
    assert_eq!(retry_after(&refused), 1);
    expect_problem(refused, 503, "overloaded").await;
    // Less than 16 KiB.
    assert_eq!(fetch(&server, "/big").await.status(), StatusCode::OK);
    let mut body = vec![0; MUCH.len()];
    within(client.read_exact(&mut body)).await.unwrap();
    assert_eq!(fetch(&server, "/much").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_stream_without_an_end_is_not_in_flight() {
    let (server, _gate) = start(patient().with_in_flight(1)).await;
    let stream = fetch(&server, "/stream").await;
    assert_eq!(stream.status(), StatusCode::OK);
    assert_eq!(fetch(&server, "/").await.status(), StatusCode::OK);
}

/// The head of a request with a body of this length.
fn post_head(length: usize) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_request_is_in_flight_only_when_its_body_is_there() {
    let (server, gate) = start(patient().with_in_flight(1)).await;
    let mut sending = server.send(&(post_head(3) + "ab")).await;
    let mut late = server.send(&(post_head(3) + "ab")).await;
    for _ in 0..3 {
        assert_eq!(fetch(&server, "/").await.status(), StatusCode::OK);
    }
    sending.write_all(b"c").await.unwrap();
    assert!(head(&mut sending).await.contains("200 OK"));

    let slow = server.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    until("it is in flight", || gate.waiting() == 1).await;
    late.write_all(b"c").await.unwrap();
    let refused = head(&mut late).await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: 1"), "{refused}");
    drop(slow);
}

#[tokio::test]
async fn bodies_that_are_not_read_share_their_memory() {
    const SMALL: usize = 16 * 1024;
    let protection = patient().with_body_memory(8 * 50_000);
    let (server, _gate) = start(protection).await;
    // A client's share. Its body is almost there.
    let mut held = server
        .send(&(post_head(SMALL + 50_001) + &"x".repeat(SMALL + 50_000)))
        .await;
    // Bytes are received after they are sent: only then the next one is refused.
    let refused = async {
        loop {
            let body = "x".repeat(SMALL + 1);
            let answer = Client::new()
                .post(server.url("/echo"))
                .body(body)
                .send()
                .await;
            if answer.as_ref().unwrap().status() != StatusCode::OK {
                return answer.unwrap();
            }
        }
    };
    let refused = within(refused).await;
    assert_eq!(retry_after(&refused), 1);
    expect_problem(refused, 503, "overloaded").await;
    let small = Client::new()
        .post(server.url("/echo"))
        .body("x".repeat(SMALL));
    assert_eq!(small.send().await.unwrap().status(), StatusCode::OK);

    drop(held.shutdown().await);
    drop(held);
    let accepted = async {
        loop {
            let body = "x".repeat(SMALL + 50_000);
            let answer = Client::new()
                .post(server.url("/echo"))
                .body(body)
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return;
            }
        }
    };
    within(accepted).await;
}

#[tokio::test]
async fn a_thousand_slow_bodies_block_no_other_client() {
    let app = patient().apply(app(&Gate::new()));
    let options = ServeOptions::new().with_connections_per_address(usize::MAX);
    let server = Server::start(app, options).await;
    let mut hostile = Vec::new();
    for _ in 0..1_000 {
        let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx";
        hostile.push(server.send(head).await);
    }
    assert_eq!(fetch(&server, "/").await.status(), StatusCode::OK);
    drop(hostile);
}
