//! The input to the suite from a store's author.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::conformance::check::{Failure, Outcome};
use crate::store::{EventLog, RoundRepository, Store};

/// The result of making a harness.
pub type Made = Result<Harness, Box<dyn Error + Send + Sync>>;

type Reopen = Box<dyn Fn() -> BoxFuture<'static, Made> + Send + Sync>;

/// A fresh store to test, without problems or users, used through two handles.
pub struct Harness {
    pub(super) store: Arc<dyn Store>,
    pub(super) other: Arc<dyn Store>,
    events: Option<[Arc<dyn EventLog>; 2]>,
    rounds: Option<[Arc<dyn RoundRepository>; 2]>,
    reopen: Option<Reopen>,
    // Declared, and so dropped, after the stores.
    guard: Option<Box<dyn Any + Send + Sync>>,
}

impl Harness {
    /// A store that is also its own other handle. Set [another one](Self::with_other) if the back end
    /// allows two.
    pub fn new(store: impl Store + 'static) -> Self {
        let store: Arc<dyn Store> = Arc::new(store);
        Self {
            other: Arc::clone(&store),
            store,
            events: None,
            rounds: None,
            reopen: None,
            guard: None,
        }
    }

    /// Sets another handle on the same data, like that of another process: for a database, another
    /// pool.
    #[must_use]
    pub fn with_other(mut self, other: impl Store + 'static) -> Self {
        self.other = Arc::new(other);
        self
    }

    /// Sets the store's event log, for [`event_tests!`](super::event_tests). The other tests check it
    /// too, if it is set.
    #[must_use]
    pub fn with_events(mut self, log: impl EventLog + 'static) -> Self {
        let log: Arc<dyn EventLog> = Arc::new(log);
        self.events = Some([Arc::clone(&log), log]);
        self
    }

    /// Sets another handle on the same log, after [`with_events`](Self::with_events).
    #[must_use]
    pub fn with_other_events(mut self, other: impl EventLog + 'static) -> Self {
        if let Some([_, log]) = &mut self.events {
            *log = Arc::new(other);
        }
        self
    }

    /// Sets the store's rounds, for [`round_tests!`](super::round_tests).
    #[must_use]
    pub fn with_rounds(mut self, rounds: impl RoundRepository + 'static) -> Self {
        let rounds: Arc<dyn RoundRepository> = Arc::new(rounds);
        self.rounds = Some([Arc::clone(&rounds), rounds]);
        self
    }

    /// Sets another handle on the same rounds, after [`with_rounds`](Self::with_rounds).
    #[must_use]
    pub fn with_other_rounds(mut self, other: impl RoundRepository + 'static) -> Self {
        if let Some([_, rounds]) = &mut self.rounds {
            *rounds = Arc::new(other);
        }
        self
    }

    /// Sets how to close the store and open it again on the same data, like a restart. Without it
    /// durability is not checked.
    #[must_use]
    pub fn with_reopen<F: Future<Output = Made> + Send + 'static>(
        mut self,
        reopen: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.reopen = Some(Box::new(move || reopen().boxed()));
        self
    }

    /// Sets a value that is dropped after the stores: it removes a directory, a database, a container.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Any + Send + Sync) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// The two handles, alternating.
    pub(super) fn handle(&self, number: u64) -> Arc<dyn Store> {
        Arc::clone(if number.is_multiple_of(2) {
            &self.store
        } else {
            &self.other
        })
    }

    /// The two handles on the log, alternating.
    pub(super) fn log(&self, number: u64) -> Outcome<Arc<dyn EventLog>> {
        let log = self.find_log(number);
        log.ok_or_else(|| Failure::new("the harness has no log of events"))
    }

    pub(super) fn find_log(&self, number: u64) -> Option<Arc<dyn EventLog>> {
        let [one, other] = self.events.as_ref()?;
        Some(Arc::clone(if number.is_multiple_of(2) {
            one
        } else {
            other
        }))
    }

    /// The two handles on the rounds, alternating.
    pub(super) fn rounds(&self, number: u64) -> Outcome<Arc<dyn RoundRepository>> {
        let handles = self.rounds.as_ref().map(|[one, other]| {
            let is_even = number.is_multiple_of(2);
            Arc::clone(if is_even { one } else { other })
        });
        handles.ok_or_else(|| Failure::new("the harness has no rounds"))
    }

    /// The store after a restart, if reopening is set.
    pub(super) async fn reopened(&self) -> Outcome<Option<Self>> {
        let Some(reopen) = &self.reopen else {
            return Ok(None);
        };
        let reopened = reopen().await;
        reopened
            .map(Some)
            .map_err(|error| Failure::from_error("opening the store again", error.as_ref()))
    }
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness")
            .field("two_handles", &!Arc::ptr_eq(&self.store, &self.other))
            .field("events", &self.events.is_some())
            .field("rounds", &self.rounds.is_some())
            .field("reopens", &self.reopen.is_some())
            .field("guarded", &self.guard.is_some())
            .finish_non_exhaustive()
    }
}
