//! Concurrent calls, and calls that are dropped half-way.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

use crate::conformance::check::Outcome;
use crate::store::{Commit, Store};

/// The number of tasks that share the calls of a race.
const TASKS: usize = 4;

/// Makes these calls concurrently. The answers are in the order of the calls.
///
/// Several tasks start together, so that calls run in parallel. Each task also interleaves its share of
/// the calls, so that they overlap wherever one waits, however fast the store is.
pub(super) async fn race<T: Send + 'static>(
    calls: impl IntoIterator<Item = BoxFuture<'static, T>>,
) -> Outcome<Vec<T>> {
    let mut shares: Vec<Vec<_>> = (0..TASKS).map(|_| Vec::new()).collect();
    for (number, call) in calls.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(number % TASKS) {
            share.push((number, call));
        }
    }
    let line = Arc::new(Barrier::new(TASKS));
    let mut running = JoinSet::new();
    for share in shares {
        let line = Arc::clone(&line);
        running.spawn(async move {
            line.wait().await;
            let calls = share.into_iter();
            let calls = calls.map(async |(number, call)| (number, call.await));
            calls
                .collect::<FuturesUnordered<_>>()
                .collect::<Vec<_>>()
                .await
        });
    }
    let mut answers = Vec::new();
    while let Some(ended) = running.join_next().await {
        answers.extend(ended?);
    }
    answers.sort_unstable_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// A commit as a step to watch.
pub(super) fn step(store: &Arc<dyn Store>, commit: Commit) -> BoxFuture<'static, Outcome> {
    let store = Arc::clone(store);
    async move { Ok(store.commit_user(&commit).await?) }.boxed()
}

/// Calls `look` while the steps are done one after the other, at least once per step: interleaved in
/// one task, so that a look falls wherever the step waits, and in parallel.
pub(super) async fn while_doing(
    steps: Vec<BoxFuture<'static, Outcome>>,
    mut look: impl AsyncFnMut() -> Outcome,
) -> Outcome {
    for (number, step) in steps.into_iter().enumerate() {
        if number % 2 == 0 {
            let (seen, done) = futures::join!(look(), step);
            seen.and(done)?;
        } else {
            look_at_task(step, &mut look).await?;
        }
    }
    look().await
}

async fn look_at_task(
    step: BoxFuture<'static, Outcome>,
    look: &mut impl AsyncFnMut() -> Outcome,
) -> Outcome {
    /// Looks without end would starve the step on a busy machine.
    const LOOKS: usize = 256;
    let mut running = JoinSet::new();
    running.spawn(step);
    for _ in 0..LOOKS {
        look().await?;
        if let Some(ended) = running.try_join_next() {
            return ended?;
        }
        yield_now().await;
    }
    running.join_next().await.unwrap_or(Ok(Ok(())))?
}

/// Polls a future at most this number of times, then drops it: `None` if it did not finish.
pub(super) async fn drop_after<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        let Some(less) = left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        left = less;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // No wake-up is needed: it is not polled again.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
