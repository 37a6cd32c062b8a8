//! An application under test: the routes over a store, behind a real socket, with a manual clock.

use std::sync::Arc;

use axum::Router;
use contest_core::UserId;
use contest_core::catalogue::Catalogue;
use contest_core::engine::{Engine, EngineBuilder, Rounds};
use contest_core::memory::MemoryStore;
use contest_core::model::{Difficulty, Problem, Rating, Topic};
use contest_core::rules::ResumePolicy;
use contest_core::select::SequentialSeeds;
use contest_core::store::{RoundRepository, Store};
use contest_core::time::{ManualClock, Timestamp};
use contest_core::uuid::Uuid;
use contest_http::{Api, ProblemDetails};
use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::SqliteStore;
use contest_sqlx::testing::Postgres;
use http::request::Parts;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// 2026-03-29, half past noon in UTC.
const NOON: Timestamp = Timestamp::from_micros(1_774_787_400_000_000);

pub(crate) struct App {
    address: String,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) engine: Engine,
    client: Client,
    server: JoinHandle<()>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The user that the bearer token names.
pub(crate) fn bearer(request: &Parts) -> Result<UserId, ProblemDetails> {
    let header = request.headers.get("authorization");
    let token = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    token
        .and_then(|token| token.parse().ok())
        .ok_or_else(|| ProblemDetails::unauthorized("send a bearer token"))
}

pub(crate) fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

/// The user who acts for the host.
pub(crate) fn host() -> UserId {
    user(0x4057)
}

/// Problems of every difficulty, with all kinds of links, and a retired one.
pub(crate) fn catalogue() -> Catalogue {
    let problem = |position: u32, slug: &str, difficulty, topics: &[&str]| {
        Problem::new(slug, slug.to_uppercase(), difficulty)
            .unwrap()
            .with_position(position)
            .with_rating(Rating::new(1_000 + i16::try_from(position).unwrap() * 100).unwrap())
            .with_topics(topics.iter().map(|topic| Topic::new(topic).unwrap()))
    };
    let leetcode = "https://leetcode.com/problems/one/";
    let neetcode = "https://neetcode.io/problems/two";
    let other = "https://judge.example/three";
    Catalogue::new([
        problem(1, "one", Difficulty::Easy, &["Arrays", "Graphs"])
            .with_link(leetcode)
            .unwrap(),
        problem(2, "two", Difficulty::Easy, &[])
            .with_link(neetcode)
            .unwrap(),
        problem(3, "three", Difficulty::Medium, &["Graphs"])
            .with_link(other)
            .unwrap(),
        problem(4, "four", Difficulty::Medium, &["Arrays"]),
        problem(5, "five", Difficulty::Medium, &["Trees & Tries"]),
        problem(6, "six", Difficulty::Hard, &["Graphs"]),
        problem(7, "gone", Difficulty::Hard, &["Arrays"]).with_retired(true),
    ])
    .unwrap()
}

impl App {
    /// Over a store without problems, of a host that allows resuming.
    pub(crate) async fn over(store: impl Store + 'static) -> Self {
        Self::tuned(store, |engine| {
            engine.resume_policy(ResumePolicy::BeforeDeadline)
        })
        .await
    }

    /// The same, with rounds. [`host`] acts for the host.
    pub(crate) async fn with_rounds(store: impl Store + RoundRepository + Clone + 'static) -> Self {
        let rounds = store.clone();
        let tune = |engine: EngineBuilder| engine.resume_policy(ResumePolicy::BeforeDeadline);
        Self::mounted(store, tune, |api, engine| {
            api.rounds(Rounds::new(engine, rounds))
                .host(|user| user == host())
        })
        .await
    }

    /// Over a store without problems.
    pub(crate) async fn tuned(
        store: impl Store + 'static,
        tune: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Self {
        Self::mounted(store, tune, |api, _| api).await
    }

    pub(crate) async fn mounted(
        store: impl Store + 'static,
        tune: impl FnOnce(EngineBuilder) -> EngineBuilder,
        mount: impl FnOnce(Api, Engine) -> Api,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(NOON));
        let engine = Engine::builder(store)
            .clock(Arc::clone(&clock))
            .seeds(SequentialSeeds::new(1));
        let engine = tune(engine).build().await.unwrap();
        engine.publish_catalogue(&catalogue()).await.unwrap();
        let api = mount(Api::new(engine.clone(), bearer), engine.clone());
        let app = Router::new().nest("/api", api.router());
        Self::serve(app, clock, engine).await
    }

    pub(crate) async fn serve(app: Router, clock: Arc<ManualClock>, engine: Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            address,
            clock,
            engine,
            client: Client::new(),
            server,
        }
    }

    pub(crate) async fn in_memory() -> Self {
        Self::with_rounds(MemoryStore::new()).await
    }

    pub(crate) async fn on_sqlite() -> Self {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        Self::with_rounds(store).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let postgres = Postgres::shared().await.unwrap_or_else(|e| panic!("{e}"));
        let url = postgres.database().await.unwrap().url();
        let store = PgStore::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        Self::with_rounds(store).await
    }

    /// A request without identity.
    pub(crate) fn anonymous(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client
            .request(method, format!("{}{path}", self.address))
    }

    /// A request by a user.
    pub(crate) fn by(&self, user: UserId, method: &str, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(user)
    }

    pub(crate) async fn get(&self, user: UserId, path: &str) -> Answer {
        Answer::of(self.by(user, "GET", path)).await
    }

    pub(crate) async fn send(&self, user: UserId, method: &str, path: &str, body: Value) -> Answer {
        Answer::of(self.by(user, method, path).json(&body)).await
    }

    /// Creates a contest of `user`.
    pub(crate) async fn contest(&self, user: UserId, problems: u16) -> Value {
        let body = json!({"problem_count": problems, "duration_minutes": 60});
        let answer = self.send(user, "POST", "/api/contests", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body
    }
}

/// A response, as a client sees it.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Value,
    pub(crate) body: Value,
}

/// Checks that no sentence for users has ids or backticks: ids belong in their own members.
pub(crate) fn check_sentences(shown: &Value) {
    match shown {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if ["title", "detail", "error"].contains(&name.as_str()) => {
                        check_sentence(text);
                    }
                    _ => check_sentences(member),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(check_sentences),
        _ => {}
    }
}

fn check_sentence(text: &str) {
    assert!(!text.contains('`'), "code in {text:?}");
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let id = words.into_iter().find(|word| Uuid::try_parse(word).is_ok());
    assert_eq!(id, None, "an id in {text:?}");
}

/// The headers that are part of the contract.
const HEADERS: [&str; 6] = [
    "allow",
    "content-type",
    "etag",
    "location",
    "retry-after",
    "www-authenticate",
];

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers();
        let kept = HEADERS.iter().filter_map(|name| {
            let value = headers.get(*name)?.to_str().unwrap();
            Some(((*name).to_owned(), value.into()))
        });
        let headers = Value::Object(kept.collect());
        let text = response.text().await.unwrap();
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text}")),
        };
        check_sentences(&body);
        Self {
            status,
            headers,
            body,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"status": self.status, "headers": self.headers, "body": self.body})
    }

    /// The last part of the `type` of an error.
    pub(crate) fn code(&self) -> &str {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let kind = self.body["type"].as_str().unwrap();
        kind.strip_prefix("urn:contest:").unwrap()
    }
}
