//! Futures that are dropped at any point.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use contest_core::prelude::*;

use super::worker::{Done, Worker, catalogue, check_done};

/// When a future is dropped after its last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// While it waits.
    AtOnce,
    /// After it was woken, before the next poll.
    WhenWoken,
}

/// Polls a future up to a number of times, and then drops it.
pub(crate) async fn poll_at_most<F: Future>(
    future: F,
    polls: u64,
    when: When,
) -> Option<F::Output> {
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

/// Drops steps of a worker after up to `polls` polls. Returns the writes that were acknowledged nevertheless.
pub(crate) async fn drop_steps(engine: &Engine, seed: u64, polls: u64) -> Vec<Done> {
    println!("seed {seed}");
    let published = engine.publish_catalogue(&catalogue(3_000)).await;
    published.unwrap();
    let mut worker = Worker::new(engine, seed);
    let (mut acknowledged, mut finished) = (Vec::new(), 0);
    for _ in 0..1_000 {
        let polls = worker.dice.below(polls);
        let when = worker.dice.pick(&[When::AtOnce, When::WhenWoken]);
        let outcome = poll_at_most(Box::pin(worker.step()), polls, when).await;
        finished += u32::from(outcome.is_some());
        acknowledged.extend(outcome.transpose().unwrap().flatten());
    }
    println!("{finished} of 1000 were not dropped");
    // Both happen often; how often depends on the load of the machine.
    assert!((50..950).contains(&finished), "{finished} of 1000");
    check_done(engine, &acknowledged).await;
    // The worker can continue afterwards.
    for _ in 0..20 {
        acknowledged.extend(worker.step().await.unwrap());
    }
    check_done(engine, &acknowledged).await;
    acknowledged
}
