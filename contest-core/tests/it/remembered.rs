//! A remembered state saves the load before a commit, and is never used for an answer.

use std::sync::Arc;

use contest_core::prelude::*;

use crate::hooked::{Call, Delays, Fate, Hooked, Script};
use crate::support::*;

const LOAD: Call = Call::LoadUser;
const COMMIT: Call = Call::Commit;

/// Two processes over one store. The calls of the first are recorded.
struct Two {
    script: Arc<Script>,
    engine: Engine,
    other: Engine,
}

impl Two {
    async fn new() -> Self {
        let (store, script) = (bundled(), Arc::new(Script::default()));
        let engine = process(Hooked::new(store.clone(), &script), clock(), 7).await;
        let other = process(store, clock(), 1_000_000).await;
        script.take_calls();
        Self {
            script,
            engine,
            other,
        }
    }

    /// Makes a contest that the first process remembers.
    async fn contest(&self) -> Contest {
        let created = self.engine.create_contest(ALICE, &request(5)).await;
        self.script.take_calls();
        created.unwrap().contest
    }

    /// Marks a problem through the first process. Returns whether that changed anything, and its calls.
    async fn mark(&self, contest: &Contest, place: usize) -> (Result<bool, Error>, Vec<Call>) {
        let marked = self
            .engine
            .mark_solved(ALICE, contest.id, nth(contest, place));
        let marked = marked.await.map(|marked| marked.changed);
        (marked, self.script.take_calls())
    }
}

fn nth(contest: &Contest, place: usize) -> ProblemId {
    contest.problems[place].problem.id
}

#[tokio::test]
async fn a_change_after_another_is_one_commit() {
    let two = Two::new().await;
    let (engine, script) = (&two.engine, &two.script);
    let created = engine.create_contest(ALICE, &request(5)).await.unwrap();
    assert_eq!(script.take_calls(), [LOAD, COMMIT]);
    let contest = created.contest;
    let (marked, calls) = two.mark(&contest, 0).await;
    assert_eq!((marked.unwrap(), calls), (true, vec![COMMIT]));
    engine
        .unmark(ALICE, contest.id, nth(&contest, 0))
        .await
        .unwrap();
    let elsewhere = nth(&contest, 1);
    engine.record_solve(ALICE, elsewhere).await.unwrap();
    // Recording does not load the contest, yet it stays remembered.
    let (marked, _) = two.mark(&contest, 0).await;
    assert!(marked.unwrap());
    let later = contest.deadline + MINUTE;
    engine
        .extend_contest(ALICE, contest.id, later)
        .await
        .unwrap();
    let completed = engine.complete_contest(ALICE, contest.id).await.unwrap();
    assert_eq!(completed.completed_problems(), 1);
    assert_eq!(engine.reset_progress(ALICE).await.unwrap().removed, 2);
    engine.create_contest(ALICE, &request(5)).await.unwrap();
    assert_eq!(script.take_calls(), [COMMIT; 4]);
    assert_eq!(engine.verify_user(ALICE).await.unwrap(), []);
}

/// One conflict and one load. Once a load has shown that no other process commits, it is one commit
/// again.
#[tokio::test(start_paused = true)]
#[expect(
    clippy::disallowed_methods,
    reason = "the engine pauses by Tokio's clock"
)]
async fn a_change_by_another_process_is_seen() {
    let two = Two::new().await;
    let contest = two.contest().await;
    let marked = two.other.mark_solved(ALICE, contest.id, nth(&contest, 1));
    marked.await.unwrap();
    let before = tokio::time::Instant::now();
    let (marked, calls) = two.mark(&contest, 2).await;
    assert_eq!((marked.unwrap(), calls), (true, vec![COMMIT, LOAD, COMMIT]));
    assert_eq!(before.elapsed(), std::time::Duration::ZERO, "it waited");
    let completed = two.engine.complete_contest(ALICE, contest.id).await;
    assert_eq!(completed.unwrap().completed_problems(), 2);
    assert_eq!(two.script.take_calls(), [LOAD, COMMIT]);
    two.engine.reset_progress(ALICE).await.unwrap();
    assert_eq!(two.script.take_calls(), [COMMIT]);
}

/// If calls of a user go to any process, all but the first conflict are avoided.
#[tokio::test]
async fn processes_that_take_turns_lose_nothing() {
    let two = Two::new().await;
    let contest = two.contest().await;
    let catalogue = two.other.catalogue();
    let elsewhere = ids(&catalogue).into_iter();
    let mut elsewhere = elsewhere.filter(|id| !problem_ids(&contest).contains(id));
    for place in 0..5 {
        let problem = elsewhere.next().unwrap();
        two.other.record_solve(ALICE, problem).await.unwrap();
        let (marked, calls) = two.mark(&contest, place).await;
        assert!(marked.unwrap());
        let first = [COMMIT, LOAD, COMMIT];
        assert_eq!(calls, if place == 0 { &first[..] } else { &first[1..] });
    }
    assert_eq!(
        two.other.progress(ALICE).await.unwrap().overall().solved,
        10
    );
}

#[tokio::test]
async fn a_refusal_comes_from_a_fresh_load() {
    let two = Two::new().await;
    let contest = two.contest().await;
    let again = two.engine.create_contest(ALICE, &request(5)).await;
    assert_eq!(refusal(again).code(), "active_contest_exists");
    assert_eq!(two.script.take_calls(), [LOAD]);
    two.other.abandon_contest(ALICE, contest.id).await.unwrap();
    let created = two.engine.create_contest(ALICE, &request(5)).await;
    assert_ne!(created.unwrap().contest.id, contest.id);
    assert_eq!(two.script.take_calls(), [LOAD, COMMIT]);
}

#[tokio::test]
async fn that_nothing_is_to_be_done_comes_from_a_fresh_load() {
    let two = Two::new().await;
    let contest = two.contest().await;
    let problem = nth(&contest, 0);
    two.mark(&contest, 0).await.0.unwrap();
    let (again, calls) = two.mark(&contest, 0).await;
    assert_eq!((again.unwrap(), calls), (false, vec![LOAD]));
    two.other.unmark(ALICE, contest.id, problem).await.unwrap();
    let (again, calls) = two.mark(&contest, 0).await;
    assert_eq!((again.unwrap(), calls), (true, vec![LOAD, COMMIT]));
}

/// A stale state is not tried a second time.
#[tokio::test]
async fn a_conflict_makes_the_engine_forget() {
    let two = Two::new().await;
    let contest = two.contest().await;
    two.other.complete_contest(ALICE, contest.id).await.unwrap();
    for expected in [&[COMMIT, LOAD][..], &[LOAD]] {
        let (refused, calls) = two.mark(&contest, 0).await;
        assert_eq!(refusal(refused).code(), "contest_not_accepting");
        assert_eq!(calls, expected);
    }
}

#[tokio::test]
async fn a_commit_that_fails_or_whose_outcome_is_unknown_makes_the_engine_forget() {
    for fate in [Fate::Refused, Fate::LostBefore, Fate::LostAfter] {
        let two = Two::new().await;
        let contest = two.contest().await;
        two.script.next(COMMIT, fate);
        if fate != Fate::Refused {
            // The lookup fails.
            two.script.next(LOAD, Fate::Refused);
        }
        assert!(two.mark(&contest, 0).await.0.unwrap_err().is_retryable());
        let (marked, calls) = two.mark(&contest, 1).await;
        assert!(marked.unwrap());
        assert_eq!(calls, [LOAD, COMMIT], "{fate:?}");
        assert_eq!(two.engine.verify_user(ALICE).await.unwrap(), []);
    }
}

/// A commit of unknown outcome is looked up at once, and happens once.
#[tokio::test(start_paused = true)]
async fn a_commit_of_unknown_outcome_is_looked_for() {
    let two = Two::new().await;
    let contest = two.contest().await;
    two.script.next(COMMIT, Fate::LostAfter);
    let (marked, calls) = two.mark(&contest, 0).await;
    assert_eq!((marked.unwrap(), calls), (true, vec![COMMIT, LOAD]));
    // From now on it is remembered again.
    for place in [1, 2] {
        let (marked, calls) = two.mark(&contest, place).await;
        assert_eq!((marked.unwrap(), calls), (true, vec![LOAD, COMMIT]));
    }
    two.script.next(COMMIT, Fate::LostBefore);
    let (marked, calls) = two.mark(&contest, 3).await;
    assert_eq!((marked.unwrap(), calls), (true, vec![COMMIT, LOAD, COMMIT]));
}

/// Only the store may know that a key was used.
#[tokio::test]
async fn a_key_is_looked_up_in_the_store() {
    let two = Two::new().await;
    let request = request(5).with_idempotency_key(key("k"));
    let contest = two.other.create_contest(ALICE, &request).await.unwrap();
    let contest = contest.contest;
    two.engine.abandon_contest(ALICE, contest.id).await.unwrap();
    two.script.take_calls();
    let again = two.engine.create_contest(ALICE, &request).await.unwrap();
    assert!(again.repeated);
    assert_eq!(two.script.take_calls(), [LOAD]);
}

/// A remembered state has the revision of its load. Changes that rely on the catalogue detect that it
/// is old; the others ignore it.
#[tokio::test]
async fn changes_that_rely_on_the_catalogue_detect_a_publication() {
    let two = Two::new().await;
    let contest = two.contest().await;
    let catalogue = two.engine.catalogue();
    let fewer = without(&catalogue, nth(&contest, 4));
    publish(&two.other, &fewer).await;
    let (marked, calls) = two.mark(&contest, 0).await;
    assert_eq!((marked.unwrap(), calls), (true, vec![COMMIT]));
    two.engine
        .complete_contest(ALICE, contest.id)
        .await
        .unwrap();
    two.script.take_calls();
    let all_left = request(20).with_shortage_policy(ShortagePolicy::Strict);
    let created = two.engine.create_contest(ALICE, &all_left).await.unwrap();
    let outdated = [COMMIT, Call::LoadCatalogue, LOAD, COMMIT];
    assert_eq!(two.script.take_calls(), outdated);
    assert!(!problem_ids(&created.contest).contains(&nth(&contest, 4)));
    // After its own publication the engine holds a later catalogue than the remembered state says.
    let contest = created.contest;
    publish(&two.engine, &catalogue).await;
    two.engine.abandon_contest(ALICE, contest.id).await.unwrap();
    two.script.take_calls();
    two.engine.create_contest(ALICE, &request(1)).await.unwrap();
    assert_eq!(two.script.take_calls(), [LOAD, COMMIT]);
}

/// Reads see the changes of another process, and ask the store each time.
#[tokio::test]
async fn reads_use_nothing_that_is_remembered() {
    let two = Two::new().await;
    let contest = two.contest().await;
    let problem = nth(&contest, 0);
    let marked = two.other.mark_solved(ALICE, contest.id, problem);
    marked.await.unwrap();
    let engine = &two.engine;
    assert_eq!(engine.progress(ALICE).await.unwrap().overall().solved, 1);
    let active = engine.active_contest(ALICE).await.unwrap().unwrap();
    assert_eq!(active.completed_problems(), 1);
    let found = engine.contest(ALICE, contest.id).await.unwrap();
    assert_eq!(found.completed_problems(), 1);
    let five = SelectionRequest::new(count(5));
    let selected = engine.select(ALICE, &five).await.unwrap();
    assert!(!selected.problems.contains(&problem));
    assert_eq!(two.script.take_calls(), [LOAD; 4]);
}

/// An engine that remembers this many users, and its calls.
async fn remembering(users: usize) -> (Engine, Arc<Script>) {
    let script = Arc::new(Script::default());
    let builder = Engine::builder(Hooked::new(bundled(), &script)).clock(clock());
    let engine = builder.remembered_users(users).build().await.unwrap();
    script.take_calls();
    (engine, script)
}

#[tokio::test]
async fn the_user_who_changed_nothing_for_longest_is_forgotten() {
    let (engine, script) = remembering(2).await;
    let calls = async |of: u128| {
        engine.reset_progress(user(of)).await.unwrap();
        script.take_calls()
    };
    for new in [1, 2] {
        assert_eq!(calls(new).await, [LOAD, COMMIT]);
    }
    assert_eq!(calls(1).await, [COMMIT]);
    assert_eq!(calls(3).await, [LOAD, COMMIT]);
    assert_eq!(calls(1).await, [COMMIT], "it was the latest but one");
    assert_eq!(calls(2).await, [LOAD, COMMIT], "it was evicted");
    assert_eq!(calls(3).await, [LOAD, COMMIT], "it was evicted in turn");
}

#[tokio::test]
async fn nothing_is_remembered_where_that_is_turned_off() {
    let (engine, script) = remembering(0).await;
    for _ in 0..3 {
        engine.reset_progress(ALICE).await.unwrap();
        assert_eq!(script.take_calls(), [LOAD, COMMIT]);
    }
}

#[tokio::test]
async fn nothing_is_remembered_of_an_erased_user() {
    let two = Two::new().await;
    let contest = two.contest().await;
    assert!(two.engine.erase_user(ALICE).await.unwrap());
    two.script.take_calls();
    let (refused, calls) = two.mark(&contest, 0).await;
    assert_eq!(refusal(refused).code(), "contest_not_found");
    assert_eq!(calls, [LOAD]);
    // Another process has erased the user, which is detected.
    let contest = two.contest().await;
    assert!(two.other.erase_user(ALICE).await.unwrap());
    let (refused, calls) = two.mark(&contest, 0).await;
    assert_eq!(refusal(refused).code(), "contest_not_found");
    assert_eq!(calls, [COMMIT, LOAD]);
    assert!(!two.engine.erase_user(ALICE).await.unwrap());
}

/// A call that is dropped, before or after its commit is stored, does not affect the next.
#[tokio::test]
async fn i14_a_dropped_call_leaves_nothing_wrong_remembered() {
    for polls in 0..8 {
        let delays: Arc<Delays> = Arc::new(Delays::Yields(2));
        let engine = engine(Hooked::new(bundled(), &delays)).await;
        let created = engine.create_contest(ALICE, &request(5)).await.unwrap();
        let contest = created.contest;
        {
            let mut mark = Box::pin(engine.mark_solved(ALICE, contest.id, nth(&contest, 0)));
            for _ in 0..polls {
                if futures::poll!(&mut mark).is_ready() {
                    break;
                }
            }
        }
        let marked = engine.mark_solved(ALICE, contest.id, nth(&contest, 1));
        assert!(marked.await.unwrap().changed, "after {polls} polls");
        let kept = engine.contest(ALICE, contest.id).await.unwrap();
        let progress = engine.progress(ALICE).await.unwrap();
        assert_eq!(progress.overall().solved, kept.completed_problems() as u64);
        assert_eq!(engine.verify_user(ALICE).await.unwrap(), []);
    }
}
