//! Bounded, fail-fast, structured fan-out and fan-in.

use std::future::Future;
use std::num::NonZeroUsize;

use futures::stream::{FuturesUnordered, TryStreamExt};

/// Runs futures concurrently, at most `limit` at a time, and returns their results in the order of the
/// input.
///
/// The engine gathers progress with it. A store can use it to ask a back end for one difficulty, shard
/// or page at a time.
///
/// - **Structured**: everything runs inside the returned future. No task is spawned.
/// - **Bounded**: a future is taken from the input only when there is room for it.
/// - **Fail-fast**: the first failure to occur, wherever it stands in the input, is returned at once;
///   running futures are dropped, and no more are started.
///
/// # Errors
/// The first failure.
///
/// # Cancel safety
/// Dropping the returned future drops everything in flight.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::num::NonZeroUsize;
/// use contest_core::fan_out::fan_out;
///
/// let two = NonZeroUsize::new(2).unwrap();
/// let squares = fan_out(two, (1..=4).map(|n| async move { Ok::<_, ()>(n * n) })).await;
/// assert_eq!(squares, Ok(vec![1, 4, 9, 16]));
///
/// let failed = fan_out(two, (1..=4).map(|n| async move { if n < 3 { Ok(n) } else { Err(n) } })).await;
/// assert_eq!(failed, Err(3));
/// # }
/// ```
pub async fn fan_out<F, T, E>(
    limit: NonZeroUsize,
    futures: impl IntoIterator<Item = F>,
) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting = futures.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let mut values = Vec::with_capacity(waiting.size_hint().0);
    loop {
        while running.len() < limit.get() {
            let Some((place, future)) = waiting.next() else {
                break;
            };
            running.push(numbered(place, future));
        }
        // In order of completion: waiting in order of the input would delay a failure behind everything
        // before it.
        match running.try_next().await? {
            Some(value) => values.push(value),
            None => break,
        }
    }
    values.sort_unstable_by_key(|(place, _)| *place);
    Ok(values.into_iter().map(|(_, value)| value).collect())
}

/// A function and not a closure: a closure held across the await above would keep callers' futures
/// from being `Send` for every lifetime (rust-lang/rust#102211).
async fn numbered<T, E>(
    place: usize,
    future: impl Future<Output = Result<T, E>>,
) -> Result<(usize, T), E> {
    Ok((place, future.await?))
}
