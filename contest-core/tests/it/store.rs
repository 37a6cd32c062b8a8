//! Wrappers of a store: interceptors, faults, a limit, a mock.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use contest_core::UserId;
use contest_core::conformance::{Fault, Faults, Gate};
use contest_core::id::Version;
use contest_core::memory::MemoryStore;
use contest_core::store::{
    Commit, CommitError, ContestSelector, EventLog, InFlightLimit, Intercepted, Interceptor,
    MockStore, Store, StoreCall, StoreError, StoreOutcome, UserRepository, async_trait,
};
use contest_core::user::UserRecord;
use contest_core::uuid::Uuid;
use futures::FutureExt;

const USER: UserId = UserId::from_uuid(Uuid::from_u128(7));

fn first_commit() -> Commit {
    let mut record = UserRecord::new();
    record.version = Version::from_random(1, 1);
    Commit::of_record(USER, None, record)
}

async fn is_kept(store: &impl UserRepository) -> bool {
    let snapshot = store.load_user(USER, &ContestSelector::None).await;
    snapshot.unwrap().record.is_some()
}

#[tokio::test]
async fn a_refused_commit_failed_and_one_without_an_answer_is_unknown() {
    let (inside, faults) = (MemoryStore::new(), Faults::default());
    let store = Intercepted::new(inside.clone(), faults.clone());
    faults.on_next(StoreCall::CommitUser, Fault::Refuse);
    faults.on_next(StoreCall::CommitUser, Fault::LoseAnswer);

    let refused = store.commit_user(&first_commit()).await;
    assert!(matches!(refused, Err(CommitError::Failed(_))));
    assert!(!is_kept(&inside).await);
    let lost = store.commit_user(&first_commit()).await;
    assert!(matches!(lost, Err(CommitError::Unknown(_))));
    assert!(is_kept(&inside).await);
    let conflict = store.commit_user(&first_commit()).await;
    assert!(matches!(conflict, Err(CommitError::Conflict)));
    assert_eq!(faults.calls(), [StoreCall::CommitUser; 3]);
}

/// Records the versions it gets.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Version>>);

#[async_trait]
impl Interceptor for Kept {
    type Permit = ();

    async fn before(&self, _: StoreCall) -> Result<(), StoreError> {
        Ok(())
    }

    fn kept(&self, commit: &Commit) {
        self.0.lock().unwrap().push(commit.record.version);
    }

    async fn after(&self, _: StoreCall, _: StoreOutcome, (): ()) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn an_interceptor_sees_the_commits_that_are_kept_and_no_others() {
    let store = Intercepted::new(MemoryStore::new(), Kept::default());
    let commit = first_commit();
    store.commit_user(&commit).await.unwrap();
    store.commit_user(&first_commit()).await.unwrap_err();
    let kept = store.interceptor().0.lock().unwrap();
    assert_eq!(*kept, [commit.record.version]);
}

#[tokio::test]
async fn calls_wait_at_gates_before_and_after_the_store_works() {
    let (inside, faults) = (MemoryStore::new(), Faults::default());
    let store = Intercepted::new(inside.clone(), faults.clone());
    let (before, after) = (Gate::new(), Gate::new());
    faults.on_nth(StoreCall::CommitUser, 0, Fault::HoldBefore(before.clone()));
    faults.on_nth(StoreCall::EraseUser, 0, Fault::HoldAfter(after.clone()));

    let commit = first_commit();
    let mut committing = store.commit_user(&commit);
    assert!((&mut committing).now_or_never().is_none());
    before.reached().await;
    assert!(!is_kept(&inside).await);
    before.open();
    committing.await.unwrap();

    let mut erasing = store.erase_user(USER);
    assert!((&mut erasing).now_or_never().is_none());
    after.reached().await;
    assert!(!is_kept(&inside).await);
    after.open();
    assert!(erasing.await.unwrap());
}

#[tokio::test]
async fn a_limit_bounds_calls_and_a_dropped_one_gives_up_its_place() {
    let (limit, faults) = (InFlightLimit::new(NonZeroUsize::MIN), Faults::default());
    let gate = Gate::new();
    faults.on_next(StoreCall::ListUsers, Fault::HoldBefore(gate.clone()));
    let store = Intercepted::new(MemoryStore::new(), faults);
    let store = Intercepted::new(store, limit.clone());

    let mut held = store.list_users(None, 1);
    assert!((&mut held).now_or_never().is_none());
    assert_eq!(limit.available(), 0);
    assert!(store.list_users(None, 1).now_or_never().is_none());
    gate.open();
    held.await.unwrap();
    assert_eq!(limit.available(), 1);
    assert!(store.list_users(None, 1).now_or_never().is_some());
}

#[tokio::test]
async fn shared_and_intercepted_stores_are_stores_and_logs() {
    fn is_both(_: &(impl Store + EventLog + std::fmt::Debug)) {}
    let store = Arc::new(MemoryStore::new().with_outbox());
    is_both(&store);
    is_both(&Intercepted::new(store.clone(), Faults::default()));
    is_both(&MockStore::new());
    let object: Arc<dyn Store> = store;
    let around: Arc<dyn Store> = Arc::new(Intercepted::new(object, Faults::default()));
    around.commit_user(&first_commit()).await.unwrap();
    assert!(is_kept(&around).await);
}

#[tokio::test]
async fn a_mock_answers_as_scripted() {
    let mut store = MockStore::new();
    let conflict = |_: &Commit| Err(CommitError::Conflict);
    store.expect_commit_user().times(1).returning(conflict);
    let answer = store.commit_user(&first_commit()).await;
    assert!(matches!(answer, Err(CommitError::Conflict)));
}

#[test]
fn every_call_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = StoreCall::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(names.len(), StoreCall::ALL.len());
    assert_eq!(StoreCall::CommitUser.to_string(), "commit_user");
    assert!(StoreCall::CommitUser.is_write() && !StoreCall::LoadUser.is_write());
}
