//! The conformance suite: the store in memory passes it, and every case can fail.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};

use contest_core::conformance::Harness;
use contest_core::memory::MemoryStore;

mod broken;
mod caught;
mod caught_rounds;

/// The store in memory, seen through two clones.
mod memory {
    use contest_core::conformance::Harness;
    use contest_core::memory::MemoryStore;

    contest_core::conformance::tests!(async || {
        let store = MemoryStore::new();
        Ok(Harness::new(store.clone()).with_other(store))
    });
}

/// With events, and short delays of calls, so that they interfere.
mod events {
    use contest_core::conformance::{Delays, Harness};
    use contest_core::memory::MemoryStore;
    use contest_core::store::Intercepted;

    fn harness() -> Harness {
        let store = Intercepted::new(MemoryStore::new().with_outbox(), Delays::seeded(7, 3));
        let reopened = store.clone();
        Harness::new(store.clone())
            .with_other(store.clone())
            .with_events(store)
            .with_reopen(move || {
                let store = reopened.clone();
                async move { Ok(Harness::new(store.clone()).with_events(store)) }
            })
    }

    mod stores {
        contest_core::conformance::tests!(async || Ok(super::harness()));
    }

    contest_core::conformance::event_tests!(async || Ok(harness()));
}

/// With rounds, through delayed clones.
mod rounds {
    use contest_core::conformance::{Delays, Harness};
    use contest_core::memory::MemoryStore;
    use contest_core::store::Intercepted;

    contest_core::conformance::round_tests!(async || {
        let store = Intercepted::new(MemoryStore::new(), Delays::seeded(7, 3));
        let (other, reopened) = (store.clone(), store.clone());
        Ok(Harness::new(store.clone())
            .with_other(other.clone())
            .with_rounds(store)
            .with_other_rounds(other)
            .with_reopen(move || {
                let store = reopened.clone();
                async move { Ok(Harness::new(store.clone()).with_rounds(store)) }
            }))
    });
}

/// Records, when dropped, whether the store was gone by then.
struct Guard(Weak<MemoryStore>, Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.1.store(self.0.strong_count() == 0, SeqCst);
    }
}

#[test]
fn a_guard_goes_after_both_handles() {
    let (store, last) = (
        Arc::new(MemoryStore::new()),
        Arc::new(AtomicBool::new(false)),
    );
    let guard = Guard(Arc::downgrade(&store), Arc::clone(&last));
    let harness = Harness::new(Arc::clone(&store)).with_other(store);
    drop(harness.with_guard(guard));
    assert!(last.load(SeqCst));
}
