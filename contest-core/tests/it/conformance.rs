//! The conformance suite, against stores that keep the contract and stores that do not.

mod caught;
mod sabotage;

use std::num::NonZeroUsize;

use contest_core::conformance::{Delays, StoreUnderTest};
use contest_core::memory::MemoryStore;
use contest_core::store::{InFlightLimit, Intercepted};

mod memory {
    use super::*;

    contest_core::conformance_tests!(|| async {
        let store = MemoryStore::new();
        Ok(StoreUnderTest::new(store.clone()).with_other(store))
    });
}

mod delayed {
    use super::*;

    contest_core::conformance_tests!(|| async {
        let store = Intercepted::new(MemoryStore::new(), Delays::seeded(1, 3));
        Ok(StoreUnderTest::new(store.clone()).with_other(store))
    });
}

/// One call at a time: whatever is not given back is missed at once.
mod limited {
    use super::*;

    contest_core::conformance_tests!(|| async {
        let delayed = Intercepted::new(MemoryStore::new(), Delays::seeded(2, 2));
        let store = Intercepted::new(delayed, InFlightLimit::new(NonZeroUsize::MIN));
        Ok(StoreUnderTest::new(store.clone()).with_other(store))
    });
}
