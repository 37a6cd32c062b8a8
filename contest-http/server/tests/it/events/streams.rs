//! The events of a stream, and its end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use contest_core::engine::Engine;
use contest_core::memory::MemoryStore;
use contest_core::store::EventLog;
use contest_http::Api;
use contest_http::events::EventStreams;
use contest_server::serve::ServeOptions;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::client::{Stream, request};
use super::log::Log;
use crate::app::{Answer, bearer, user};
use crate::sockets::{NEVER, SOON, Server, within};

/// Short enough that a test does not wait.
const OFTEN: Duration = Duration::from_millis(2);

/// Streams over this log, with a short poll interval.
pub(super) fn streams(log: &Arc<Log>) -> EventStreams {
    let log: Arc<dyn EventLog> = Arc::clone(log) as _;
    EventStreams::new(log).with_poll_interval(OFTEN)
}

pub(super) async fn app(streams: EventStreams) -> Router {
    let engine = Engine::builder(MemoryStore::new()).build().await.unwrap();
    Router::new().nest("/api", Api::new(engine, bearer).events(streams).router())
}

fn by_parameter(server: &Server, after: &str) -> RequestBuilder {
    let path = format!("/api/users/me/events?after={after}");
    Client::new().get(server.url(&path)).bearer_auth(user(1))
}

async fn start(streams: EventStreams) -> Server {
    Server::start(app(streams).await, ServeOptions::new().with_drain(NEVER)).await
}

#[tokio::test]
async fn events_come_in_order_and_a_client_that_reconnects_misses_none() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log)).await;
    log.append(user(1));
    log.append(user(1));
    let mut stream = Stream::of(&server, user(1)).await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.id, first.event.as_str()), (1, "progress_reset"));
    let expected = json!({
        "user_id": user(1), "number": 1, "at": "2026-03-29T12:30:00Z", "kind": "progress_reset",
        "epoch": 7,
    });
    assert_eq!(first.data, expected);
    assert_eq!(stream.ids(1).await, [2]);
    log.append(user(1));
    assert_eq!(stream.ids(1).await, [3], "while the stream is open");
    drop(stream);
    log.append(user(1));

    assert_eq!(
        Stream::after(&server, user(1), 2).await.ids(2).await,
        [3, 4]
    );
    let mut stream = Stream::open(by_parameter(&server, "3")).await;
    assert_eq!(stream.ids(1).await, [4]);
    let both = by_parameter(&server, "3").header("Last-Event-ID", "1");
    assert_eq!(
        Stream::open(both).await.ids(1).await,
        [2],
        "the header takes precedence"
    );
}

#[tokio::test]
async fn a_user_sees_only_their_own_events() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log)).await;
    let mut mine = Stream::of(&server, user(1)).await;
    for of in [2, 1, 2, 2, 1, 3] {
        log.append(user(of));
    }
    // An event of another user would have changed the ids.
    assert_eq!(mine.ids(2).await, [1, 2]);
    assert_eq!(Stream::of(&server, user(2)).await.ids(3).await, [1, 2, 3]);
    assert_eq!(Stream::of(&server, user(3)).await.ids(1).await, [1]);
}

#[tokio::test]
async fn a_long_history_comes_page_by_page() {
    let log = Arc::<Log>::default();
    // A full page is followed by the next without a wait.
    let server = start(streams(&log).with_poll_interval(NEVER)).await;
    for _ in 0..250 {
        log.append(user(1));
    }
    let mut stream = Stream::of(&server, user(1)).await;
    assert_eq!(stream.ids(250).await, (1..=250).collect::<Vec<_>>());
    assert_eq!(log.largest.load(std::sync::atomic::Ordering::SeqCst), 100);
    assert_eq!(log.asked(), 3);
}

#[tokio::test]
async fn a_quiet_stream_sends_comments() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log).with_keep_alive(SOON)).await;
    let mut stream = Stream::of(&server, user(1)).await;
    stream.silence(2).await;
    log.append(user(1));
    assert_eq!(stream.ids(1).await, [1]);
}

#[tokio::test]
async fn a_stream_ends_after_its_maximum_time() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log).with_longest(SOON)).await;
    log.append(user(1));
    let mut stream = Stream::of(&server, user(1)).await;
    assert_eq!(stream.ids(1).await, [1]);
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_stream_ends_when_its_client_leaves() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log).with_most(10, 1).with_keep_alive(OFTEN)).await;
    let stream = Stream::of(&server, user(1)).await;
    drop(stream);
    // A new stream is admitted once the old one has ended, which then no longer reads the log.
    within(async {
        loop {
            let answer = request(&server, user(1)).send().await.unwrap();
            if answer.status() == 200 {
                break;
            }
            assert_eq!(answer.status(), 429);
        }
    })
    .await;
}

#[tokio::test]
async fn streams_are_limited_per_user_and_in_all() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log).with_most(3, 2)).await;
    let _open = [
        Stream::of(&server, user(1)).await,
        Stream::of(&server, user(1)).await,
        Stream::of(&server, user(2)).await,
    ];
    for (who, status) in [(1, 429), (2, 503)] {
        let refused = Answer::of(request(&server, user(who))).await;
        assert_eq!(
            (refused.status, refused.code()),
            (status, "too_many_streams")
        );
        assert_eq!(refused.headers["retry-after"], "10");
    }
}

#[tokio::test]
async fn a_failing_log_is_an_error_before_the_stream_and_ends_it_later() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log)).await;
    let mut open = Stream::of(&server, user(1)).await;
    log.break_down();
    assert_eq!(open.next().await, None);
    let refused = Answer::of(request(&server, user(1))).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
    assert!(!refused.body.to_string().contains("hunter2"));
}

#[tokio::test]
async fn invalid_requests_for_events_are_refused() {
    let log = Arc::<Log>::default();
    let server = start(streams(&log)).await;
    for id in ["x", "-1", "1.5", "99999999999999999999"] {
        let answer = Answer::of(request(&server, user(1)).header("Last-Event-ID", id)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "invalid_parameter"),
            "{id}"
        );
        assert_eq!(answer.body["field"], "Last-Event-ID");
        let answer = Answer::of(by_parameter(&server, id)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "invalid_parameter"),
            "{id}"
        );
        assert_eq!(answer.body["field"], "after");
    }
    let anonymous = Client::new().get(server.url("/api/users/me/events"));
    let answer = Answer::of(anonymous).await;
    assert_eq!((answer.status, answer.code()), (401, "unauthorized"));
    assert_eq!(log.asked(), 0);
}

#[tokio::test]
async fn without_a_log_there_are_no_events() {
    let engine = Engine::builder(MemoryStore::new()).build().await.unwrap();
    let app = Router::new().nest("/api", Api::new(engine, bearer).router());
    let server = Server::start(app, ServeOptions::new()).await;
    let answer = Answer::of(request(&server, user(1))).await;
    assert_eq!((answer.status, answer.code()), (404, "no_events"));
    assert_eq!(answer.body["contest_id"], Value::Null);
}
