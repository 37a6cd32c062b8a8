//! All kinds of calls at once for one user, through several engines, like several processes.

use contest_core::prelude::*;

use super::scene::{fresh, open};
use crate::support::race::race;
use crate::support::user;
use crate::support::worker::catalogue;

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_many_tasks_for_one_user_agree() {
    let (directory, store) = fresh().await;
    let (store, other) = (store.with_outbox(), open(&directory).await.with_outbox());
    let publisher = Engine::builder(store.clone()).build().await.unwrap();
    publisher
        .publish_catalogue(&catalogue(2_000))
        .await
        .unwrap();
    let another = Engine::builder(other.clone()).build().await.unwrap();
    let third = Engine::builder(other).build().await.unwrap();
    race(&[publisher, another, third], &store, user(1), 12, 100).await;
}
