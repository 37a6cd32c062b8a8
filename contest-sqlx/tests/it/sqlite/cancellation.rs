//! Futures dropped at any point leave the store whole and its connections usable.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use contest_core::store::ProblemRepository;
use contest_sqlx::sqlite::SqliteStore;

use crate::sqlite::support::fresh;
use crate::sqlite::work::{Worker, catalogue, check_done, check_whole};

/// When a future is dropped after its last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// While what it waits for is under way.
    AtOnce,
    /// When what it waits for has happened, and it has not been told.
    WhenWoken,
}

/// Polls a future so often, and then drops it.
async fn poll_at_most<F: Future>(future: F, polls: u64, when: When) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Pending if left == 0 && when == When::AtOnce => Poll::Ready(None),
            other => other.map(Some),
        }
    })
    .await
}

async fn drop_futures(store: SqliteStore, seed: u64) {
    println!("seed {seed}");
    store.publish_catalogue(&catalogue(3_000)).await.unwrap();
    let mut worker = Worker::new(store.clone(), seed).await;
    let (mut acknowledged, mut finished) = (Vec::new(), 0);
    for _ in 0..1_000 {
        let polls = worker.dice.below(16);
        let when = worker.dice.pick(&[When::AtOnce, When::WhenWoken]);
        let outcome = poll_at_most(worker.step(), polls, when).await;
        finished += u32::from(outcome.is_some());
        acknowledged.extend(outcome.transpose().unwrap().flatten());
    }
    assert!(
        (200..800).contains(&finished),
        "{finished} of 1000 were not dropped"
    );
    check_done(&store, &acknowledged).await;
    check_whole(&store).await;
    // Every connection can be taken, and none is in a transaction.
    store.ping().await.unwrap();
    assert_eq!(store.metrics().open, 1);
    for _ in 0..20 {
        worker.step().await.unwrap();
    }
    store
        .close(std::time::Duration::from_secs(5))
        .await
        .unwrap();
}

#[tokio::test]
async fn i14_dropped_futures_leave_a_file_whole() {
    let (_directory, store) = fresh().await;
    drop_futures(store, 14).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i14_dropped_futures_leave_a_file_whole_on_two_threads() {
    let (_directory, store) = fresh().await;
    drop_futures(store, 15).await;
}

#[tokio::test]
async fn i14_dropped_futures_leave_a_database_in_memory_whole() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    drop_futures(store, 16).await;
}

#[tokio::test]
async fn i14_a_publication_dropped_anywhere_is_done_or_not_done() {
    let (_directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(10)).await.unwrap();
    let mut done = 0;
    for polls in 1..60 {
        let size = 10 + u32::try_from(polls).unwrap() * 50;
        let before = store.load_catalogue().await.unwrap();
        let new = catalogue(size);
        let publication = store.publish_catalogue(&new);
        let outcome = poll_at_most(publication, polls, When::AtOnce).await;
        // Waits for the connection that writes: a commit that is under way counts.
        store.ping().await.unwrap();
        let after = store.load_catalogue().await.unwrap();
        let (old, new) = (before.problems().len(), new.problems().len());
        let stored = after.problems().len();
        assert!(
            stored == new || stored == old && outcome.is_none(),
            "{stored} of {new}"
        );
        let published = u64::from(stored == new);
        done += published;
        assert_eq!(after.revision(), before.revision() + published);
    }
    assert!((1..50).contains(&done), "{done} of 59 were done");
}
