//! The server is killed under load and comes back.

use std::time::Duration;

use contest_core::prelude::*;
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use futures::future::join_all;
use tokio::sync::watch;
use tokio::time::timeout;

use super::fixture::store_with;
use crate::support::worker::{Done, Worker, catalogue, check_done, check_whole};

/// The shared state of all workers.
struct Load {
    /// The number of acknowledged steps.
    done: watch::Sender<u64>,
    stop: watch::Sender<bool>,
}

impl Load {
    /// Waits for a number of further steps, so that the pool has recovered and is busy.
    async fn goes_on(&self) {
        let mut done = self.done.subscribe();
        let enough = *done.borrow() + 150;
        let recovered = done.wait_for(|done| *done >= enough);
        let recovered = timeout(Duration::from_mins(2), recovered).await;
        assert!(recovered.is_ok(), "the pool did not recover");
    }
}

/// Works until it is stopped. Counts failures, all of which must be transient.
async fn work(load: &Load, engine: &Engine, seed: u64) -> (Vec<Done>, u64) {
    let mut worker = Worker::new(engine, seed);
    let (mut acknowledged, mut failures) = (Vec::new(), 0);
    while !*load.stop.borrow() {
        match worker.step().await {
            Ok(done) => {
                acknowledged.extend(done);
                load.done.send_modify(|done| *done += 1);
            }
            Err(error) => {
                assert!(error.is_retryable(), "{error:?}");
                failures += 1;
                tokio::task::yield_now().await;
            }
        }
    }
    (acknowledged, failures)
}

/// How often the server is killed: set `CONTEST_CRASHES=100` for more.
fn crashes() -> u32 {
    let asked = std::env::var("CONTEST_CRASHES").ok();
    asked.map_or(12, |asked| asked.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_what_was_acknowledged_survives_crashes_of_the_server() {
    let server = Postgres::start(PostgresOptions::durable()).await.unwrap();
    let database = server.database().await.unwrap();
    let config = PgPoolConfig::parse(&database.url()).unwrap();
    let store = store_with(&config).await.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(3_000)).await.unwrap();
    let load = Load {
        done: watch::Sender::new(0),
        stop: watch::Sender::new(false),
    };
    let workers = (0..12).map(|seed| work(&load, &engine, seed));
    let crashes = async {
        for crash in 0..crashes() {
            load.goes_on().await;
            match crash % 2 {
                0 => server.kill().await.unwrap(),
                _ => server.stop_immediate().await.unwrap(),
            }
            server.restart().await.unwrap();
        }
        load.goes_on().await;
        load.stop.send_replace(true);
    };
    let (told, ()) = tokio::join!(join_all(workers), crashes);
    // New connections, because those of the pool may not have noticed the last crash yet.
    let fresh = PgStore::connect_with(&config).await.unwrap();
    let fresh = fresh.with_schema(store.schema().clone());
    let engine = Engine::builder(fresh.clone()).build().await.unwrap();
    let failures: u64 = told.iter().map(|(_, failures)| failures).sum();
    let acknowledged: Vec<_> = told.into_iter().flat_map(|(done, _)| done).collect();
    println!("{} acknowledged, {failures} failures", acknowledged.len());
    assert!(failures > 0, "the crashes met nothing");
    check_done(&engine, &acknowledged).await;
    check_whole(&engine, &fresh).await;
}
