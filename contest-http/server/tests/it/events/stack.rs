//! A stream inside all layers of a server: no layer cuts, buffers or delays it, and it delays no
//! shutdown.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Body;
use contest_server::protect::{Protection, Rate};
use contest_server::serve::{Outcome, ServeOptions, ShuttingDown};
use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::client::{Stream, request};
use super::log::Log;
use super::streams::{app, streams};
use crate::app::{Answer, bearer, user};
use crate::sockets::{NEVER, SOON, Server, until};

/// More comments than fit into `SOON`.
const LONG: usize = 10;

#[tokio::test]
async fn timeouts_limits_and_compression_do_not_affect_a_stream() {
    let log = Arc::<Log>::default();
    let streams = streams(&log).with_keep_alive(SOON / 5);
    let rate = Rate::per_minute(NonZeroU32::new(60).unwrap());
    let protection = Protection::new()
        .with_timeout(SOON)
        .with_body_timeout(SOON)
        .with_in_flight(1)
        .with_user_limit(bearer, rate);
    let options = ServeOptions::new()
        .with_header_timeout(SOON)
        .with_keep_alive(SOON);
    let server = Server::start(protection.apply(app(streams).await), options).await;

    let asked = request(&server, user(1)).header("accept-encoding", "gzip");
    let mut stream = Stream::open(asked).await;
    let headers = stream.response.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key("content-encoding"), "{headers:?}");
    stream.silence(LONG).await;
    // Each event arrives when it happens, not when a buffer is full.
    for number in 1..=3 {
        log.append(user(1));
        assert_eq!(stream.ids(1).await, [number]);
    }
    // An open stream is not in flight.
    let other = Answer::of(reqwest::Client::new().get(server.url("/api/problems"))).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn the_drain_ends_a_stream_at_once() {
    let log = Arc::<Log>::default();
    let flag = ShuttingDown::default();
    let draining = flag.clone();
    let streams = streams(&log)
        // Even a stream with a long poll interval.
        .with_poll_interval(NEVER)
        .with_end(async move { draining.draining().await });
    let options = ServeOptions::new()
        .with_drain(NEVER)
        .with_shutting_down(flag);
    let mut server = Server::start(app(streams).await, options).await;
    let mut open = Vec::new();
    for number in 1..=20 {
        log.append(user(number));
        let mut stream = Stream::of(&server, user(number)).await;
        assert_eq!(stream.ids(1).await, [1]);
        open.push(stream);
    }
    server.stop();
    for mut stream in open {
        assert_eq!(stream.next().await, None, "it ends cleanly");
    }
    assert_eq!(server.ended().await, Outcome::Drained);
}

#[tokio::test]
async fn a_stream_continues_during_the_notice() {
    let log = Arc::<Log>::default();
    let flag = ShuttingDown::default();
    let draining = flag.clone();
    let streams = streams(&log).with_end(async move { draining.draining().await });
    let options = ServeOptions::new()
        .with_notice(NEVER)
        .with_shutting_down(flag.clone());
    let mut server = Server::start(app(streams).await, options).await;
    let mut stream = Stream::of(&server, user(1)).await;
    server.stop();
    until("the shutdown has begun", || flag.has_begun()).await;
    log.append(user(1));
    assert_eq!(stream.ids(1).await, [1]);
    server.abort();
}

#[tokio::test]
async fn no_stream_is_opened_after_the_end() {
    let log = Arc::<Log>::default();
    let streams = streams(&log).with_end(std::future::ready(()));
    let server = Server::start(app(streams).await, ServeOptions::new()).await;
    let refused = Answer::of(request(&server, user(1))).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
    assert_eq!(refused.headers["retry-after"], "1");
}

#[tokio::test]
async fn the_log_is_read_only_as_fast_as_the_client_reads() {
    let log = Arc::<Log>::default();
    for _ in 0..1_000 {
        log.append(user(1));
    }
    let asked = Request::get("/api/users/me/events")
        .header("authorization", format!("Bearer {}", user(1)))
        .body(Body::empty())
        .unwrap();
    let answer = app(streams(&log)).await.oneshot(asked).await.unwrap();
    let mut body = answer.into_body();
    assert_eq!(log.asked(), 1, "before anything is read");
    body.frame().await.unwrap().unwrap();
    assert_eq!(log.asked(), 1, "the first page is there already");
    for pages in 2..=10 {
        body.frame().await.unwrap().unwrap();
        assert_eq!(log.asked(), pages);
    }
}
