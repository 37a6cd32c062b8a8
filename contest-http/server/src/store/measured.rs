//! Counts and times every call of the store, and counts the contests in its commits.

use contest_core::store::{Commit, Interceptor, StoreCall, StoreError, StoreOutcome, async_trait};

use crate::telemetry::metrics::{self, StoreMeasure};

#[derive(Debug, Clone, Copy)]
pub(super) struct Measured;

#[async_trait]
impl Interceptor for Measured {
    type Permit = StoreMeasure;

    async fn before(&self, call: StoreCall) -> Result<StoreMeasure, StoreError> {
        Ok(StoreMeasure::begin(call))
    }

    fn kept(&self, commit: &Commit) {
        metrics::committed(commit);
    }

    async fn after(
        &self,
        _: StoreCall,
        outcome: StoreOutcome,
        measure: StoreMeasure,
    ) -> Result<(), StoreError> {
        measure.end(outcome);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;
    use std::time::Duration;

    use contest_core::catalogue::Catalogue;
    use contest_core::engine::Engine;
    use contest_core::memory::MemoryStore;
    use contest_core::rules::{ContestDuration, ContestRequest};
    use contest_core::select::ProblemCount;
    use contest_core::store::{CatalogueRepository as _, InFlightLimit, Intercepted};
    use contest_core::time::{ManualClock, Timestamp};
    use futures::FutureExt as _;

    use super::*;
    use crate::telemetry::metrics::counted;

    #[test]
    fn a_call_that_is_dropped_is_counted_as_cancelled() {
        let metrics = counted(async {
            let limit = InFlightLimit::new(NonZeroUsize::MIN);
            let store = Intercepted::new(MemoryStore::new(), limit.clone());
            let store = Intercepted::new(store, Measured);
            let _permit = limit.before(StoreCall::LoadUser).await.unwrap();
            assert!(store.load_catalogue(None).now_or_never().is_none());
        });
        let cancelled = "{operation=\"load_catalogue\",outcome=\"cancelled\"";
        assert!(metrics.contains(cancelled), "{metrics}");
        let active = "contest_store_operations_active 0";
        assert!(metrics.contains(active), "{metrics}");
    }

    #[test]
    fn expired_contests_are_counted_when_they_are_settled() {
        let metrics = counted(async {
            let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
            let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
            let engine =
                Engine::builder(Intercepted::new(store, Measured)).clock(Arc::clone(&clock));
            let engine = engine.build().await.unwrap();
            let user = crate::identity::new_user();
            let (count, minutes) = (ProblemCount::new(1), ContestDuration::from_minutes(10));
            let request = ContestRequest::new(count.unwrap(), minutes.unwrap());
            engine.create_contest(user, &request).await.unwrap();
            clock.advance(Duration::from_mins(10));
            engine.create_contest(user, &request).await.unwrap();
            clock.advance(Duration::from_mins(10));
            engine.reset_progress(user).await.unwrap();
        });
        let created = "contest_contests_created_total 2";
        assert!(metrics.contains(created), "{metrics}");
        let ended = "contest_contests_ended_total{ending=\"expired\"} 2";
        assert!(metrics.contains(ended), "{metrics}");
    }
}
