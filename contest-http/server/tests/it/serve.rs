//! The server loop: its shutdown, the requests it cuts, and hostile clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use contest_server::serve::{Outcome, ServeOptions, ShuttingDown};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::sockets::{Gate, NEVER, SOON, Server, head, rest, until, within};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const GET_SLOW: &str = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
const GET_MUCH: &str = "GET /much HTTP/1.1\r\nHost: x\r\n\r\n";
const MUCH_LENGTH: usize = 64 * 1024 * 1024;

fn app(gate: &Gate) -> Router {
    let gate = gate.clone();
    let slow = move || {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            "slow"
        }
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/slow", get(slow))
        .route("/panic", get(panics))
}

async fn panics() {
    panic!("on purpose");
}

fn patient() -> ServeOptions {
    ServeOptions::new()
        .with_drain(NEVER)
        .with_header_timeout(NEVER)
        .with_keep_alive(NEVER)
        .with_connections_per_address(usize::MAX)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_answers_everything_in_flight_and_refuses_new_connections() {
    let (gate, flag) = (Gate::new(), ShuttingDown::default());
    let options = patient().with_shutting_down(flag.clone());
    let mut server = Server::start(app(&gate), options).await;
    let client = reqwest::Client::new();
    let mut answers = JoinSet::new();
    for _ in 0..300 {
        let answer = client.get(server.url("/slow")).send();
        answers.spawn(async move { answer.await.unwrap().text().await.unwrap() });
    }
    until("300 are in flight", || gate.waiting() == 300).await;
    assert!(!flag.has_begun());

    server.stop();
    until("the shutdown has begun", || flag.has_begun()).await;
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    within(refused).await;
    assert_eq!(gate.waiting(), 300);

    gate.open();
    let answers = within(answers.join_all()).await;
    assert_eq!(answers, vec!["slow"; 300]);
    assert_eq!(server.ended().await, Outcome::Drained);
}

#[tokio::test]
async fn requests_that_outlive_the_deadline_are_cut_and_counted() {
    let gate = Gate::new();
    let mut server = Server::start(app(&gate), patient().with_drain(SOON)).await;
    let mut stuck = server.send(GET_SLOW).await;
    let mut idle = server.send(GET).await;
    head(&mut idle).await;
    until("it is in flight", || gate.waiting() == 1).await;

    server.stop();
    assert_eq!(server.ended().await, Outcome::Cut { connections: 1 });
    assert_eq!((gate.waiting(), gate.dropped()), (0, 1));
    assert_eq!(rest(&mut stuck).await, "");
}

#[tokio::test]
async fn the_last_answer_says_that_the_connection_closes() {
    let gate = Gate::new();
    let mut server = Server::start(app(&gate), patient()).await;
    let mut idle = server.send(GET).await;
    let mut client = server.send(GET_SLOW).await;
    until("it is in flight", || gate.waiting() == 1).await;
    server.stop();
    // The shutdown reaches all connections at once: it closes this idle one.
    rest(&mut idle).await;
    gate.open();
    let answer = rest(&mut client).await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(server.ended().await, Outcome::Drained);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_idle_and_silent_connections() {
    let server = Server::start(app(&Gate::new()), patient()).await;
    let mut idle = server.send(GET).await;
    assert!(head(&mut idle).await.starts_with("HTTP/1.1 200"));
    let mut silent = server.connect().await;
    // Connections are accepted in order: after this one, the silent one has been accepted.
    head(&mut server.send(GET).await).await;

    assert_eq!(server.ended().await, Outcome::Drained);
    assert_eq!(rest(&mut silent).await, "");
    assert!(rest(&mut idle).await.ends_with("hello"));
}

#[tokio::test]
async fn during_the_notice_connections_are_still_served() {
    let flag = ShuttingDown::default();
    let options = patient()
        .with_notice(NEVER)
        .with_shutting_down(flag.clone());
    let mut server = Server::start(app(&Gate::new()), options).await;
    server.stop();
    until("the shutdown has begun", || flag.has_begun()).await;
    let answer = reqwest::get(server.url("/")).await.unwrap();
    assert_eq!(answer.status(), 200);
    server.abort();
}

#[tokio::test]
async fn silent_connections_and_half_heads_are_closed() {
    let options = patient().with_header_timeout(SOON);
    let server = Server::start(app(&Gate::new()), options).await;
    assert_eq!(rest(&mut server.connect().await).await, "");
    let mut half = server.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slo").await;
    assert_eq!(rest(&mut half).await, "");
}

#[tokio::test]
async fn a_slow_response_does_not_count_as_silence() {
    let gate = Gate::new();
    let options = patient().with_header_timeout(SOON).with_keep_alive(SOON);
    let server = Server::start(app(&gate), options).await;
    let mut slow = server.send(GET_SLOW).await;
    until("it is in flight", || gate.waiting() == 1).await;
    // A later silent connection is closed: the slow one's timeouts have passed by then.
    assert_eq!(rest(&mut server.connect().await).await, "");
    gate.open();
    assert!(rest(&mut slow).await.ends_with("slow"));
}

#[tokio::test]
async fn a_connection_may_be_idle_only_for_the_keep_alive() {
    let server = Server::start(app(&Gate::new()), patient().with_keep_alive(SOON)).await;
    let mut idle = server.send(GET).await;
    assert!(rest(&mut idle).await.ends_with("hello"));
}

#[tokio::test]
async fn a_thousand_silent_connections_block_no_other_client() {
    let server = Server::start(app(&Gate::new()), patient()).await;
    let mut hostile = Vec::new();
    for number in 0..1_000 {
        hostile.push(
            server
                .send(if number % 2 == 0 { "" } else { "GET /" })
                .await,
        );
    }
    let answer = within(reqwest::get(server.url("/"))).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "hello");
    drop(hostile);
}

#[tokio::test]
async fn a_panicking_handler_ends_only_its_connection() {
    let server = Server::start(app(&Gate::new()), patient()).await;
    assert!(reqwest::get(server.url("/panic")).await.is_err());
    let answer = reqwest::get(server.url("/")).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "hello");
    assert_eq!(server.ended().await, Outcome::Drained);
}

#[tokio::test]
async fn dropping_the_future_cuts_everything() {
    let gate = Gate::new();
    let server = Server::start(app(&gate), patient()).await;
    let mut client = server.send(GET_SLOW).await;
    until("it is in flight", || gate.waiting() == 1).await;
    server.abort();
    assert_eq!(rest(&mut client).await, "");
    until("the handler is dropped", || gate.dropped() == 1).await;
    within(async { while TcpStream::connect(server.address).await.is_ok() {} }).await;
}

/// A response of 64 MiB, which no system buffers, and whether its body was dropped.
fn unread() -> (Router, Arc<AtomicBool>) {
    struct Watched(Arc<AtomicBool>);
    impl AsRef<[u8]> for Watched {
        fn as_ref(&self) -> &[u8] {
            static MUCH: [u8; MUCH_LENGTH] = [0; MUCH_LENGTH];
            &MUCH
        }
    }
    impl Drop for Watched {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let watched = dropped.clone();
    let much = move || async move { Bytes::from_owner(Watched(watched.clone())) };
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/much", get(much));
    (app, dropped)
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_connection() {
    let (app, dropped) = unread();
    let server = Server::start(app, patient().with_unread_timeout(SOON)).await;
    let mut client = server.send(GET_MUCH).await;
    until("the response is dropped", || dropped.load(Ordering::SeqCst)).await;
    let received = rest(&mut client).await.len();
    assert!(received < MUCH_LENGTH, "{received} bytes");
    assert_eq!(server.ended().await, Outcome::Drained);
}

#[tokio::test]
async fn a_client_that_reads_in_time_gets_a_large_response_whole() {
    let (app, _) = unread();
    let server = Server::start(app, patient().with_unread_timeout(NEVER)).await;
    let answer = within(reqwest::get(server.url("/much"))).await.unwrap();
    assert_eq!(within(answer.bytes()).await.unwrap().len(), MUCH_LENGTH);
}

#[tokio::test]
async fn the_shutdown_does_not_wait_for_a_client_that_does_not_read() {
    let (app, dropped) = unread();
    // The client gets a tenth of this.
    let options = patient().with_unread_timeout(NEVER).with_drain(SOON * 100);
    let mut server = Server::start(app, options).await;
    let mut client = server.send(GET_MUCH).await;
    head(&mut client).await;
    server.stop();
    assert_eq!(server.ended().await, Outcome::Drained);
    assert!(dropped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn busy_connections_above_the_limit_wait() {
    let gate = Gate::new();
    let server = Server::start(app(&gate), patient().with_connections(2)).await;
    let mut clients = JoinSet::new();
    for _ in 0..6 {
        let mut client = server.send(GET_SLOW).await;
        clients.spawn(async move { head(&mut client).await });
    }
    for _ in 0..6 {
        until("a request is at the gate", || gate.waiting() > 0).await;
        assert!(gate.waiting() <= 2, "{}", gate.waiting());
        gate.open_for(1);
        let answer = within(clients.join_next()).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(gate.waiting() <= 2, "{}", gate.waiting());
    }
}

#[tokio::test]
async fn a_new_connection_takes_the_place_of_the_longest_idle_one() {
    let gate = Gate::new();
    let server = Server::start(app(&gate), patient().with_connections(3)).await;
    let mut busy = server.send(GET_SLOW).await;
    until("it is in flight", || gate.waiting() == 1).await;
    let mut first = server.send(GET).await;
    head(&mut first).await;
    let mut second = server.send(GET).await;
    head(&mut second).await;

    assert!(head(&mut server.send(GET).await).await.contains("200 OK"));
    assert_eq!(rest(&mut first).await, "hello");
    second.write_all(GET.as_bytes()).await.unwrap();
    assert!(head(&mut second).await.ends_with("\r\n\r\n"));
    gate.open();
    assert!(head(&mut busy).await.contains("200 OK"));
}

#[tokio::test]
async fn busy_connections_of_an_address_above_its_limit_are_answered_429() {
    let gate = Gate::new();
    let options = patient().with_connections_per_address(2);
    let server = Server::start(app(&gate), options).await;
    let mut busy = [server.send(GET_SLOW).await, server.send(GET_SLOW).await];
    until("they are in flight", || gate.waiting() == 2).await;
    let refused = rest(&mut server.send(GET).await).await;
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    let (_, body) = refused.split_once("\r\n\r\n").unwrap();
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["type"], "urn:contest:too_many_connections");

    let other = TcpSocket::new_v4().unwrap();
    other.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = other.connect(server.address).await.unwrap();
    other.write_all(GET.as_bytes()).await.unwrap();
    assert!(head(&mut other).await.contains("200 OK"));

    gate.open();
    for client in &mut busy {
        assert!(head(client).await.contains("200 OK"));
    }
    // The busy ones are idle now, and make room.
    assert!(head(&mut server.send(GET).await).await.contains("200 OK"));
}
