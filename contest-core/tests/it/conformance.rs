//! The conformance suite, against stores that keep the contract and stores that do not.

mod caught;
mod sabotage;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use contest_core::conformance::{Delays, StoreUnderTest};
use contest_core::memory::MemoryStore;
use contest_core::store::{InFlightLimit, Intercepted, Store};

/// Notes whether the store was gone when it went.
struct Guard(Weak<dyn Store>, Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        let gone = self.0.strong_count() == 0;
        self.1.store(gone, Ordering::SeqCst);
    }
}

#[test]
fn a_guard_goes_after_both_handles() {
    let last = Arc::new(AtomicBool::new(false));
    let under_test = StoreUnderTest::new(MemoryStore::new());
    let store = Arc::downgrade(&under_test.store);
    drop(under_test.with_guard(Guard(store, Arc::clone(&last))));
    assert!(last.load(Ordering::SeqCst));
}

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

/// Events next to the store: written in its steps.
mod outbox {
    use super::*;

    contest_core::outbox_conformance_tests!(|| async {
        let store = MemoryStore::new().with_outbox();
        let under_test = StoreUnderTest::new(store.clone()).with_other(store.clone());
        Ok(under_test.with_events(store))
    });
}

/// Keeping events changes nothing else.
mod with_outbox {
    use super::*;

    contest_core::conformance_tests!(|| async {
        let store = MemoryStore::new().with_outbox();
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
