//! A store with delays.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::select::{SeedSource, SequentialSeeds};
use crate::store::{Interceptor, StoreCall, StoreError, StoreOutcome};

/// An [`Interceptor`] that suspends every call before and after the store works, so that calls overlap
/// in ways that do not occur with a fast store. Clones share the schedule.
#[derive(Debug, Clone)]
pub struct Delays(Schedule);

#[derive(Debug, Clone)]
enum Schedule {
    Yields(u32),
    Seeded(Arc<SequentialSeeds>, u32),
    Latency(Duration),
}

impl Delays {
    /// Yields to other tasks exactly this number of times, before and again after the store works.
    pub const fn yields(times: u32) -> Self {
        Self(Schedule::Yields(times))
    }

    /// Yields to other tasks up to `most` times, before and after, derived from the seed.
    pub fn seeded(seed: u64, most: u32) -> Self {
        Self(Schedule::Seeded(Arc::new(SequentialSeeds::new(seed)), most))
    }

    /// Waits this long before the store works, as a network would. For benchmarks: waiting for time
    /// makes tests slow and proves little.
    pub const fn latency(wait: Duration) -> Self {
        Self(Schedule::Latency(wait))
    }

    async fn yield_as_scheduled(&self) {
        let times = match &self.0 {
            Schedule::Yields(times) => *times,
            Schedule::Seeded(seeds, most) => {
                let roll = seeds.next_seed() % (u64::from(*most) + 1);
                u32::try_from(roll).unwrap_or(*most)
            }
            Schedule::Latency(_) => 0,
        };
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Interceptor for Delays {
    type Permit = ();

    async fn before(&self, _: StoreCall) -> Result<(), StoreError> {
        if let Schedule::Latency(wait) = self.0 {
            #[expect(clippy::disallowed_methods, reason = "the purpose is to wait")]
            tokio::time::sleep(wait).await;
        }
        self.yield_as_scheduled().await;
        Ok(())
    }

    async fn after(&self, _: StoreCall, _: StoreOutcome, (): ()) -> Result<(), StoreError> {
        self.yield_as_scheduled().await;
        Ok(())
    }
}
