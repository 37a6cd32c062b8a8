//! Counts and times every call of the store.

use contest_core::store::{Interceptor, StoreCall, StoreError, StoreOutcome, async_trait};

use crate::telemetry::metrics::StoreMeasure;

#[derive(Debug, Clone, Copy)]
pub(super) struct Measured;

#[async_trait]
impl Interceptor for Measured {
    type Permit = StoreMeasure;

    async fn before(&self, call: StoreCall) -> Result<StoreMeasure, StoreError> {
        Ok(StoreMeasure::begin(call))
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

    use contest_core::memory::MemoryStore;
    use contest_core::store::{CatalogueRepository as _, InFlightLimit, Intercepted};
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
}
