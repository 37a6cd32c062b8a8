//! Each call of the store failing in turn: the failure surfaces, siblings are dropped, nothing is
//! written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use contest_core::calendar::TimeZone;
use contest_core::engine::PaceWindow;
use contest_core::prelude::*;
use contest_core::progress::ActivityWindow;
use contest_core::store::{StoreErrorKind, async_trait};

use crate::hooked::{Call, Fate, Hook, Hooked, Permit, Script, down};
use crate::support::*;

/// An engine over a scripted store with the bundled catalogue.
async fn scripted() -> (Engine, Arc<Script>) {
    let script = Arc::new(Script::default());
    let engine = engine(Hooked::new(bundled(), &script)).await;
    script.take_calls();
    (engine, script)
}

/// The scripted failure, intact.
#[track_caller]
fn assert_down<T: std::fmt::Debug>(answer: Result<T, Error>) {
    let error = answer.unwrap_err();
    let Error::Store(store) = &error else {
        panic!("not the store's error: {error}")
    };
    assert_eq!(store.kind(), StoreErrorKind::Transient);
    let source = std::error::Error::source(store).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the wire is cut"));
    assert_eq!(store.to_string(), down().to_string());
    assert!(error.is_retryable());
}

#[tokio::test]
async fn i15_a_failed_load_stops_creation_before_any_write() {
    let (engine, script) = scripted().await;
    script.next(Call::LoadUser, Fate::Refused);
    assert_down(engine.create_contest(user(1), &request(5)).await);
    assert_eq!(script.take_calls(), [Call::LoadUser]);
}

#[tokio::test]
async fn i15_a_failed_look_at_the_log_stops_creation_before_any_write() {
    let (engine, script) = scripted().await;
    let recently = SolvedRule::ExcludeWithin(HOUR);
    let rules = Eligibility::default().with_solved(recently);
    script.next(Call::ListAttempts, Fate::Refused);
    let request = request(5).with_eligibility(rules);
    assert_down(engine.create_contest(user(1), &request).await);
    assert_eq!(script.take_calls(), [Call::LoadUser, Call::ListAttempts]);
}

#[tokio::test]
async fn i15_a_failed_creation_surfaces_and_is_not_repeated() {
    let (engine, script) = scripted().await;
    script.next(Call::Commit, Fate::Refused);
    assert_down(engine.create_contest(user(1), &request(5)).await);
    assert_eq!(script.take_calls(), [Call::LoadUser, Call::Commit]);
    assert!(engine.active_contest(user(1)).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_selection_that_stays_outdated_is_given_up_after_a_bounded_number_of_attempts() {
    let (engine, script) = scripted().await;
    for _ in 0..1_000 {
        script.next(Call::Commit, Fate::Outdated);
    }
    let error = engine.create_contest(user(1), &request(5)).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Contended { .. }) && error.is_retryable());
    let calls = script.take_calls();
    let commits = calls.iter().filter(|call| **call == Call::Commit).count();
    let reloads = calls.iter().filter(|call| **call == Call::LoadCatalogue);
    assert_eq!(commits, reloads.count(), "each reloads the catalogue");
    assert!(commits <= 100, "{commits}");
}

#[tokio::test]
async fn i5_a_failed_look_up_of_the_key_surfaces() {
    let (engine, script) = scripted().await;
    script.next(Call::LoadUser, Fate::Refused);
    let request = request(5).with_idempotency_key(key("k"));
    assert_down(engine.create_contest(user(1), &request).await);
    assert_eq!(script.take_calls(), [Call::LoadUser]);
}

/// Sets a flag when it is dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Makes one kind of call fail and others hang; reports when a hanging one was dropped.
struct FailOne {
    failing: Call,
    hanging: Call,
    dropped: Arc<AtomicBool>,
}

#[async_trait]
impl Hook for FailOne {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        if call == self.failing {
            tokio::task::yield_now().await;
            return (Fate::Refused, Box::new(()));
        }
        if call == self.hanging {
            let _dropped = Flag(Arc::clone(&self.dropped));
            std::future::pending::<()>().await;
        }
        (Fate::Done, Box::new(()))
    }
}

async fn failing(failing: Call, hanging: Call) -> (Engine, Arc<AtomicBool>) {
    let dropped = Arc::new(AtomicBool::new(false));
    let hook = Arc::new(FailOne {
        failing,
        hanging,
        dropped: Arc::clone(&dropped),
    });
    (engine(Hooked::new(bundled(), &hook)).await, dropped)
}

/// One part fails; the others, which would never answer, are dropped.
#[tokio::test]
async fn i15_a_failed_part_of_progress_drops_its_siblings() {
    let window = ActivityWindow::last_days(7, TimeZone::UTC).unwrap();
    for [one, other] in [
        [Call::LoadUser, Call::ListAttempts],
        [Call::ListAttempts, Call::LoadUser],
    ] {
        let (engine, dropped) = failing(one, other).await;
        assert_down(engine.activity(user(1), &window).await);
        assert!(dropped.load(SeqCst), "{other:?} was not dropped");
    }
    for [one, other] in [
        [Call::LoadUser, Call::ListContests],
        [Call::ListContests, Call::LoadUser],
    ] {
        let (engine, dropped) = failing(one, other).await;
        let window = PaceWindow::default();
        assert_down(engine.pace(user(1), &window).await);
        assert!(dropped.load(SeqCst), "{other:?} was not dropped");
    }
}

/// The concurrent reads of a decision's history fail together, too.
#[tokio::test]
async fn i15_a_failed_part_of_a_selection_drops_its_siblings() {
    let (engine, dropped) = failing(Call::ListAttempts, Call::ListContests).await;
    let verified = engine.verify_user(user(1)).await;
    assert_eq!(verified.unwrap(), [], "nothing is stored yet");
    let problem = engine.catalogue().problems()[0].id;
    engine.record_solve(user(1), problem).await.unwrap();
    assert_down(engine.verify_user(user(1)).await);
    assert!(dropped.load(SeqCst));
}

#[tokio::test]
async fn i15_progress_is_asked_for_once() {
    let (engine, script) = scripted().await;
    engine.progress(user(1)).await.unwrap();
    assert_eq!(script.take_calls(), [Call::LoadUser]);
}

/// One test for each operation whose first call fails: the failure surfaces, and the store sees no
/// other call.
macro_rules! surfaces {
    ($($name:ident: $failing:ident, $engine:ident => $call:expr;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let ($engine, script) = scripted().await;
                script.next(Call::$failing, Fate::Refused);
                assert_down($call.await);
                assert_eq!(script.take_calls(), [Call::$failing]);
            }
        )*
    };
}

const CONTEST: ContestId = ContestId::from_uuid(uuid::Uuid::nil());
const PROBLEM: ProblemId = ProblemId::from_uuid(uuid::Uuid::nil());

mod i15_a_failure_surfaces_and_nothing_else_is_called {
    use super::*;

    surfaces! {
        select: LoadUser, e => e.select(user(1), &SelectionRequest::new(count(5)));
        explain: LoadUser, e => e.explain(user(1), &SelectionRequest::new(count(5)));
        replay: Request, e => e.replay(user(1), CONTEST);
        contest: LoadUser, e => e.contest(user(1), CONTEST);
        active_contest: LoadUser, e => e.active_contest(user(1));
        contests: ListContests, e => e.contests(user(1), None, PageLimit::default());
        contest_results: ListContests, e => e.contest_results(user(1), None, PageLimit::default());
        pace: ListContests, e => e.pace(user(1), &PaceWindow::default());
        mark_solved: LoadUser, e => e.mark_solved(user(1), CONTEST, PROBLEM);
        unmark: LoadUser, e => e.unmark(user(1), CONTEST, PROBLEM);
        complete_contest: LoadUser, e => e.complete_contest(user(1), CONTEST);
        abandon_contest: LoadUser, e => e.abandon_contest(user(1), CONTEST);
        extend_contest: LoadUser, e => e.extend_contest(user(1), CONTEST, START);
        resume_contest: LoadUser, e => e.resume_contest(user(1), CONTEST);
        reset_progress: LoadUser, e => e.reset_progress(user(1));
        epoch: LoadUser, e => e.epoch(user(1));
        progress: LoadUser, e => e.progress(user(1));
        record_solve: LoadUser, e => e.record_solve(user(1), PROBLEM);
        record_solves: LoadUser, e => e.record_solves(user(1), &[NewSolve::new(PROBLEM, START)]);
        attempt_history: ListAttempts, e => e.attempt_history(user(1), None, PageLimit::default());
        activity: LoadUser,
            e => e.activity(user(1), &ActivityWindow::last_days(7, TimeZone::UTC).unwrap());
        streaks: LoadUser, e => e.streaks(user(1), &TimeZone::UTC);
        verify_user: LoadUser, e => e.verify_user(user(1));
        users: ListUsers, e => e.users(None, 10);
        erase_user: Erase, e => e.erase_user(user(1));
        publish_catalogue: LoadCatalogue, e => e.publish_catalogue(&Catalogue::default());
        plan_publication: LoadCatalogue, e => e.plan_publication(&Catalogue::default());
    }
}

#[tokio::test]
async fn i15_a_failed_load_keeps_the_old_catalogue() {
    let (engine, script) = scripted().await;
    script.next(Call::LoadCatalogue, Fate::Refused);
    assert_down(engine.reload_catalogue().await);
    assert_eq!(engine.catalogue().problems().len(), 150);
    // And the next one is new.
    engine.reload_catalogue().await.unwrap();
}
