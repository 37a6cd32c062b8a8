//! Each call of the store failing in turn: the failure surfaces, siblings are dropped, nothing is
//! written.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use async_trait::async_trait;
use contest_core::calendar::TimeZone;
use contest_core::conformance::{Fault, Faults};
use contest_core::next::engine::{ActivityWindow, PaceWindow};
use contest_core::model::{ContestCounts, PerDifficulty};
use contest_core::next::prelude::*;
use contest_core::next::store::{
    CreateContestError, Intercepted, Interceptor, MockStore, StoreError, StoreErrorKind,
    StoreOperation,
};

use crate::support::*;

/// A mock that answers the first load of the catalogue and nothing else: any other call panics.
fn mock() -> MockStore {
    let mut store = MockStore::new();
    store
        .expect_load_catalogue()
        .returning(|| Ok(Catalogue::neetcode150()));
    store
}

fn down() -> StoreError {
    StoreError::transient("scripted").with_source(std::io::Error::other("the wire is cut"))
}

/// The scripted failure, kept whole.
fn assert_down(error: &Error) {
    let Error::Store(store) = error else {
        panic!("not the store's error: {error}")
    };
    assert_eq!(store.kind(), StoreErrorKind::Transient);
    let source = std::error::Error::source(store).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the wire is cut"));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn i15_a_failed_membership_stops_creation_before_any_write() {
    let mut store = mock();
    store
        .expect_solved_among()
        .times(1)
        .returning(|_, _| Err(down()));
    store.expect_create_contest().never();
    let engine = engine(store).await;
    assert_down(
        &engine
            .create_contest(user(1), &request(5))
            .await
            .unwrap_err(),
    );
}

#[tokio::test]
async fn i15_a_failed_creation_surfaces_and_is_not_repeated() {
    let mut store = mock();
    store
        .expect_solved_among()
        .times(1)
        .returning(|_, _| Ok(HashSet::new()));
    store
        .expect_create_contest()
        .times(1)
        .returning(|_, _| Err(down().into()));
    let engine = engine(store).await;
    assert_down(
        &engine
            .create_contest(user(1), &request(5))
            .await
            .unwrap_err(),
    );
}

#[tokio::test]
async fn a_selection_that_stays_outdated_is_given_up_after_three_attempts() {
    let mut store = mock();
    store
        .expect_solved_among()
        .times(3)
        .returning(|_, _| Ok(HashSet::new()));
    store
        .expect_create_contest()
        .times(3)
        .returning(|_, contest| {
            Err(CreateContestError::ProblemsUnavailable {
                problems: contest.problems.clone(),
            })
        });
    let engine = engine(store).await;
    let error = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::SelectionOutdated) && error.is_retryable());
}

#[tokio::test]
async fn i5_a_failed_look_up_of_the_key_surfaces() {
    let mut store = mock();
    store
        .expect_solved_among()
        .returning(|_, ids| Ok(ids.iter().copied().collect()));
    store
        .expect_find_contest_by_key()
        .times(1)
        .returning(|_, _| Err(down()));
    store.expect_create_contest().never();
    let engine = engine(store).await;
    let request = request(5).with_idempotency_key(key("k"));
    assert_down(&engine.create_contest(user(1), &request).await.unwrap_err());
}

/// Sets a flag when it is dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Makes one operation fail and every other hang; says when a hanging one was dropped.
#[derive(Debug, Clone)]
struct FailOne(StoreOperation, Arc<AtomicBool>);

#[async_trait]
impl Interceptor for FailOne {
    type Permit = ();

    async fn before(&self, operation: StoreOperation) -> Result<(), StoreError> {
        if operation == StoreOperation::LoadCatalogue {
            return Ok(());
        }
        if operation == self.0 {
            tokio::task::yield_now().await;
            return Err(down());
        }
        let _dropped = Flag(Arc::clone(&self.1));
        std::future::pending().await
    }

    async fn after(&self, _: StoreOperation, (): ()) -> Result<(), StoreError> {
        Ok(())
    }
}

/// One part fails; the others, which would never answer, are dropped.
#[tokio::test]
async fn i15_a_failed_part_of_progress_drops_its_siblings() {
    for failing in [
        StoreOperation::SolvedByDifficulty,
        StoreOperation::SolvedByTopic,
        StoreOperation::CountContests,
    ] {
        let dropped = Arc::new(AtomicBool::new(false));
        let store = Intercepted::new(bundled(), FailOne(failing, Arc::clone(&dropped)));
        let engine = engine(store).await;
        assert_down(&engine.progress(user(1)).await.unwrap_err());
        assert!(
            dropped.load(SeqCst),
            "siblings of {failing} were not dropped"
        );
    }
}

#[tokio::test]
async fn i15_each_part_of_progress_is_asked_for_once() {
    let mut store = mock();
    let some = PerDifficulty::new(1, 2, 3);
    store
        .expect_solved_by_difficulty()
        .times(1)
        .returning(move |_| Ok(some));
    store
        .expect_solved_by_topic()
        .times(1)
        .returning(|_| Ok(BTreeMap::new()));
    store
        .expect_count_contests()
        .times(1)
        .returning(|_, _| Ok(ContestCounts::default()));
    let engine = engine(store).await;
    assert_eq!(engine.progress(user(1)).await.unwrap().overall().solved, 6);
}

/// One test for each operation whose first call fails: the failure surfaces, and the store sees no
/// other call, for the mock panics on any.
macro_rules! surfaces {
    ($($name:ident: $expect:ident(|$($_:pat_param),*|), $engine:ident => $call:expr;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let mut store = mock();
                store.$expect().times(1).returning(|$($_),*| Err(down().into()));
                let $engine = engine(store).await;
                assert_down(&$call.await.unwrap_err());
            }
        )*
    };
}

const CONTEST: ContestId = ContestId::from_uuid(uuid::Uuid::nil());
const PROBLEM: ProblemId = ProblemId::from_uuid(uuid::Uuid::nil());

mod i15_a_failure_surfaces_and_nothing_else_is_called {
    use super::*;

    surfaces! {
        select: expect_solved_among(|_, _|),
            e => e.select(user(1), &SelectionRequest::new(count(5)));
        contest: expect_find_contest(|_, _|), e => e.contest(user(1), CONTEST);
        active_contest: expect_find_active_contest(|_, _|), e => e.active_contest(user(1));
        contests: expect_list_contests(|_, _|),
            e => e.contests(user(1), None, PageLimit::default());
        contest_results: expect_list_contests(|_, _|),
            e => e.contest_results(user(1), None, PageLimit::default());
        pace: expect_list_contests(|_, _|), e => e.pace(user(1), &PaceWindow::default());
        mark_solved: expect_mark_problem(|_, _, _, _, _|),
            e => e.mark_solved(user(1), CONTEST, PROBLEM);
        unmark: expect_mark_problem(|_, _, _, _, _|), e => e.unmark(user(1), CONTEST, PROBLEM);
        complete_contest: expect_finish_contest(|_, _, _, _|),
            e => e.complete_contest(user(1), CONTEST);
        abandon_contest: expect_finish_contest(|_, _, _, _|),
            e => e.abandon_contest(user(1), CONTEST);
        record_solve: expect_record_solves(|_, _|), e => e.record_solve(user(1), PROBLEM);
        record_solves: expect_record_solves(|_, _|),
            e => e.record_solves(user(1), &[NewSolve::new(PROBLEM, START)]);
        solve_history: expect_solve_history(|_, _|),
            e => e.solve_history(user(1), None, PageLimit::default());
        activity: expect_count_solves_between(|_, _|),
            e => e.activity(user(1), &ActivityWindow::last_days(7, TimeZone::UTC).unwrap());
        publish_catalogue: expect_publish_catalogue(|_|),
            e => e.publish_catalogue(&Catalogue::default());
    }
}

#[tokio::test]
async fn i15_a_failed_load_keeps_the_old_catalogue() {
    let faults = Faults::default();
    let engine = engine(Intercepted::new(bundled(), faults.clone())).await;
    faults.inject(StoreOperation::LoadCatalogue, Fault::Refuse);
    let error = engine.reload_catalogue().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)));
    assert_eq!(engine.catalogue().problems().len(), 150);
}
