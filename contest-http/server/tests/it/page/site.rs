//! The page and the routes that the binary serves, over a store in memory, with a clock that the test
//! moves and failures that the test orders.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use contest_core::engine::{EngineBuilder, Rounds};
use contest_core::prelude::*;
use contest_core::store::EventLog;
use contest_core::time::{ManualClock, Timestamp};
use contest_http::events::EventStreams;
use contest_http::{Api, ProblemDetails};
use futures::stream;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::served;

/// 2026-03-29T10:00:00Z
const BEGIN: Timestamp = Timestamp::from_micros(1_774_778_400_000_000);

/// The user of these tests. The token is the id.
pub(super) const USER: &str = "0190d3f4-7a00-7000-8000-000000000001";

/// The outcome of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// It is refused with this status, without an effect.
    Refuse(StatusCode),
    /// It is carried out, and the response breaks off.
    LoseAnswer,
    /// It is carried out, and the response waits for [`Site::release`]. It says so in a header.
    HoldAnswer,
}

/// The outcome of the next requests with a method, and with this end of their path.
#[derive(Debug, Default)]
struct Faults {
    next: Mutex<VecDeque<(Method, &'static str, Fault)>>,
    release: Notify,
}

/// A server, which ends with the test.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) origin: String,
    pub(super) engine: Engine,
    pub(super) rounds: Rounds,
    pub(super) user: UserId,
    clock: Arc<ManualClock>,
    faults: Arc<Faults>,
    server: JoinHandle<()>,
}

impl Site {
    pub(super) async fn start() -> Self {
        Self::with(Catalogue::neetcode150()).await
    }

    pub(super) async fn with(catalogue: Catalogue) -> Self {
        Self::over(
            MemoryStore::with_catalogue(catalogue),
            |engine| engine,
            None,
        )
        .await
    }

    /// With late marks for ten minutes, and resuming.
    pub(super) async fn lenient() -> Self {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
        let grace = LatePolicy::AcceptFor(Duration::from_mins(10));
        let tune = |engine: EngineBuilder| {
            let engine = engine.resume_policy(ResumePolicy::BeforeDeadline);
            engine.late_policy(grace)
        };
        Self::over(store, tune, None).await
    }

    /// Whose routes of rounds are missing.
    pub(super) async fn without_rounds() -> Self {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
        Self::serve(store, |engine| engine, |api, _| api).await
    }

    /// With a stream of events.
    pub(super) async fn live() -> Self {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150()).with_outbox();
        let log: Arc<dyn EventLog> = Arc::new(store.clone());
        let events = EventStreams::new(log);
        let events = events.with_poll_interval(Duration::from_millis(20));
        Self::over(store, |engine| engine, Some(events)).await
    }

    /// Whose streams of boards end after a moment.
    pub(super) async fn with_short_streams() -> Self {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
        let streams = EventStreams::without_log();
        let streams = streams.with_poll_interval(Duration::from_millis(20));
        let streams = streams.with_longest(Duration::from_millis(300));
        Self::over(store, |engine| engine, Some(streams)).await
    }

    async fn over(
        store: MemoryStore,
        tune: impl FnOnce(EngineBuilder) -> EngineBuilder,
        events: Option<EventStreams>,
    ) -> Self {
        let mount = |api: Api, rounds| {
            let api = api.rounds(rounds);
            match events {
                Some(events) => api.events(events),
                None => api,
            }
        };
        Self::serve(store, tune, mount).await
    }

    async fn serve(
        store: MemoryStore,
        tune: impl FnOnce(EngineBuilder) -> EngineBuilder,
        mount: impl FnOnce(Api, Rounds) -> Api,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(BEGIN));
        let builder = Engine::builder(store.clone()).clock(Arc::clone(&clock));
        let engine = tune(builder).build().await.unwrap();
        let rounds = Rounds::new(engine.clone(), store);
        let faults = Arc::<Faults>::default();
        let api = mount(Api::new(engine.clone(), identify), rounds.clone());
        let app = Router::new()
            .nest("/api", api.router())
            .layer(from_fn_with_state(Arc::clone(&faults), suffer))
            .merge(served::router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            origin,
            engine,
            rounds,
            user: USER.parse().unwrap(),
            clock,
            faults,
            server,
        }
    }

    /// The page, with the token in its address.
    pub(super) fn address(&self) -> String {
        format!("{}/#token={USER}", self.origin)
    }

    pub(super) fn clock(&self) -> &ManualClock {
        &self.clock
    }

    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Orders an outcome for the next `times` requests with this method.
    pub(super) fn order(&self, method: &Method, fault: Fault, times: usize) {
        let faults = std::iter::repeat_n((method.clone(), "", fault), times);
        self.faults.next.lock().unwrap().extend(faults);
    }

    /// Orders an outcome for the next GET of a path with this end.
    pub(super) fn order_at(&self, path: &'static str, fault: Fault) {
        let next = (Method::GET, path, fault);
        self.faults.next.lock().unwrap().push_back(next);
    }

    /// Releases a held response.
    pub(super) fn release(&self) {
        self.faults.release.notify_one();
    }

    /// How many ordered failures have not happened.
    pub(super) fn outstanding(&self) -> usize {
        self.faults.next.lock().unwrap().len()
    }

    /// How many contests the user has had.
    pub(super) async fn contests(&self) -> u64 {
        let progress = self.engine.progress(self.user).await.unwrap();
        progress.contests.total()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn identify(request: &Parts) -> Result<UserId, ProblemDetails> {
    let header = request.headers.get("authorization");
    header
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ProblemDetails::unauthorized("the token is not valid"))
}

async fn suffer(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let fault = {
        let mut next = faults.next.lock().unwrap();
        let place = next.iter().position(|(method, path, _)| {
            method == request.method() && request.uri().path().ends_with(path)
        });
        place.and_then(|place| next.remove(place))
    };
    match fault {
        None => next.run(request).await,
        Some((.., Fault::Refuse(status))) => {
            ProblemDetails::new(status, "ordered", "Ordered by the test").into_response()
        }
        Some((.., Fault::HoldAnswer)) => {
            let mut response = next.run(request).await;
            faults.release.notified().await;
            let held = HeaderValue::from_static("true");
            response.headers_mut().insert("held", held);
            response
        }
        Some((.., Fault::LoseAnswer)) => {
            let (mut parts, _) = next.run(request).await.into_parts();
            parts.headers.remove(http::header::CONTENT_LENGTH);
            let broken = stream::iter([
                Ok(Bytes::from_static(b"{")),
                Err(std::io::Error::other("ordered by the test")),
            ]);
            Response::from_parts(parts, Body::from_stream(broken))
        }
    }
}
