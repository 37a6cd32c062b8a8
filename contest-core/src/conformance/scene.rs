//! What most cases begin with: a store in which a small catalogue is published.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalogue::Catalogue;
use crate::conformance::actor::{Actor, load, publish};
use crate::conformance::failure::{Failure, Outcome};
use crate::conformance::fixtures;
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::snapshot::Snapshot;
use crate::id::{ProblemId, UserId};
use crate::store::{NewContest, Store};
use crate::time::Timestamp;

/// A store with a catalogue.
pub(super) struct Scene<'a> {
    pub(super) under_test: &'a StoreUnderTest,
    pub(super) catalogue: Catalogue,
    pub(super) problems: Vec<ProblemId>,
    contests: AtomicU64,
}

impl<'a> Scene<'a> {
    /// With the problems `0..size` of the fixtures.
    pub(super) async fn with(under_test: &'a StoreUnderTest, size: u32) -> Outcome<Self> {
        Self::of(under_test, fixtures::catalogue(size)?).await
    }

    /// With this catalogue.
    pub(super) async fn of(under_test: &'a StoreUnderTest, catalogue: Catalogue) -> Outcome<Self> {
        publish(&*under_test.store, &catalogue).await?;
        Ok(Self {
            under_test,
            problems: fixtures::ids(&catalogue),
            catalogue,
            contests: AtomicU64::new(1),
        })
    }

    /// The user through the store.
    pub(super) fn here(&self, user: UserId) -> Actor<'a> {
        Actor::new(&*self.under_test.store, user)
    }

    /// The user through the other handle.
    pub(super) fn there(&self, user: UserId) -> Actor<'a> {
        Actor::new(&*self.under_test.other, user)
    }

    /// The store, to share with a task.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.under_test.store)
    }

    /// The other handle, to share with a task.
    pub(super) fn other(&self) -> Arc<dyn Store> {
        Arc::clone(&self.under_test.other)
    }

    /// The first `N` problems.
    pub(super) fn first<const N: usize>(&self) -> Outcome<[ProblemId; N]> {
        self.problems
            .first_chunk()
            .copied()
            .ok_or_else(|| Failure::new("preparing", format_args!("{N} problems"), "fewer"))
    }

    /// A contest of these problems that begins at `at` and lasts an hour, with an id of its own.
    /// Ids ascend at the same time.
    pub(super) fn contest(&self, at: Timestamp, problems: &[ProblemId]) -> Outcome<NewContest> {
        let number = self.contests.fetch_add(1, Ordering::Relaxed);
        fixtures::contest_of(&self.catalogue, number, at, problems)
    }

    /// Everything about the user, as the other handle shows it, checked for consistency.
    pub(super) async fn audit(&self, user: UserId, now: Timestamp) -> Outcome<Snapshot> {
        let there = self.there(user);
        let catalogue = load(there.store).await?;
        let snapshot = Snapshot::take(there, &self.problems, now).await?;
        snapshot.audit(&catalogue, now)?;
        Ok(snapshot)
    }
}
