//! A store of one user whose calls wait until the scheduler lets one happen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use contest_core::catalogue::{Catalogue, Revision};
use contest_core::id::{ContestId, UserId, Version};
use contest_core::select::SelectionRequest;
use contest_core::store::{
    AttemptPage, CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList,
    ContestPage, ContestSelector, ContestWrite, HistoryPage, HistoryRepository, PublicationCommit,
    Snapshot, StoreError, TimeOrder, UserRepository, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::user::{AttemptKey, AttemptRecord, ContestRecord, UserRecord};

/// All stored data.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) record: Option<UserRecord>,
    pub(super) contests: BTreeMap<ContestId, ContestRecord>,
    pub(super) log: BTreeMap<AttemptKey, AttemptRecord>,
    pub(super) catalogue: Arc<Catalogue>,
}

/// The outcome of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    /// It is stored, and the answer is lost.
    KeptUnknown,
    /// It is not stored, and the answer is lost.
    LostUnknown,
    /// It is not stored, and the answer says so.
    Failed,
}

impl Fate {
    pub(super) const ALL: [Self; 4] = [
        Self::Answered,
        Self::KeptUnknown,
        Self::LostUnknown,
        Self::Failed,
    ];
}

/// The state shared by the scheduler and the store.
#[derive(Default)]
pub(super) struct Stage {
    pub(super) state: Mutex<State>,
    /// One call may happen.
    go: AtomicBool,
    /// The waiting call is a commit.
    commit_waits: AtomicBool,
    fate: AtomicU8,
}

#[derive(Clone)]
pub(super) struct StagedStore {
    pub(super) stage: Arc<Stage>,
}

impl Stage {
    /// Lets one call happen, a commit with this outcome.
    pub(super) fn allow(&self, fate: Fate) {
        self.go.store(true, Ordering::Relaxed);
        let fate = Fate::ALL.iter().position(|other| *other == fate).unwrap();
        self.fate
            .store(u8::try_from(fate).unwrap(), Ordering::Relaxed);
    }

    /// The version of the stored data.
    pub(super) fn version(&self) -> Option<Version> {
        self.state.lock().unwrap().version()
    }

    /// Whether no call has happened since.
    pub(super) fn is_idle(&self) -> bool {
        self.go.swap(false, Ordering::Relaxed)
    }

    /// Whether the last call that was reached is a commit.
    pub(super) fn commit_waits(&self) -> bool {
        self.commit_waits.load(Ordering::Relaxed)
    }

    async fn turn(&self, commit: bool) {
        std::future::poll_fn(|context| {
            if self.go.swap(false, Ordering::Relaxed) {
                return Poll::Ready(());
            }
            self.commit_waits.store(commit, Ordering::Relaxed);
            // A set of futures polls a future again only after it was woken.
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

impl Stage {
    /// Lets a commit happen, with the outcome the scheduler has chosen for it.
    async fn commit(
        &self,
        keep: impl FnOnce(&mut State) -> Result<(), CommitError>,
    ) -> Result<(), CommitError> {
        self.turn(true).await;
        let fate = Fate::ALL[usize::from(self.fate.load(Ordering::Relaxed))];
        let mut state = self.state.lock().unwrap();
        let lost = || StoreError::transient("the answer was lost");
        match fate {
            Fate::Answered => keep(&mut state),
            Fate::KeptUnknown => {
                keep(&mut state)?;
                Err(CommitError::Unknown(lost()))
            }
            Fate::LostUnknown => Err(CommitError::Unknown(lost())),
            Fate::Failed => Err(CommitError::Failed(lost())),
        }
    }
}

impl State {
    fn publish(&mut self, publication: &PublicationCommit) -> Result<(), CommitError> {
        if self.catalogue.revision() != publication.expected {
            return Err(CommitError::Conflict);
        }
        let changed: Vec<_> = publication
            .problems
            .iter()
            .map(|stored| stored.ordinal)
            .collect();
        let kept = self.catalogue.stored_problems();
        let kept = kept.filter(|stored| !changed.contains(&stored.ordinal));
        let problems = kept.chain(publication.problems.iter().cloned());
        self.catalogue = Arc::new(Catalogue::from_stored(problems, publication.revision).unwrap());
        Ok(())
    }

    fn version(&self) -> Option<Version> {
        self.record.as_ref().map(|record| record.version)
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        if self.version() != commit.expected {
            return Err(CommitError::Conflict);
        }
        if commit
            .revision
            .is_some_and(|revision| revision != self.catalogue.revision())
        {
            return Err(CommitError::Outdated);
        }
        self.record = Some(commit.record.clone());
        if let Some(write) = &commit.contest {
            let new = write.contest();
            let joined = |of: &&ContestRecord| {
                let round = of.round.map(|entry| entry.round);
                of.id != new.id && round.is_some() && round == new.round.map(|entry| entry.round)
            };
            assert_eq!(
                self.contests.values().find(joined),
                None,
                "a round joined twice"
            );
            let before = self
                .contests
                .insert(write.contest().id, write.contest().clone());
            assert_eq!(
                before.is_none(),
                matches!(write, ContestWrite::Insert { .. })
            );
        }
        let attempts = commit.attempts.iter().cloned();
        let keys: BTreeSet<_> = attempts.clone().map(|of| of.key()).collect();
        assert_eq!(
            keys.len(),
            commit.attempts.len(),
            "an entry is written twice"
        );
        self.log.extend(attempts.map(|of| (of.key(), of)));
        Ok(())
    }
}

#[async_trait]
impl CatalogueRepository for StagedStore {
    async fn load_catalogue(&self, _: Option<Revision>) -> Result<CatalogueChanges, StoreError> {
        let state = self.stage.state.lock().unwrap();
        Ok(CatalogueChanges {
            revision: state.catalogue.revision(),
            whole: true,
            problems: state.catalogue.stored_problems().collect(),
        })
    }

    async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
        self.stage.commit(|state| state.publish(publication)).await
    }
}

#[async_trait]
impl UserRepository for StagedStore {
    async fn load_user(
        &self,
        _: UserId,
        contest: &ContestSelector,
    ) -> Result<Snapshot, StoreError> {
        self.stage.turn(false).await;
        let state = self.stage.state.lock().unwrap();
        let open = state
            .record
            .as_ref()
            .and_then(|record| record.open.as_ref());
        let contest = match contest {
            ContestSelector::None => None,
            ContestSelector::Open => open.and_then(|open| state.contests.get(&open.id)),
            ContestSelector::Id(id) => state.contests.get(id),
            ContestSelector::Round(round) => {
                let joined = |of: &&ContestRecord| {
                    of.round.as_ref().is_some_and(|entry| entry.round == *round)
                };
                state.contests.values().find(joined)
            }
            ContestSelector::Key(key) => state.contests.values().find(|contest| {
                contest
                    .idempotency
                    .as_ref()
                    .is_some_and(|used| used.key == *key)
            }),
        };
        Ok(Snapshot {
            record: state.record.clone(),
            contest: contest.cloned(),
            revision: state.catalogue.revision(),
        })
    }

    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        self.stage.commit(|state| state.commit(commit)).await
    }

    async fn erase_user(&self, _: UserId) -> Result<bool, StoreError> {
        unreachable!("no user is erased here")
    }

    async fn list_users(&self, _: Option<UserId>, _: u32) -> Result<Vec<UserId>, StoreError> {
        unreachable!("no use case lists users")
    }
}

#[async_trait]
impl HistoryRepository for StagedStore {
    async fn list_contests(&self, _: UserId, page: ContestPage) -> Result<ContestList, StoreError> {
        self.stage.turn(false).await;
        let state = self.stage.state.lock().unwrap();
        let before = |id: &ContestId| page.before.is_none_or(|before| *id < before);
        let contests = state.contests.iter().rev().filter(|(id, _)| before(id));
        let items = contests
            .map(|(_, contest)| contest.clone())
            .take(page.limit as usize);
        Ok(ContestList {
            record: state.record.clone(),
            items: items.collect(),
        })
    }

    async fn list_attempts(
        &self,
        _: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        self.stage.turn(false).await;
        let state = self.stage.state.lock().unwrap();
        let after = page.after.as_ref();
        let mut log: Vec<_> = state.log.values().cloned().collect();
        match page.order {
            TimeOrder::OldestFirst => {
                log.retain(|of| after.is_none_or(|after| of.key() > *after));
            }
            TimeOrder::LatestFirst => {
                log.reverse();
                log.retain(|of| after.is_none_or(|after| of.key() < *after));
            }
        }
        log.truncate(page.limit as usize);
        Ok(HistoryPage {
            version: state.version(),
            items: log,
        })
    }

    async fn count_solves(
        &self,
        _: UserId,
        _: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        unreachable!("no use case counts days")
    }

    async fn contest_request(
        &self,
        _: UserId,
        _: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        unreachable!("nothing is replayed here")
    }
}
