//! As much as is decided beforehand.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::try_join_all;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::Outcome;
use crate::load::{Connection, Latencies};

/// Timers are only as fine as a millisecond, and may be late by one.
const COARSE: Duration = Duration::from_millis(3);

/// When requests are due: at equal intervals.
#[derive(Debug, Clone, Copy)]
pub struct Arrivals {
    /// From one to the next.
    pub interval: Duration,
    /// How many there are.
    pub requests: u32,
}

/// Makes each request when it is due, or as soon after that as a connection is free, and tells how
/// long after it was due it was answered.
///
/// `wait` waits for an instant: [`spin_until`], unless time is not real.
///
/// # Errors
/// The first of [`Connection::call`].
pub async fn open(
    connections: &mut [impl Connection],
    arrivals: Arrivals,
    wait: impl AsyncFn(Instant),
) -> Outcome<Latencies> {
    let start = Instant::now();
    // Whoever holds it waits for the next request to be due; others line up behind, in turn.
    let next = Mutex::new(0);
    let latencies = RefCell::new(Latencies::new()?);
    let calls = connections.iter_mut().map(|connection| async {
        loop {
            let mut number = next.lock().await;
            if *number >= arrivals.requests {
                return Outcome::Ok(());
            }
            let due = start + arrivals.interval * *number;
            *number += 1;
            wait(due).await;
            drop(number);
            connection.call().await?;
            latencies.borrow_mut().record(due.elapsed());
        }
    });
    try_join_all(calls).await?;
    Ok(latencies.into_inner())
}

/// Waits for an instant, and keeps the thread busy for the last of it: asking for answers again and
/// again is finer than any timer.
pub async fn spin_until(at: Instant) {
    if let Some(coarse) = at.checked_sub(COARSE)
        && Instant::now() < coarse
    {
        sleep_until(coarse).await;
    }
    while Instant::now() < at {
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, sleep_until};

    use super::{Arrivals, open};
    use crate::Outcome;
    use crate::load::{Connection, Latencies};

    const USUAL: Duration = Duration::from_millis(1);
    const STALL: Duration = Duration::from_secs(1);

    /// Answers in the usual time, except once.
    struct Stalling {
        calls_until_stall: u32,
    }

    impl Connection for Stalling {
        async fn call(&mut self) -> Outcome<()> {
            let stalls = self.calls_until_stall == 0;
            self.calls_until_stall = self.calls_until_stall.wrapping_sub(1);
            sleep(if stalls { STALL } else { USUAL }).await;
            Ok(())
        }
    }

    /// A request every ten milliseconds, a thousand times.
    async fn latencies(calls_until_stall: &[u32]) -> Latencies {
        let stalling = |calls_until_stall| Stalling { calls_until_stall };
        let mut connections: Vec<_> = calls_until_stall.iter().copied().map(stalling).collect();
        let arrivals = Arrivals {
            interval: Duration::from_millis(10),
            requests: 1_000,
        };
        open(&mut connections, arrivals, async |at| sleep_until(at).await)
            .await
            .unwrap()
    }

    fn assert_between(time: Duration, least: u64, most: u64) {
        let [least, most] = [least, most].map(Duration::from_millis);
        assert!((least..=most).contains(&time), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_during_a_stall_waits_for_its_end() {
        let latencies = latencies(&[500]).await;
        assert_eq!(latencies.count(), 1_000);
        assert_between(latencies.percentile(50.0), 1, 3);
        // The hundred that came meanwhile wait for what is left of it, and then for each other.
        assert_between(latencies.percentile(95.0), 500, 700);
        assert_between(latencies.percentile(99.0), 880, 970);
        assert_between(latencies.percentile(100.0), 1_000, 1_010);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_of_one_connection_keeps_nobody_from_another() {
        let latencies = latencies(&[250, u32::MAX]).await;
        assert_eq!(latencies.count(), 1_000);
        assert_between(latencies.percentile(99.0), 1, 3);
        assert_between(latencies.percentile(100.0), 1_000, 1_010);
    }
}
