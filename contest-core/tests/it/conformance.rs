//! The conformance suite, against stores that keep the contract.

use contest_core::conformance::{Delays, StoreUnderTest};
use contest_core::memory::MemoryStore;
use contest_core::store::Intercepted;

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
