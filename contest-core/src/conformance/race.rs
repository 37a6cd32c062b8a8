//! Many calls at once.

use std::future::Future;
use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

use crate::conformance::failure::{During, Outcome};
use crate::conformance::harness::StoreUnderTest;
use crate::store::Store;

/// How many tasks share the calls of a race.
const TASKS: usize = 4;

/// Makes that many calls at once, spread over both handles. The answers are in the order of the
/// numbers.
///
/// A few tasks start together, so that calls run in parallel. Each task advances its share of the
/// calls side by side, so that calls also meet wherever one waits, however fast the store is.
///
/// Dropping it aborts the tasks.
pub(super) async fn race<T, F>(
    under_test: &StoreUnderTest,
    calls: usize,
    mut call: impl FnMut(usize, Arc<dyn Store>) -> F,
) -> Outcome<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut calls: Vec<_> = (0..calls)
        .map(|number| (number, call(number, under_test.handle(number))))
        .collect();
    let share = calls.len().div_ceil(TASKS).max(1);
    let line = Arc::new(Barrier::new(calls.len().div_ceil(share)));
    let mut running = JoinSet::new();
    while !calls.is_empty() {
        let share = calls.split_off(calls.len().saturating_sub(share));
        let line = Arc::clone(&line);
        running.spawn(async move {
            line.wait().await;
            let calls = share
                .into_iter()
                .map(async |(number, call)| (number, call.await));
            calls
                .collect::<FuturesUnordered<_>>()
                .collect::<Vec<_>>()
                .await
        });
    }
    let mut answers = Vec::new();
    while let Some(ended) = running.join_next().await {
        answers.extend(ended.during("waiting for racing calls to end")?);
    }
    answers.sort_unstable_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Looks at the store while each step is done, at least once for each: in turns side by side in one
/// task, and in parallel.
///
/// Dropping it aborts the step that runs.
pub(super) async fn while_doing<S, F>(steps: Vec<S>, look: impl Fn() -> F) -> Outcome
where
    S: Future<Output = Outcome> + Send + 'static,
    F: Future<Output = Outcome>,
{
    let mut parallel = false;
    for step in steps {
        if parallel {
            look_at_task(step, &look).await?;
        } else {
            let (seen, done) = futures::join!(look(), step);
            seen.and(done)?;
        }
        parallel = !parallel;
    }
    look().await
}

async fn look_at_task<F: Future<Output = Outcome>>(
    step: impl Future<Output = Outcome> + Send + 'static,
    look: &impl Fn() -> F,
) -> Outcome {
    let mut running = JoinSet::new();
    running.spawn(step);
    loop {
        look().await?;
        if let Some(ended) = running.try_join_next() {
            return ended.during("waiting for a task to end")?;
        }
        yield_now().await;
    }
}
