//! A store in memory with some methods replaced.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use contest_core::catalogue::Revision;
use contest_core::conformance::{Delays, Harness};
use contest_core::id::{ContestId, RoundId, UserId, Version};
use contest_core::memory::MemoryStore;
use contest_core::model::{Event, EventNumber, IdempotencyKey};
use contest_core::scoring::RankKey;
use contest_core::select::SelectionRequest;
use contest_core::standings::View;
use contest_core::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, EventBatch, EventLog, HistoryPage, HistoryRepository,
    Intercepted, Lease, LeaseHolder, ListedRound, Member, PublicationCommit, RoundContest,
    RoundPage, RoundRepository, Snapshot, StoreError, StoredRound, UserRepository, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::user::{AttemptRecord, UserRecord};
use futures::future::BoxFuture;

/// The data that replacements record.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) count: u64,
    pub(super) locked: bool,
    pub(super) revisions: HashMap<u64, Revision>,
    pub(super) users: BTreeSet<UserId>,
    pub(super) keys: HashMap<IdempotencyKey, UserId>,
    pub(super) rounds: HashMap<RoundId, UserId>,
    pub(super) contests: HashMap<UserId, RoundContest>,
    pub(super) snapshots: HashMap<(u64, UserId), Snapshot>,
    pub(super) events: HashMap<UserId, Vec<Event>>,
    pub(super) batch: Option<EventBatch>,
    pub(super) holders: HashMap<UserId, LeaseHolder>,
    pub(super) delivered: HashMap<UserId, EventNumber>,
    pub(super) held_until: Option<Timestamp>,
}

/// One handle on the store.
#[derive(Clone)]
pub(super) struct Broken {
    pub(super) inner: MemoryStore,
    pub(super) handle: u64,
    notes: Arc<Mutex<Notes>>,
    how: How,
}

macro_rules! overlay {
    ($($port:ident {
        $($method:ident($($argument:ident: $type:ty as $owned:ty),*) -> $answer:ty;)*
    })*) => {
        /// The replacements.
        #[derive(Clone, Copy, Default)]
        pub(super) struct How {
            $($(
                pub(super) $method: Option<for<'a> fn(&'a Broken, $($owned),*) -> BoxFuture<'a, $answer>>,
            )*)*
            /// Whether the store is empty after it was opened again.
            pub(super) forgets: bool,
        }

        $(
            #[async_trait]
            impl $port for Broken {
                $(async fn $method(&self, $($argument: $type),*) -> $answer {
                    match self.how.$method {
                        Some(instead) => instead(self, $($argument.to_owned()),*).await,
                        None => self.inner.$method($($argument),*).await,
                    }
                })*
            }
        )*
    };
}

overlay! {
    CatalogueRepository {
        load_catalogue(since: Option<Revision> as Option<Revision>)
            -> Result<CatalogueChanges, StoreError>;
        commit_publication(publication: &PublicationCommit as PublicationCommit)
            -> Result<(), CommitError>;
    }
    UserRepository {
        load_user(user: UserId as UserId, contest: &ContestSelector as ContestSelector)
            -> Result<Snapshot, StoreError>;
        commit_user(commit: &Commit as Commit) -> Result<(), CommitError>;
        erase_user(user: UserId as UserId) -> Result<bool, StoreError>;
        list_users(after: Option<UserId> as Option<UserId>, limit: u32 as u32)
            -> Result<Vec<UserId>, StoreError>;
    }
    HistoryRepository {
        list_contests(user: UserId as UserId, page: ContestPage as ContestPage)
            -> Result<ContestList, StoreError>;
        list_attempts(user: UserId as UserId, page: AttemptPage as AttemptPage)
            -> Result<HistoryPage<AttemptRecord>, StoreError>;
        count_solves(user: UserId as UserId, bounds: &[Timestamp] as Vec<Timestamp>)
            -> Result<HistoryPage<u64>, StoreError>;
        contest_request(user: UserId as UserId, contest: ContestId as ContestId)
            -> Result<Option<SelectionRequest>, StoreError>;
    }
    RoundRepository {
        load_round(round: RoundId as RoundId, user: Option<UserId> as Option<UserId>)
            -> Result<Option<ListedRound>, StoreError>;
        list_rounds(
            user: Option<UserId> as Option<UserId>, before: Option<RoundId> as Option<RoundId>,
            limit: u32 as u32
        ) -> Result<Vec<ListedRound>, StoreError>;
        commit_round(expected: Option<Version> as Option<Version>, round: &StoredRound as StoredRound)
            -> Result<(), CommitError>;
        put_members(round: RoundId as RoundId, members: &[Member] as Vec<Member>)
            -> Result<(), StoreError>;
        remove_members(round: RoundId as RoundId, users: &[UserId] as Vec<UserId>)
            -> Result<(), StoreError>;
        list_members(
            round: RoundId as RoundId, after: Option<UserId> as Option<UserId>, limit: u32 as u32
        ) -> Result<Vec<Member>, StoreError>;
        list_round_contests(round: RoundId as RoundId, page: RoundPage as RoundPage)
            -> Result<Vec<RoundContest>, StoreError>;
        count_ranked(round: RoundId as RoundId, view: View as View, before: RankKey as RankKey)
            -> Result<u64, StoreError>;
    }
    EventLog {
        events_after(user: UserId as UserId, after: EventNumber as EventNumber, limit: u32 as u32)
            -> Result<Vec<Event>, StoreError>;
        lease_events(lease: Lease as Lease, limit: u32 as u32)
            -> Result<Option<EventBatch>, StoreError>;
        acknowledge_events(
            user: UserId as UserId, holder: LeaseHolder as LeaseHolder,
            through: EventNumber as EventNumber
        ) -> Result<bool, StoreError>;
        give_back_events(
            user: UserId as UserId, holder: LeaseHolder as LeaseHolder,
            until: Timestamp as Timestamp
        ) -> Result<bool, StoreError>;
        prune_events(before: Timestamp as Timestamp, limit: u32 as u32) -> Result<u64, StoreError>;
    }
}

impl Broken {
    /// A harness of a store with these replacements. Calls are delayed a little, so that they
    /// interfere.
    /// each other's way.
    pub(super) fn harness(how: How) -> Harness {
        let one = Self {
            inner: MemoryStore::new().with_outbox(),
            handle: 0,
            notes: Arc::default(),
            how,
        };
        let other = Self {
            handle: 1,
            ..one.clone()
        };
        let reopened = one.clone();
        let delayed = |store| Intercepted::new(store, Delays::seeded(7, 2));
        let (one, other) = (delayed(one), delayed(other));
        Harness::new(one.clone())
            .with_other(other.clone())
            .with_events(one.clone())
            .with_other_events(other.clone())
            .with_rounds(one)
            .with_other_rounds(other)
            .with_reopen(move || {
                let mut store = reopened.clone();
                if how.forgets {
                    store.inner = MemoryStore::new().with_outbox();
                }
                let harness = Harness::new(store.clone()).with_events(store.clone());
                async move { Ok(harness.with_rounds(store)) }
            })
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }

    pub(super) async fn record(&self, user: UserId) -> Option<UserRecord> {
        let snapshot = self.inner.load_user(user, &ContestSelector::None).await;
        snapshot.unwrap().record
    }

    pub(super) async fn revision(&self) -> Revision {
        self.inner.load_catalogue(None).await.unwrap().revision
    }

    /// Stores the contest, solves and events of a commit besides the stored record, regardless of its
    /// version.
    pub(super) async fn slip_in(&self, commit: Commit) {
        if let Some(record) = self.record(commit.user).await {
            let commit = Commit {
                expected: Some(record.version),
                revision: None,
                record,
                ..commit
            };
            let _ = self.inner.commit_user(&commit).await;
        }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broken").finish_non_exhaustive()
    }
}

/// Lets others run in between.
pub(super) async fn pause() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}
