//! Events from the engine to the client, over every store.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use contest_core::prelude::*;
use contest_core::store::{EventLog, Store};
use contest_core::time::ManualClock;
use contest_http::Api;
use contest_http::events::EventStreams;
use contest_server::serve::ServeOptions;
use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::SqliteStore;
use contest_sqlx::testing::Postgres;
use serde_json::json;

use super::client::Stream;
use crate::app::{bearer, catalogue, user};
use crate::sockets::Server;

/// 2026-03-29T12:30:00Z
const NOON: Timestamp = Timestamp::from_micros(1_774_787_400_000_000);

async fn a_days_events_are_streamed_in_order<S: Store + EventLog + Clone + 'static>(store: S) {
    let clock = Arc::new(ManualClock::new(NOON));
    let engine = Engine::builder(store.clone())
        .clock(Arc::clone(&clock))
        .resume_policy(ResumePolicy::BeforeDeadline);
    let engine = engine.build().await.unwrap();
    engine.publish_catalogue(&catalogue()).await.unwrap();
    let streams = EventStreams::new(Arc::new(store)).with_poll_interval(Duration::from_millis(5));
    let api = Api::new(engine.clone(), bearer).events(streams);
    let app = Router::new().nest("/api", api.router());
    let server = Server::start(app, ServeOptions::new()).await;
    let mut stream = Stream::of(&server, user(1)).await;
    let mut other = Stream::of(&server, user(2)).await;

    let hour = ContestDuration::from_minutes(60).unwrap();
    let request = ContestRequest::new(ProblemCount::new(2).unwrap(), hour);
    let create = async |user| engine.create_contest(user, &request).await.unwrap().contest;
    let (contest, others) = (create(user(1)).await, create(user(2)).await);
    let (id, problem) = (contest.id, contest.problems[0].problem.id);
    engine.mark_solved(user(1), id, problem).await.unwrap();
    engine.unmark(user(1), id, problem).await.unwrap();
    engine.abandon_contest(user(1), id).await.unwrap();
    engine.resume_contest(user(1), id).await.unwrap();
    let later = contest.deadline + Duration::from_mins(5);
    engine.extend_contest(user(1), id, later).await.unwrap();
    engine.complete_contest(user(1), id).await.unwrap();
    engine.reset_progress(user(1)).await.unwrap();

    let (id, problem) = (id.to_string(), problem.to_string());
    let of_contest = |kind: &str| json!({"kind": kind, "contest_id": id});
    let of_problem = |kind: &str| json!({"kind": kind, "contest_id": id, "problem_id": problem});
    let ended = |how: &str| json!({"kind": "contest_finished", "contest_id": id, "ending": how});
    let mut expected = [
        of_contest("contest_created"),
        of_problem("problem_solved"),
        of_problem("problem_unsolved"),
        ended("abandoned"),
        of_contest("contest_resumed"),
        json!({"kind": "contest_extended", "contest_id": id, "deadline": later.to_string()}),
        ended("completed"),
        json!({"kind": "progress_reset", "epoch": 1}),
    ];
    for (number, expected) in (1_u64..).zip(&mut expected) {
        expected["user_id"] = json!(user(1));
        expected["number"] = number.into();
        expected["at"] = "2026-03-29T12:30:00Z".into();
        let told = stream.next().await.unwrap();
        assert_eq!((told.id, &told.data), (number, &*expected));
        assert_eq!(told.event, expected["kind"]);
    }
    let told = other.next().await.unwrap();
    assert_eq!((told.id, told.event.as_str()), (1, "contest_created"));
    assert_eq!(told.data["contest_id"], others.id.to_string());
    assert_eq!(
        Stream::after(&server, user(1), 6).await.ids(2).await,
        [7, 8]
    );
}

#[tokio::test]
async fn a_day_in_memory() {
    a_days_events_are_streamed_in_order(MemoryStore::new().with_outbox()).await;
}

#[tokio::test]
async fn a_day_on_sqlite() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    a_days_events_are_streamed_in_order(store.with_outbox()).await;
}

#[tokio::test]
async fn a_day_on_postgres() {
    let postgres = Postgres::shared().await.unwrap_or_else(|e| panic!("{e}"));
    let url = postgres.database().await.unwrap().url();
    let store = PgStore::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    a_days_events_are_streamed_in_order(store.with_outbox()).await;
}
