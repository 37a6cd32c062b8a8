//! An answer that many callers share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer is given again.
const FOR: Duration = Duration::from_secs(1);

/// The latest answer to a question that anyone may ask, and that costs something to find out. Clones
/// share it.
#[derive(Debug, Clone)]
pub(crate) struct Remembered<T>(Arc<Mutex<Option<(Instant, T)>>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Remembered<T> {
    /// The answer of `find`, or that of another call less than a second ago. One call at a time runs
    /// `find`; the others wait for its answer. If that call is dropped, the next one runs its own.
    pub(crate) async fn get(&self, find: impl Future<Output = T>) -> T {
        let mut latest = self.0.lock().await;
        if let Some((at, answer)) = &*latest
            && at.elapsed() < FOR
        {
            return answer.clone();
        }
        let answer = find.await;
        *latest = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::FutureExt as _;
    use futures::future::join_all;
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_it_is_found_once_a_second() {
        let (remembered, found) = (Remembered::default(), AtomicU32::new(0));
        let ask = || {
            remembered.get(async {
                sleep(Duration::from_millis(1)).await;
                found.fetch_add(1, Ordering::Relaxed) + 1
            })
        };
        assert_eq!(join_all((0..100).map(|_| ask())).await, [1; 100]);
        advance(Duration::from_millis(998)).await;
        assert_eq!(ask().await, 1);
        advance(Duration::from_millis(2)).await;
        // A caller that leaves leaves nothing behind.
        assert_eq!(ask().now_or_never(), None);
        assert_eq!(join_all((0..100).map(|_| ask())).await, [2; 100]);
    }
}
