//! Rate limits.

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

/// The fewest checks between two sweeps.
const SWEEP: usize = 1_024;

/// How many requests a client may make: an average rate, and a burst after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Quota);

impl Rate {
    /// This many per second on average, in bursts of the same number.
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self(Quota::per_second(requests))
    }

    /// This many per minute on average, in bursts of the same number.
    pub const fn per_minute(requests: NonZeroU32) -> Self {
        Self(Quota::per_minute(requests))
    }

    /// With bursts of this many requests.
    #[must_use]
    pub const fn with_burst(self, requests: NonZeroU32) -> Self {
        Self(self.0.allow_burst(requests))
    }
}

/// The state of each client. It is dropped once the client's burst has refilled.
pub(super) struct Limiter<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    left: RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    checks: AtomicUsize,
    sweep_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self::with_clock(rate, DefaultClock::default())
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Limiter<K, C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        Self {
            left: RateLimiter::new(rate.0, DashMapStateStore::default(), clock),
            checks: AtomicUsize::new(0),
            sweep_at: AtomicUsize::new(SWEEP),
        }
    }

    /// Counts one request of `key`.
    ///
    /// # Errors
    /// Rate exceeded; seconds until the next allowed request.
    pub(super) fn check(&self, key: &K) -> Result<(), u32> {
        self.sweep();
        self.left.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.left.clock().now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
        })
    }

    /// Drops the state of clients whose burst has refilled. It runs whenever the number of keys could
    /// have doubled, so its cost per check does not depend on the number of keys.
    fn sweep(&self) {
        let checks = self.checks.fetch_add(1, Ordering::Relaxed);
        if checks < self.sweep_at.load(Ordering::Relaxed) {
            return;
        }
        self.checks.store(0, Ordering::Relaxed);
        self.left.retain_recent();
        let keys = self.left.len();
        self.sweep_at.store(keys.max(SWEEP), Ordering::Relaxed);
    }
}

impl<K: Hash + Eq + Clone, C: Clock> fmt::Debug for Limiter<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rate(per_minute: u32, burst: u32) -> Rate {
        Rate::per_minute(NonZeroU32::new(per_minute).unwrap())
            .with_burst(NonZeroU32::new(burst).unwrap())
    }

    #[test]
    fn a_burst_is_allowed_and_the_wait_is_rounded_up() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::with_clock(rate(4, 2), clock.clone());
        assert_eq!(limiter.check(&1), Ok(()));
        assert_eq!(limiter.check(&1), Ok(()));
        assert_eq!(limiter.check(&1), Err(15));
        assert_eq!(limiter.check(&2), Ok(()));
        clock.advance(Duration::from_millis(14_999));
        assert_eq!(limiter.check(&1), Err(1));
        clock.advance(Duration::from_millis(1));
        assert_eq!(limiter.check(&1), Ok(()));
        assert_eq!(limiter.check(&1), Err(15));
    }

    #[test]
    fn the_state_of_refilled_clients_is_dropped() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::with_clock(rate(60, 60), clock.clone());
        for key in 0..200_000 {
            limiter.check(&key).unwrap();
            if key % 1_000 == 0 {
                clock.advance(Duration::from_secs(1));
            }
            assert!(limiter.left.len() < 5_000, "{key}");
        }
    }
}
