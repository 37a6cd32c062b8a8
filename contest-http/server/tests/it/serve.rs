//! The server loop: its shutdown, the requests it cuts, and hostile clients.

use axum::Router;
use axum::routing::get;
use contest_server::serve::{Outcome, ServeOptions, ShuttingDown};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::sockets::{Gate, NEVER, SOON, Server, head, rest, until, within};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const GET_SLOW: &str = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";

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
