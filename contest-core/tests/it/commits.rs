//! Acknowledged changes are never lost, and no commit succeeds on facts of different instants (I19).

use std::sync::{Arc, Mutex};

use contest_core::id::Version;
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{Commit, CommitError, ContestSelector, UserRepository, async_trait};
use contest_core::time::ManualClock;
use contest_core::user::FORMAT;
use futures::future::BoxFuture;

use crate::hooked::{Call, Fate, Hook, Hooked, Permit, Script};
use crate::scene::Scene;
use crate::support::*;

/// Runs code right before the next call of a kind.
struct Meanwhile {
    call: Call,
    does: Mutex<Option<BoxFuture<'static, ()>>>,
}

#[async_trait]
impl Hook for Meanwhile {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        let does = if call == self.call {
            self.does.lock().unwrap().take()
        } else {
            None
        };
        if let Some(does) = does {
            does.await;
        }
        (Fate::Done, Box::new(()))
    }
}

/// A process at this time; `by` runs right before its next call of a kind.
async fn disturbed(
    scene: &Scene,
    now: Timestamp,
    call: Call,
    does: impl Future<Output = ()> + Send + 'static,
) -> (Engine, Arc<Meanwhile>) {
    let hook = Arc::new(Meanwhile {
        call,
        does: Mutex::new(None),
    });
    let engine = hooked(scene, now, &hook).await;
    *hook.does.lock().unwrap() = Some(Box::pin(does));
    (engine, hook)
}

async fn hooked<H: Hook>(scene: &Scene, now: Timestamp, hook: &Arc<H>) -> Engine {
    Engine::builder(Hooked::new(scene.store.clone(), hook))
        .clock(Arc::new(ManualClock::new(now)))
        .seeds(SequentialSeeds::new(1_000_000))
        .resume_policy(ResumePolicy::BeforeDeadline)
        .build()
        .await
        .unwrap()
}

/// A publication between load and commit: the creation is outdated, reloads, and selects no retired
/// problem.
#[tokio::test]
async fn i19_a_publication_between_load_and_commit_of_a_creation_is_noticed() {
    let scene = Scene::with(6).await;
    let other = scene.process_at(START).await;
    let fewer = changed(&scene.catalogue, |problem| {
        let gone = problem.position < 3;
        problem.with_retired(gone)
    });
    let publishing = async move { drop(publish(&other, &fewer).await) };
    let (engine, hook) = disturbed(&scene, START, Call::Commit, publishing).await;
    let created = engine.create_contest(ALICE, &request(5)).await.unwrap();
    assert!(hook.does.lock().unwrap().is_none());
    let mut selected = problem_ids(&created.contest);
    selected.sort_unstable();
    let mut in_use = scene.problems[3..].to_vec();
    in_use.sort_unstable();
    assert_eq!(selected, in_use);
    assert_eq!(engine.catalogue().revision().number, 2);
    scene.audit(ALICE, START).await;
}

/// Recording relies on the catalogue too: a problem published in between is accepted.
#[tokio::test]
async fn i19_a_publication_meanwhile_makes_new_problems_known() {
    let scene = Scene::with(6).await;
    let other = scene.process_at(START).await;
    let fresh = problem(6).id;
    let publishing = async move { drop(other.publish_catalogue(&numbered(7)).await.unwrap()) };
    let (engine, _) = disturbed(&scene, START, Call::LoadUser, publishing).await;
    let recorded = engine.record_solve(ALICE, fresh).await.unwrap();
    assert_eq!(recorded.recorded, 1);
    assert_eq!(scene.audit(ALICE, START).await.solved, [fresh].into());
}

/// A user is erased between load and commit: no data of the user comes back.
#[tokio::test]
async fn i19_a_user_erased_in_between_is_a_new_user() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let erased = async |call| {
        let contest = scene.create(ALICE, START, &[one]).await;
        scene.mark(START, &contest, one).await;
        let other = scene.process_at(START).await;
        let erasing = async move { assert!(other.erase_user(ALICE).await.unwrap()) };
        let (engine, _) = disturbed(&scene, minute(1), call, erasing).await;
        (engine, contest)
    };
    let (engine, contest) = erased(Call::Commit).await;
    let unmarked = engine.unmark(ALICE, contest.id, one).await;
    assert_eq!(refusal(unmarked).code(), "contest_not_found");
    let (engine, contest) = erased(Call::Commit).await;
    let completed = engine.complete_contest(ALICE, contest.id).await;
    assert_eq!(refusal(completed).code(), "contest_not_found");
    let nothing = scene.audit(ALICE, minute(1)).await;
    assert_eq!((nothing.record, nothing.contests.len()), (None, 0));
    let (engine, _) = erased(Call::Commit).await;
    engine.record_solve(ALICE, two).await.unwrap();
    let seen = scene.audit(ALICE, minute(1)).await;
    assert_eq!((seen.solved, seen.events.len()), ([two].into(), 1));
    assert!(scene.at(minute(2)).erase_user(ALICE).await.unwrap());
    assert!(!scene.at(minute(2)).erase_user(ALICE).await.unwrap());
    scene.create(ALICE, minute(3), &[one, two, three]).await;
    scene.audit(ALICE, minute(3)).await;
}

/// A record is inserted only if none was expected.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i19_of_two_first_commits_of_a_new_user_none_is_lost() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let other = scene.process_at(START).await;
    let first = Box::pin(async move { _ = other.record_solve(ALICE, two).await.unwrap() });
    let (engine, _) = disturbed(&scene, START, Call::Commit, first).await;
    engine.record_solve(ALICE, one).await.unwrap();
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.solved, [one, two].into());
    for round in 0..16 {
        let user = user(100 + round);
        let recorded = race(4, |number| {
            let (engine, problem) = (scene.engine(number), scene.problems[number]);
            async move { engine.record_solve(user, problem).await.unwrap().recorded }
        });
        assert_eq!(recorded.await, [1; 4]);
        assert_eq!(scene.audit(user, START).await.solved.len(), 4);
    }
}

/// The store refuses a commit on an old version, and stores nothing of it.
#[tokio::test]
async fn i19_a_commit_on_stale_facts_conflicts() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    scene.record(ALICE, START, &[one]).await;
    let selector = ContestSelector::None;
    let stale = scene.store.load_user(ALICE, &selector).await.unwrap();
    scene.record(ALICE, minute(1), &[two]).await;
    let before = scene.audit(ALICE, minute(1)).await;
    for expected in [stale.version(), None] {
        let commit = Commit {
            expected,
            ..commit_of(stale.record.clone().unwrap())
        };
        let answer = scene.store.commit_user(&commit).await;
        assert!(matches!(answer, Err(CommitError::Conflict)));
    }
    assert_eq!(scene.audit(ALICE, minute(1)).await, before);
}

/// A commit of this record only.
fn commit_of(record: contest_core::user::UserRecord) -> Commit {
    Commit {
        solved_changed: true,
        seen_changed: true,
        ..Commit::of_record(ALICE, Some(record.version), record)
    }
}

/// A resumption reads the log of the version it commits on: a solve recorded after the load, or after
/// the page, is not lost.
#[tokio::test]
async fn i19_a_resumption_never_goes_by_a_log_of_another_instant() {
    for call in [Call::ListAttempts, Call::Commit] {
        let scene = Scene::with(12).await;
        let [one, two] = scene.first();
        let contest = scene.create(ALICE, START, &[one, two]).await;
        scene.mark(minute(1), &contest, one).await;
        scene.mark(minute(1), &contest, two).await;
        scene.abandon(minute(2), &contest).await;
        let other = scene.process_at(minute(3)).await;
        let recording = Box::pin(async move { _ = other.record_solve(ALICE, one).await.unwrap() });
        let (engine, hook) = disturbed(&scene, minute(3), call, recording).await;
        engine.resume_contest(ALICE, contest.id).await.unwrap();
        assert!(hook.does.lock().unwrap().is_none());
        for problem in [one, two] {
            scene.unmark(minute(4), &contest, problem).await;
        }
        let seen = scene.audit(ALICE, minute(4)).await;
        assert_eq!(seen.solved, [one].into(), "before {call:?}");
    }
}

/// A read uses data of one instant too: here no commit would detect otherwise.
#[tokio::test]
async fn i19_a_recount_never_mixes_two_instants() {
    for call in [Call::ListAttempts, Call::ListContests] {
        let scene = Scene::with(12).await;
        let [one, two] = scene.first();
        scene.record(ALICE, START, &[one]).await;
        let other = scene.process_at(minute(1)).await;
        let meanwhile = Box::pin(async move {
            _ = other.record_solve(ALICE, two).await.unwrap();
            _ = other.create_contest(ALICE, &request(1)).await.unwrap();
        });
        let (engine, hook) = disturbed(&scene, minute(1), call, meanwhile).await;
        assert_eq!(engine.verify_user(ALICE).await.unwrap(), [], "{call:?}");
        assert!(hook.does.lock().unwrap().is_none());
    }
}

type Operation = fn(Engine, Contest) -> BoxFuture<'static, Result<(), Error>>;

/// Use cases that change data, for a user with a marked problem in an active contest, or in an
/// abandoned one.
const OPERATIONS: [(&str, bool, Operation); 9] = [
    ("create", false, |e, _| {
        Box::pin(async move { e.create_contest(ALICE, &request(2)).await.map(drop) })
    }),
    ("mark", true, |e, c| {
        Box::pin(async move { e.mark_solved(ALICE, c.id, nth(&c, 1)).await.map(drop) })
    }),
    ("unmark", true, |e, c| {
        Box::pin(async move { e.unmark(ALICE, c.id, nth(&c, 0)).await.map(drop) })
    }),
    ("complete", true, |e, c| {
        Box::pin(async move { e.complete_contest(ALICE, c.id).await.map(drop) })
    }),
    ("abandon", true, |e, c| {
        Box::pin(async move { e.abandon_contest(ALICE, c.id).await.map(drop) })
    }),
    ("extend", true, |e, c| {
        Box::pin(async move {
            let later = c.deadline + MINUTE;
            e.extend_contest(ALICE, c.id, later).await.map(drop)
        })
    }),
    ("resume", false, |e, c| {
        Box::pin(async move { e.resume_contest(ALICE, c.id).await.map(drop) })
    }),
    ("reset", false, |e, _| {
        Box::pin(async move { e.reset_progress(ALICE).await.map(drop) })
    }),
    ("record", true, |e, c| {
        Box::pin(async move { e.record_solve(ALICE, nth(&c, 1)).await.map(drop) })
    }),
];

fn nth(contest: &Contest, place: usize) -> ProblemId {
    contest.problems[place].problem.id
}

/// Whatever the outcomes of its first commits, a use case happens once, and its caller gets the result.
#[tokio::test(start_paused = true)]
async fn i19_a_commit_of_unknown_outcome_happens_once() {
    use Fate::{Conflict, Done, LostAfter, LostBefore, Outdated};
    let fates = [
        vec![LostAfter],
        vec![LostBefore],
        vec![LostBefore, LostBefore, LostAfter],
        vec![Conflict, LostAfter],
        vec![Outdated, LostBefore],
        vec![Done],
    ];
    for (name, active, operation) in OPERATIONS {
        for fates in &fates {
            let scene = Scene::with(12).await;
            let [one, two] = scene.first();
            let contest = scene.create(ALICE, START, &[one, two]).await;
            scene.mark(START, &contest, nth(&contest, 0)).await;
            if !active {
                scene.abandon(START, &contest).await;
            }
            let before = scene.audit(ALICE, START).await;
            let script = Arc::new(Script::default());
            let engine = hooked(&scene, minute(1), &script).await;
            for fate in fates {
                script.next(Call::Commit, *fate);
            }
            let done = operation(engine, contest).await;
            done.unwrap_or_else(|error| panic!("{name} with {fates:?}: {error}"));
            let after = scene.audit(ALICE, minute(1)).await;
            let counted = after.events.len() - before.events.len();
            assert_eq!(counted, 1, "{name} with {fates:?}");
        }
    }
}

/// A creation that was stored and is followed by another call's commit is found by its contest.
#[tokio::test]
async fn i19_a_kept_creation_is_found_behind_another_commit() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let script = Arc::new(Script::default());
    let other = scene.process_at(START).await;
    let recording = Box::pin(async move { _ = other.record_solve(ALICE, one).await.unwrap() });
    let meanwhile = Arc::new(Lost {
        script: Arc::clone(&script),
        does: Mutex::new(Some(recording)),
    });
    let engine = hooked(&scene, START, &meanwhile).await;
    script.next(Call::Commit, Fate::LostAfter);
    let created = engine.create_contest(ALICE, &request(2)).await.unwrap();
    assert!(!created.repeated);
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.active, Some(created.contest.id));
    assert_eq!((seen.contests.len(), seen.live().len()), (1, 1));
}

/// A script; runs code right before the load that follows a commit.
struct Lost {
    script: Arc<Script>,
    does: Mutex<Option<BoxFuture<'static, ()>>>,
}

#[async_trait]
impl Hook for Lost {
    async fn before(&self, call: Call) -> (Fate, Permit) {
        let calls = self.script.take_calls();
        let after_commit = calls.last() == Some(&Call::Commit) && call == Call::LoadUser;
        let does = if after_commit {
            self.does.lock().unwrap().take()
        } else {
            None
        };
        if let Some(does) = does {
            does.await;
        }
        self.script.before(call).await
    }
}

/// Data of a newer format is read as far as possible and not overwritten.
#[tokio::test]
async fn i19_values_of_a_newer_format_are_not_written_over() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(START, &contest, one).await;
    let selector = ContestSelector::None;
    let snapshot = scene.store.load_user(ALICE, &selector).await.unwrap();
    let mut record = snapshot.record.unwrap();
    record.format = FORMAT + 1;
    let mut commit = commit_of(record);
    commit.record.version = Version::from_random(1, 2);
    scene.store.commit_user(&commit).await.unwrap();
    let before = scene.audit(ALICE, minute(1)).await;
    let engine = scene.at(minute(1));
    let answers = [
        engine.mark_solved(ALICE, contest.id, two).await.map(drop),
        engine.unmark(ALICE, contest.id, one).await.map(drop),
        engine.complete_contest(ALICE, contest.id).await.map(drop),
        engine.record_solve(ALICE, three).await.map(drop),
        engine
            .extend_contest(ALICE, contest.id, minute(90))
            .await
            .map(drop),
    ];
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(matches!(error, Error::Store(_)) && !error.is_retryable());
        assert!(error.to_string().contains("format 2"), "{error}");
    }
    // Marking a marked problem still succeeds.
    engine.mark_solved(ALICE, contest.id, one).await.unwrap();
    assert_eq!(scene.audit(ALICE, minute(1)).await, before);
}
