//! The fan-out: bounded, fail-fast, structured.

use std::future::{pending, ready};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use contest_core::fan_out::fan_out;
use futures::future::{BoxFuture, FutureExt};

fn at_most(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Counts how many of it are alive.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[tokio::test]
async fn i15_the_first_failure_in_time_returns_at_once_and_drops_the_others() {
    let alive = Arc::new(AtomicUsize::new(0));
    let never = |guard: Alive| {
        async move {
            let _guard = guard;
            pending::<Result<u8, &str>>().await
        }
        .boxed()
    };
    let futures: Vec<BoxFuture<'_, _>> = vec![
        never(Alive::new(&alive)),
        async {
            tokio::task::yield_now().await;
            Err("late")
        }
        .boxed(),
        never(Alive::new(&alive)),
        ready(Err("first")).boxed(),
    ];
    assert_eq!(fan_out(at_most(4), futures).await, Err("first"));
    assert_eq!(
        alive.load(SeqCst),
        0,
        "siblings of a failure are still alive"
    );
}

#[tokio::test]
async fn i15_nothing_is_started_after_a_failure() {
    let started = AtomicUsize::new(0);
    let futures = (0..100).map(|n| {
        started.fetch_add(1, SeqCst);
        ready(if n == 3 { Err(n) } else { Ok(n) })
    });
    assert_eq!(fan_out(at_most(1), futures).await, Err(3));
    assert_eq!(started.load(SeqCst), 4);
}

#[tokio::test]
async fn i16_no_more_than_the_limit_run_at_once_and_results_keep_their_order() {
    for limit in [1, 2, 3, 7, 100] {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |n: usize| {
            let (running, most) = (&running, &most);
            async move {
                most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                for _ in 0..=(n * 7 % 5) {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, SeqCst);
                Ok::<_, ()>(n)
            }
        };
        let results = fan_out(at_most(limit), (0..40).map(work)).await.unwrap();
        assert_eq!(results, (0..40).collect::<Vec<_>>());
        assert_eq!(most.load(SeqCst), limit.min(40));
    }
}

#[tokio::test]
async fn i14_dropping_the_fan_out_drops_everything_in_flight() {
    let alive = Arc::new(AtomicUsize::new(0));
    let futures = (0..10).map(|_| {
        let guard = Alive::new(&alive);
        async move {
            let _guard = guard;
            pending::<Result<(), ()>>().await
        }
    });
    let mut running = Box::pin(fan_out(at_most(3), futures));
    assert!(running.as_mut().now_or_never().is_none());
    assert_eq!(alive.load(SeqCst), 3);
    drop(running);
    assert_eq!(alive.load(SeqCst), 0);
}
