//! A store around another one: each call first passes a hook, which may wait, count, or make it fail.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use contest_core::catalogue::Revision;
use contest_core::memory::MemoryStore;
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, HistoryPage, HistoryRepository, PublicationCommit, Snapshot,
    StoreError, UserRepository, async_trait,
};
use contest_core::user::AttemptRecord;

/// A method of the store traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    LoadCatalogue,
    Publish,
    LoadUser,
    Commit,
    Erase,
    ListUsers,
    ListContests,
    ListAttempts,
    CountSolves,
    Request,
}

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Fate {
    #[default]
    Done,
    /// It fails, and nothing is stored.
    Refused,
    /// Nothing is stored, and the answer is lost.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
    /// A commit is answered as a conflict.
    Conflict,
    /// A commit is answered as outdated.
    Outdated,
}

/// Dropped when the call is over.
pub(crate) type Permit = Box<dyn Any + Send>;

#[async_trait]
pub(crate) trait Hook: Send + Sync + 'static {
    async fn before(&self, call: Call) -> (Fate, Permit);

    async fn after(&self, _: Call) {}
}

/// A hooked store in memory.
pub(crate) struct Hooked<H> {
    pub(crate) store: MemoryStore,
    pub(crate) hook: Arc<H>,
}

impl<H> Hooked<H> {
    pub(crate) fn new(store: MemoryStore, hook: &Arc<H>) -> Self {
        let hook = Arc::clone(hook);
        Self { store, hook }
    }
}

/// The message of a scripted failure.
pub(crate) fn down() -> StoreError {
    StoreError::transient("scripted").with_source(std::io::Error::other("the wire is cut"))
}

impl<H: Hook> Hooked<H> {
    async fn read<T>(
        &self,
        call: Call,
        read: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let (fate, _permit) = self.hook.before(call).await;
        if fate != Fate::Done {
            return Err(down());
        }
        let answer = read.await;
        self.hook.after(call).await;
        answer
    }

    async fn write(
        &self,
        call: Call,
        write: impl Future<Output = Result<(), CommitError>> + Send,
    ) -> Result<(), CommitError> {
        let (fate, _permit) = self.hook.before(call).await;
        match fate {
            Fate::Done => {}
            Fate::Refused => return Err(CommitError::Failed(down())),
            Fate::LostBefore => return Err(CommitError::Unknown(down())),
            Fate::LostAfter => {
                write.await?;
                return Err(CommitError::Unknown(down()));
            }
            Fate::Conflict => return Err(CommitError::Conflict),
            Fate::Outdated => return Err(CommitError::Outdated),
        }
        let answer = write.await;
        self.hook.after(call).await;
        answer
    }
}

#[async_trait]
impl<H: Hook> CatalogueRepository for Hooked<H> {
    async fn load_catalogue(
        &self,
        since: Option<Revision>,
    ) -> Result<CatalogueChanges, StoreError> {
        let load = self.store.load_catalogue(since);
        self.read(Call::LoadCatalogue, load).await
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        let publish = self.store.commit_publication(publication);
        self.write(Call::Publish, publish).await
    }
}

#[async_trait]
impl<H: Hook> UserRepository for Hooked<H> {
    async fn load_user(
        &self,
        user: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        let load = self.store.load_user(user, contest);
        self.read(Call::LoadUser, load).await
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        let write = self.store.commit_user(commit);
        self.write(Call::Commit, write).await
    }

    async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
        self.read(Call::Erase, self.store.erase_user(user)).await
    }

    async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let list = self.store.list_users(after, limit);
        self.read(Call::ListUsers, list).await
    }
}

#[async_trait]
impl<H: Hook> HistoryRepository for Hooked<H> {
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError> {
        let list = self.store.list_contests(user, page);
        self.read(Call::ListContests, list).await
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        let list = self.store.list_attempts(user, page);
        self.read(Call::ListAttempts, list).await
    }

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        let count = self.store.count_solves(user, bounds);
        self.read(Call::CountSolves, count).await
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        let request = self.store.contest_request(user, contest);
        self.read(Call::Request, request).await
    }
}

/// Scripts the outcomes of the next calls of a kind, and records every call.
#[derive(Default)]
pub(crate) struct Script {
    fates: Mutex<VecDeque<(Call, Fate)>>,
    calls: Mutex<Vec<Call>>,
}

impl Script {
    /// Scripts the next call of this kind without an outcome.
    pub(crate) fn next(&self, call: Call, fate: Fate) {
        self.fates.lock().unwrap().push_back((call, fate));
    }

    /// The calls since the last call of this.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

#[async_trait]
impl Hook for Script {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        self.calls.lock().unwrap().push(call);
        let mut fates = self.fates.lock().unwrap();
        let place = fates.iter().position(|(of, _)| *of == call);
        let fate = place.and_then(|place| fates.remove(place));
        (fate.map_or(Fate::Done, |(_, fate)| fate), Box::new(()))
    }
}

/// Lets others run before and after each call.
pub(crate) enum Delays {
    /// This many times.
    Yields(u32),
    /// Up to this number of times, derived from the seed.
    Seeded(SequentialSeeds, u32),
}

impl Delays {
    pub(crate) fn seeded(seed: u64, most: u32) -> Arc<Self> {
        Arc::new(Self::Seeded(SequentialSeeds::new(seed), most))
    }

    async fn pass(&self) {
        use contest_core::select::SeedSource;
        let times = match self {
            Self::Yields(times) => *times,
            Self::Seeded(seeds, most) => {
                let times = seeds.next_seed() % (u64::from(*most) + 1);
                u32::try_from(times).unwrap()
            }
        };
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Hook for Delays {
    async fn before(&self, _: Call) -> (Fate, Permit) {
        self.pass().await;
        (Fate::Done, Box::new(()))
    }

    async fn after(&self, _: Call) {
        self.pass().await;
    }
}
