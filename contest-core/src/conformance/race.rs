//! Many tasks at once.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::conformance::failure::{During, Outcome};
use crate::conformance::harness::StoreUnderTest;
use crate::store::Store;

/// Runs a step in many tasks that start together, spread over both handles. The answers are in the
/// order of the tasks.
///
/// Dropping it aborts the tasks.
pub(super) async fn race<T, F>(
    under_test: &StoreUnderTest,
    tasks: usize,
    mut step: impl FnMut(usize, Arc<dyn Store>) -> F,
) -> Outcome<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let line = Arc::new(Barrier::new(tasks));
    let mut running = JoinSet::new();
    for number in 0..tasks {
        let step = step(number, under_test.handle(number));
        let line = Arc::clone(&line);
        running.spawn(async move {
            line.wait().await;
            (number, step.await)
        });
    }
    let mut answers = Vec::with_capacity(tasks);
    while let Some(ended) = running.join_next().await {
        answers.push(ended.during("waiting for a racing call to end")?);
    }
    answers.sort_unstable_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Looks at what a task does, again and again until the task ends, and once more.
///
/// Dropping it aborts the task.
pub(super) async fn while_running<F: Future<Output = Outcome>>(
    work: impl Future<Output = Outcome> + Send + 'static,
    look: impl Fn() -> F,
) -> Outcome {
    let mut running = JoinSet::new();
    running.spawn(work);
    loop {
        look().await?;
        if let Some(ended) = running.try_join_next() {
            ended.during("waiting for a task to end")??;
            return look().await;
        }
        tokio::task::yield_now().await;
    }
}
