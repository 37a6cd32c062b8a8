//! The SQL of the README works, and the rights it grants are sufficient.

use std::time::Duration;

use contest_core::delivery::{Dispatched, Dispatcher, EventSink, SinkError};
use contest_core::engine::{BoardPosition, Rounds, Viewer};
use contest_core::prelude::*;
use contest_core::store::{EventBatch, EventLog as _, async_trait};
use contest_core::time::SystemClock;
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::support::rounds::{member, new_round, round_id};
use crate::support::user;
use crate::support::worker::{USERS, Worker, catalogue, check_whole};

/// The texts between "```sql" and "```".
fn statements() -> Vec<&'static str> {
    // One block is in a list, and is indented.
    let parts = include_str!("../../README.md").split("```sql\n").skip(1);
    parts
        .map(|part| part.split_once("```").unwrap().0)
        .collect()
}

async fn store(url: &str, role: &'static str) -> PgStore {
    let config = PgPoolConfig::parse(url).unwrap();
    let options = config.pool_options().after_connect(move |connection, _| {
        Box::pin(async move { connection.execute(role).await.map(drop) })
    });
    let pool = options
        .connect_with(config.connect_options())
        .await
        .unwrap();
    PgStore::from_pool(pool).with_schema(PgSchema::new("contest").unwrap())
}

struct Nowhere;

#[async_trait]
impl EventSink for Nowhere {
    async fn deliver(&self, _: &EventBatch) -> Result<(), SinkError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_role_with_the_rights_of_the_readme_can_do_everything() {
    // Roles belong to the whole server.
    let server = Postgres::start(PostgresOptions::fast()).await.unwrap();
    let database = server.database().await.unwrap();
    let owner = store(&database.url(), "SET ROLE postgres").await;
    owner.migrate().await.unwrap();
    owner.pool().execute("CREATE ROLE app").await.unwrap();
    let run_all = async || {
        let statements = statements();
        assert!(statements.len() > 8, "{statements:?}");
        for statement in statements {
            let outcome = owner.pool().execute(AssertSqlSafe(statement)).await;
            assert!(outcome.is_ok(), "{statement}\n{outcome:?}");
        }
    };
    run_all().await;
    let app = store(&database.url(), "SET ROLE app").await.with_outbox();
    let engine = Engine::builder(app.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(100)).await.unwrap();
    let mut worker = Worker::new(&engine, 1);
    for _ in 0..400 {
        worker.step().await.unwrap();
    }
    check_whole(&engine, &app).await;
    let rounds = Rounds::new(engine.clone(), app.clone());
    let round = new_round(&engine, SystemClock.now(), 0);
    let (id, listed) = (round_id(0), [member(100, None)]);
    rounds.put(id, &round).await.unwrap();
    rounds.put(id, &round.with_freeze(None)).await.unwrap();
    rounds.put_members(id, &listed).await.unwrap();
    rounds.join(user(100), id).await.unwrap();
    rounds.remove_members(id, &[user(100)]).await.unwrap();
    let top = BoardPosition::default();
    let board = rounds.board(id, Viewer::Host, top, PageLimit::default());
    assert_eq!(board.await.unwrap().rows.len(), 1);
    // With data in the tables.
    run_all().await;
    let dispatcher = Dispatcher::new(
        std::sync::Arc::new(app.clone()),
        std::sync::Arc::new(Nowhere),
        SystemClock,
    );
    while dispatcher.dispatch_once().await.unwrap() != Dispatched::Nothing {}
    let later = SystemClock.now() + Duration::from_hours(1);
    assert!(app.prune_events(later, 100_000).await.unwrap() > 0);
    for number in 0..USERS {
        assert!(engine.erase_user(user(number)).await.unwrap());
    }
    app.ping().await.unwrap();
}
