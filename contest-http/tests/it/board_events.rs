//! Boards, streamed.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use contest_core::UserId;
use contest_core::engine::{Engine, Rounds};
use contest_core::memory::MemoryStore;
use contest_core::store::{
    Intercepted, Interceptor, StoreCall, StoreError, StoreOutcome, async_trait,
};
use contest_http::Api;
use contest_http::events::EventStreams;
use futures::FutureExt as _;
use http::Request;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tower::ServiceExt as _;

use crate::app::{Answer, App, bearer, catalogue, host, user};
use crate::rounds::{ROUND, joined, mark, open, put, until};

/// Longer than any step here takes; a longer one hangs.
const HANGS: Duration = Duration::from_mins(1);
/// A poll interval that never passes in a test.
const NEVER: Duration = Duration::from_hours(1);
/// Short enough that a test does not wait.
const OFTEN: Duration = Duration::from_millis(2);

/// Counts the reads of boards, and makes them hang or fail.
#[derive(Debug, Clone, Default)]
struct Tap(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    reads: AtomicUsize,
    hangs: AtomicBool,
    fails: AtomicBool,
}

#[async_trait]
impl Interceptor for Tap {
    type Permit = ();

    async fn before(&self, call: StoreCall) -> Result<(), StoreError> {
        if call != StoreCall::LoadBoard {
            return Ok(());
        }
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        if self.0.hangs.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        if self.0.fails.load(Ordering::SeqCst) {
            return Err(StoreError::transient("password=hunter2"));
        }
        Ok(())
    }

    async fn after(&self, _: StoreCall, _: StoreOutcome, (): ()) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Tap {
    fn reads(&self) -> usize {
        self.0.reads.load(Ordering::SeqCst)
    }

    /// Waits until the board has been read this many times more.
    async fn reads_more(&self, count: usize) {
        let from = self.reads();
        let waiting = async {
            while self.reads() < from + count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(HANGS, waiting).await.expect("it is read");
    }

    fn mount(&self, api: Api, engine: Engine, store: MemoryStore, streams: EventStreams) -> Api {
        api.rounds(Rounds::new(engine, Intercepted::new(store, self.clone())))
            .host(|user| user == host())
            .events(streams)
    }

    /// An app with these streams.
    async fn app(&self, streams: EventStreams) -> App {
        let store = MemoryStore::new();
        let tap = self.clone();
        App::mounted(
            store.clone(),
            |engine| engine,
            move |api, engine| tap.mount(api, engine, store, streams),
        )
        .await
    }
}

fn often() -> EventStreams {
    EventStreams::without_log().with_poll_interval(OFTEN)
}

/// An open stream.
struct Stream {
    response: Response,
    text: String,
    comments: usize,
}

fn request(app: &App, user: UserId, query: &str) -> RequestBuilder {
    app.by(user, "GET", &format!("{ROUND}/board/events{query}"))
}

impl Stream {
    async fn open(app: &App, user: UserId, query: &str) -> Self {
        let response = request(app, user, query).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self {
            response,
            text: String::new(),
            comments: 0,
        }
    }

    /// The next block of lines; none if the stream has ended cleanly.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.into();
                return Some(block);
            }
            let chunk = timeout(HANGS, self.response.chunk())
                .await
                .expect("it goes on");
            self.text
                .push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }

    /// The id and the data of the next message; none if the stream has ended.
    async fn next(&mut self) -> Option<(u64, Value)> {
        loop {
            let block = self.block().await?;
            let lines: Vec<_> = block.lines().collect();
            match lines[..] {
                [":"] => self.comments += 1,
                ["retry: 2000"] => {}
                [id, "event: board", data] => {
                    let id = id.strip_prefix("id: ").unwrap().parse().unwrap();
                    let data = data.strip_prefix("data: ").unwrap();
                    return Some((id, serde_json::from_str(data).unwrap()));
                }
                _ => panic!("{block:?}"),
            }
        }
    }

    /// The id of the next message, and the participants of its rows.
    async fn participants(&mut self) -> (u64, Vec<Value>) {
        let (id, board) = self.next().await.expect("the stream goes on");
        let rows = board["rows"].as_array().unwrap().iter();
        (id, rows.map(|row| row["participant_id"].clone()).collect())
    }
}

#[tokio::test]
async fn a_stream_shows_the_board_and_each_change_of_its_rows() {
    let tap = Tap::default();
    let app = tap.app(often()).await;
    let nowhere = Answer::of(request(&app, user(1), "")).await;
    assert_eq!((nowhere.status, nowhere.code()), (404, "round_not_found"));
    open(&app, json!({})).await;
    let mut all = Stream::open(&app, user(9), "").await;
    let (id, board) = all.next().await.unwrap();
    let empty = json!({"view": "public", "frozen": false, "rows": [],
        "server_now": "2026-03-29T13:00:00Z"});
    assert_eq!((id, board), (1, empty));

    let first = joined(&app, user(1)).await;
    assert_eq!(all.participants().await, (2, vec![json!(user(1))]));
    mark(&app, user(1), &first, 0).await;
    let (id, board) = all.next().await.unwrap();
    assert_eq!((id, &board["rows"][0]["points"]), (3, &json!(1)));

    // The second row is of no interest to a stream of one row.
    let mut top = Stream::open(&app, user(9), "?limit=1").await;
    assert_eq!(top.participants().await, (1, vec![json!(user(1))]));
    let second = joined(&app, user(2)).await;
    assert_eq!(all.participants().await.0, 4);
    tap.reads_more(3).await;
    mark(&app, user(2), &second, 0).await;
    mark(&app, user(2), &second, 1).await;
    assert_eq!(top.participants().await, (2, vec![json!(user(2))]));
    // A client that reconnects gets the board as it stands.
    let mut again = Stream::open(&app, user(9), "?limit=1").await;
    assert_eq!(again.participants().await, (1, vec![json!(user(2))]));
}

#[tokio::test]
async fn the_public_and_the_host_see_their_own_boards() {
    let app = Tap::default().app(often()).await;
    let freeze = json!({"freeze": {"from": "2026-03-29T14:00:00Z"}});
    open(&app, freeze).await;
    let contest = joined(&app, user(1)).await;
    let mut public = Stream::open(&app, user(2), "").await;
    let mut hosts = Stream::open(&app, host(), "?view=host").await;
    let (_, before) = public.next().await.unwrap();
    hosts.next().await.unwrap();
    // The freeze is a change for the public.
    until(&app, "14:00");
    let (_, after) = public.next().await.unwrap();
    assert_eq!(
        (&before["frozen"], &after["frozen"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(before["rows"], after["rows"]);
    mark(&app, user(1), &contest, 0).await;
    let (_, seen) = public.next().await.unwrap();
    assert_eq!(
        (&seen["frozen"], &seen["rows"][0]["points"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(seen["rows"][0]["problems"][0]["pending"], 1);
    let (_, seen) = hosts.next().await.unwrap();
    assert_eq!(
        (&seen["view"], &seen["rows"][0]["points"]),
        (&json!("host"), &json!(1))
    );
}

#[tokio::test]
async fn streams_end_with_the_host_and_no_others_are_opened() {
    let (stop, stopped) = oneshot::channel::<()>();
    let streams = EventStreams::without_log().with_poll_interval(NEVER);
    let app = Tap::default()
        .app(streams.with_end(async move { drop(stopped.await) }))
        .await;
    open(&app, json!({})).await;
    let mut stream = Stream::open(&app, user(1), "").await;
    stream.next().await.unwrap();
    drop(stop);
    assert_eq!(stream.next().await, None, "it ends cleanly");
    let refused = Answer::of(request(&app, user(1), "")).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
}

#[tokio::test]
async fn a_quiet_stream_sends_comments_and_ends_after_its_longest_time() {
    let streams = often().with_keep_alive(OFTEN);
    let app = Tap::default()
        .app(streams.with_longest(Duration::from_millis(200)))
        .await;
    open(&app, json!({})).await;
    let mut stream = Stream::open(&app, user(1), "").await;
    stream.next().await.unwrap();
    assert_eq!(stream.next().await, None);
    assert!(stream.comments > 2, "{}", stream.comments);
}

#[tokio::test]
async fn however_many_watch_a_board_it_is_read_once_in_an_interval() {
    const WATCHERS: u128 = 200;
    let tap = Tap::default();
    let streams = |interval| {
        let streams = EventStreams::without_log().with_most(1_000, 8);
        streams.with_poll_interval(interval)
    };
    let app = tap.app(streams(NEVER)).await;
    open(&app, json!({})).await;
    let mut open_streams = Vec::new();
    for number in 0..WATCHERS {
        let limit = number % 3 + 1;
        open_streams.push(Stream::open(&app, user(number), &format!("?limit={limit}")).await);
    }
    assert_eq!(tap.reads(), 1);
    // The host has a board of its own.
    open_streams.push(Stream::open(&app, host(), "?view=host").await);
    assert_eq!(tap.reads(), 2);

    let tap = Tap::default();
    let interval = Duration::from_millis(20);
    let app = tap.app(streams(interval)).await;
    open(&app, json!({})).await;
    let begun = Instant::now();
    let mut watchers = Vec::new();
    for number in 100..100 + WATCHERS {
        let mut stream = Stream::open(&app, user(number), "?limit=1").await;
        stream.next().await.unwrap();
        watchers.push(stream);
    }
    let contest = joined(&app, user(1)).await;
    for stream in &mut watchers {
        assert_eq!(stream.participants().await.0, 2);
    }
    mark(&app, user(1), &contest, 0).await;
    for stream in &mut watchers {
        assert_eq!(stream.participants().await.0, 3);
    }
    let intervals = begun.elapsed().div_duration_f64(interval);
    let reads = u32::try_from(tap.reads()).unwrap();
    assert!(
        f64::from(reads) <= intervals + 1.0,
        "{reads} in {intervals}"
    );
}

/// The stream that reads leaves, and another one reads in its place.
#[tokio::test]
async fn a_stream_that_leaves_while_it_reads_holds_up_no_other() {
    let (tap, store) = (Tap::default(), MemoryStore::with_catalogue(catalogue()));
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let streams = EventStreams::without_log().with_poll_interval(NEVER);
    let api = Api::new(engine.clone(), bearer);
    let api = tap.mount(api, engine, store, streams);
    let app: Router = Router::new().nest("/api", api.router());
    let send = |by: UserId, method: &str, path: String, body: Value| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {by}"));
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        app.clone().oneshot(request).map(Result::unwrap)
    };
    let ids = catalogue();
    let round = json!({"opens_at": "2026-03-29T13:00:00Z", "closes_at": "2099-03-29T13:00:00Z",
        "problems": [{"problem_id": ids.problems()[0].id}]});
    let put = send(host(), "PUT", ROUND.to_owned(), round).await;
    assert_eq!(put.status(), 200);
    let watch = |number| {
        send(
            user(number),
            "GET",
            format!("{ROUND}/board/events"),
            Value::Null,
        )
    };

    tap.0.hangs.store(true, Ordering::SeqCst);
    let (mut first, mut second) = (Box::pin(watch(1)), Box::pin(watch(2)));
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    assert_eq!(tap.reads(), 1, "the second waits for the first");
    tap.0.hangs.store(false, Ordering::SeqCst);
    drop(first);
    let second = timeout(HANGS, second).await.expect("it does not wait");
    assert_eq!((second.status(), tap.reads()), (http::StatusCode::OK, 2));
}

#[tokio::test]
async fn streams_of_boards_are_limited_per_user_and_in_all() {
    let app = Tap::default().app(often().with_most(3, 2)).await;
    open(&app, json!({})).await;
    let _open = [
        Stream::open(&app, user(1), "").await,
        Stream::open(&app, user(1), "").await,
        Stream::open(&app, user(2), "").await,
    ];
    for (who, status) in [(1, 429), (2, 503)] {
        let refused = Answer::of(request(&app, user(who), "")).await;
        assert_eq!(
            (refused.status, refused.code()),
            (status, "too_many_streams")
        );
        assert_eq!(refused.headers["retry-after"], "10");
    }
}

#[tokio::test]
async fn a_failing_store_is_an_error_before_the_stream_and_ends_it_later() {
    let tap = Tap::default();
    let app = tap.app(often()).await;
    open(&app, json!({})).await;
    let mut stream = Stream::open(&app, user(1), "").await;
    stream.next().await.unwrap();
    tap.0.fails.store(true, Ordering::SeqCst);
    assert_eq!(stream.next().await, None);
    let refused = Answer::of(request(&app, user(1), "")).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
    assert!(!refused.body.to_string().contains("hunter2"));
    tap.0.fails.store(false, Ordering::SeqCst);
    drop(Stream::open(&app, user(2), "").await.next().await.unwrap());
}

/// The page that a listed user's stream has read is not for others.
#[tokio::test]
async fn a_shared_page_is_only_for_those_who_may_see_the_round() {
    let streams = EventStreams::without_log().with_poll_interval(NEVER);
    let app = Tap::default().app(streams).await;
    assert_eq!(put(&app, json!({"admission": "listed"})).await.status, 200);
    let path = format!("{ROUND}/participants");
    let members = json!({"members": [{"user_id": user(1)}]});
    let listed = app.send(host(), "PUT", &path, members).await;
    assert_eq!(listed.status, 204);
    let mut stream = Stream::open(&app, user(1), "").await;
    stream.next().await.unwrap();
    let refused = Answer::of(request(&app, user(2), "")).await;
    assert_eq!((refused.status, refused.code()), (404, "round_not_found"));
}
