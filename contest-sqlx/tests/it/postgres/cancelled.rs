//! Calls of the engine whose futures are dropped.

use contest_core::prelude::*;
use contest_sqlx::postgres::PgPoolConfig;

use super::dropped::all_are_outside_a_transaction;
use super::fixture::{store_with, url};
use crate::support::dropped::drop_steps;
use crate::support::worker::check_whole;

async fn dropped_calls_leave_everything_whole(seed: u64) {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let config = config.with_max_connections(3);
    let store = store_with(&config).await.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    drop_steps(&engine, seed, 8).await;
    // Statements of dropped calls end before their connections are used again.
    all_are_outside_a_transaction(&store, 3).await;
    check_whole(&engine, &store).await;
}

#[tokio::test]
async fn i14_dropped_calls_leave_everything_whole() {
    dropped_calls_leave_everything_whole(14).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i14_dropped_calls_leave_everything_whole_on_two_threads() {
    dropped_calls_leave_everything_whole(15).await;
}
