//! Requests through the whole stack whose clients leave or take too long.

use async_trait::async_trait;
use axum::Router;
use contest_core::UserId;
use contest_core::catalogue::Catalogue;
use contest_core::engine::Engine;
use contest_core::memory::MemoryStore;
use contest_core::store::StoreError;
use contest_http::Api;
use contest_server::protect::Protection;
use contest_server::serve::ServeOptions;
use http::request::Parts;
use serde_json::{Value, json};

use crate::hooked::{Call, Hook, Hooked};
use crate::sockets::{Gate, NEVER, SOON, Server, rest, until, within};

/// Makes creations wait at a gate before they reach the store.
#[derive(Debug, Clone)]
struct AtGate(Gate);

#[async_trait]
impl Hook for AtGate {
    async fn before(&self, call: Call) -> Result<(), StoreError> {
        if call == Call::CreateContest {
            self.0.pass().await;
        }
        Ok(())
    }
}

async fn start(gate: &Gate, protection: Protection) -> Server {
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let store = Hooked(store, AtGate(gate.clone()));
    let engine = Engine::builder(store).build().await.unwrap();
    let user = UserId::from_uuid(uuid::Uuid::from_u128(1));
    let api = Api::new(engine, move |_: &Parts| Ok(user)).router();
    let app = protection.apply(Router::new().nest("/api", api));
    Server::start(app, ServeOptions::new()).await
}

fn creation() -> Value {
    json!({ "problem_count": 3, "duration_minutes": 30 })
}

fn creation_bytes() -> String {
    let body = creation().to_string();
    let length = body.len();
    format!(
        "POST /api/contests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

async fn active(server: &Server) -> Value {
    let answer = reqwest::get(server.url("/api/contests/active")).await;
    answer.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_store_call_with_it() {
    let gate = Gate::new();
    let server = start(&gate, Protection::new().with_timeout(NEVER)).await;
    let client = server.send(&creation_bytes()).await;
    until("the store is called", || gate.waiting() == 1).await;
    drop(client);
    until("the call is dropped", || gate.dropped() == 1).await;

    gate.open();
    assert_eq!(active(&server).await["contest"], Value::Null);
    let again = reqwest::Client::new().post(server.url("/api/contests"));
    assert_eq!(again.json(&creation()).send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_timeout_drops_the_store_call() {
    let gate = Gate::new();
    let server = start(&gate, Protection::new().with_timeout(SOON)).await;
    let request = reqwest::Client::new().post(server.url("/api/contests"));
    let answer = within(request.json(&creation()).send()).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!((gate.waiting(), gate.dropped()), (0, 1));
    assert_eq!(active(&server).await["contest"], Value::Null);
}

#[tokio::test]
async fn a_slow_body_is_a_408_of_the_api_too() {
    let server = start(&Gate::new(), Protection::new().with_body_timeout(SOON)).await;
    let whole = creation_bytes();
    let mut client = server.send(&whole[..whole.len() - 1]).await;
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.contains("urn:contest:request_timeout"), "{answer}");
}
