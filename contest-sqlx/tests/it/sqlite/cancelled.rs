//! Calls of the engine whose futures are dropped.

use std::time::Duration;

use contest_core::prelude::*;
use contest_sqlx::sqlite::SqliteStore;

use super::processes::assert_sound;
use super::scene::fresh;
use crate::support::dropped::drop_steps;
use crate::support::worker::check_whole;

async fn dropped_calls_leave_everything_whole(store: SqliteStore, seed: u64) {
    let store = store.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    drop_steps(&engine, seed, 16).await;
    check_whole(&engine, &store).await;
    assert_sound(&store).await;
    assert_eq!(store.metrics().open, 1);
    store.close(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn i14_dropped_calls_leave_a_file_whole() {
    let (_directory, store) = fresh().await;
    dropped_calls_leave_everything_whole(store, 14).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i14_dropped_calls_leave_a_file_whole_on_two_threads() {
    let (_directory, store) = fresh().await;
    dropped_calls_leave_everything_whole(store, 15).await;
}

#[tokio::test]
async fn i14_dropped_calls_leave_a_database_in_memory_whole() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    dropped_calls_leave_everything_whole(store, 16).await;
}
