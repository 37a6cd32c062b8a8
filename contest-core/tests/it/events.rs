//! Domain events.

use std::collections::BTreeMap;

use contest_core::model::{EndingKind, Event, EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::store::EventLog;

use crate::scene::{Scene, replay};
use crate::support::*;

fn outside(problem: ProblemId) -> EventKind {
    let contest = None;
    EventKind::ProblemSolved { problem, contest }
}

fn inside(problem: ProblemId, contest: ContestId) -> EventKind {
    let contest = Some(contest);
    EventKind::ProblemSolved { problem, contest }
}

fn finished(contest: ContestId, ending: EndingKind) -> EventKind {
    EventKind::ContestFinished { contest, ending }
}

#[tokio::test]
async fn events_follow_the_life_of_a_contest() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let opened = scene.create(ALICE, START, &[one, two]).await;
    let contest = opened.id;
    scene.mark(minute(1), &opened, two).await;
    scene.mark(minute(2), &opened, one).await;
    scene.unmark(minute(3), &opened, two).await;
    let extended = scene
        .at(minute(4))
        .extend_contest(ALICE, contest, minute(90));
    extended.await.unwrap();
    scene.abandon(minute(5), &opened).await;
    scene.resume(minute(6), &opened).await;
    scene.complete(minute(7), &opened).await;
    scene.at(minute(8)).reset_progress(ALICE).await.unwrap();
    let deadline = minute(90);
    let unsolved = EventKind::ProblemUnsolved {
        problem: two,
        contest: Some(contest),
    };
    let expected = [
        (START, EventKind::ContestCreated { contest }),
        (minute(1), inside(two, contest)),
        (minute(2), inside(one, contest)),
        (minute(3), unsolved),
        (minute(4), EventKind::ContestExtended { contest, deadline }),
        (minute(5), finished(contest, EndingKind::Abandoned)),
        (minute(6), EventKind::ContestResumed { contest }),
        (minute(7), finished(contest, EndingKind::Completed)),
        (minute(8), EventKind::ProgressReset { epoch: 1 }),
    ];
    assert_eq!(scene.timed_events(ALICE).await, expected);
}

/// By a creation, a resumption and a reset.
#[tokio::test]
async fn the_event_of_a_settled_contest_comes_first() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let lasting = async |from, minutes| {
        let request = scene.request_of(&[one], minutes);
        scene.create_as(ALICE, minute(from), &request).await
    };
    let first = lasting(0, 10).await;
    let second = lasting(11, 60).await;
    scene.abandon(minute(12), &second).await;
    let third = lasting(13, 10).await;
    scene.resume(minute(24), &second).await;
    scene.at(minute(80)).reset_progress(ALICE).await.unwrap();
    let created = |contest: &Contest| EventKind::ContestCreated {
        contest: contest.id,
    };
    let expired = |contest: &Contest| finished(contest.id, EndingKind::Expired);
    let resumed = EventKind::ContestResumed { contest: second.id };
    let expected = [
        (START, created(&first)),
        (minute(11), expired(&first)),
        (minute(11), created(&second)),
        (minute(12), finished(second.id, EndingKind::Abandoned)),
        (minute(13), created(&third)),
        (minute(24), expired(&third)),
        (minute(24), resumed),
        (minute(80), expired(&second)),
        (minute(80), EventKind::ProgressReset { epoch: 1 }),
    ];
    assert_eq!(scene.timed_events(ALICE).await, expected);
}

/// By time and problem, each with its own time; repeated solves too, and the same solve once.
#[tokio::test]
async fn each_solve_outside_a_contest_has_an_event() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    scene.record(ALICE, minute(5), &[two]).await;
    let batch = [(three, 4), (two, 6), (two, 5), (one, -9)];
    let solves = batch.map(|(problem, at)| NewSolve::new(problem, minute(at)));
    scene
        .at(minute(6))
        .record_solves(ALICE, &solves)
        .await
        .unwrap();
    let expected = [
        (minute(5), outside(two)),
        (minute(-9), outside(one)),
        (minute(4), outside(three)),
        (minute(6), outside(two)),
    ];
    assert_eq!(scene.timed_events(ALICE).await, expected);
}

/// Marks have events even if they record no first solve or undo none, and late ones too.
#[tokio::test]
async fn every_mark_has_an_event() {
    let scene = Scene::graceful(12).await;
    let [one, two] = scene.first();
    let opened = scene.create(ALICE, START, &[one, two]).await;
    let contest = opened.id;
    scene.record(ALICE, minute(1), &[one]).await;
    scene.mark(minute(2), &opened, one).await;
    scene.unmark(minute(3), &opened, one).await;
    scene.mark(minute(61), &opened, two).await;
    let unsolved = EventKind::ProblemUnsolved {
        problem: one,
        contest: Some(contest),
    };
    let expected = [
        (START, EventKind::ContestCreated { contest }),
        (minute(1), outside(one)),
        (minute(2), inside(one, contest)),
        (minute(3), unsolved),
        (minute(61), inside(two, contest)),
    ];
    assert_eq!(scene.timed_events(ALICE).await, expected);
}

/// Calls that are refused or change nothing, with an active contest.
async fn idle_calls(scene: &Scene, user: UserId, contest: &Contest, request: &ContestRequest) {
    let (id, problem) = (contest.id, contest.problems[0].problem.id);
    let elsewhere = scene.problems[11];
    let nowhere = ContestId::new(START, 99);
    for now in [minute(3), minute(999)] {
        let engine = scene.at(now);
        drop(engine.create_contest(user, request).await);
        drop(engine.mark_solved(user, id, problem).await);
        drop(engine.mark_solved(user, id, elsewhere).await);
        drop(engine.unmark(user, id, elsewhere).await);
        drop(engine.complete_contest(user, nowhere).await);
        drop(engine.extend_contest(user, id, contest.deadline).await);
        drop(engine.extend_contest(user, id, minute(1)).await);
        drop(engine.extend_contest(user, nowhere, minute(90)).await);
        drop(engine.resume_contest(user, id).await);
        drop(engine.resume_contest(user, nowhere).await);
        let unknown = ProblemId::from_uuid(uuid::Uuid::nil());
        drop(engine.record_solve(user, unknown).await);
        drop(engine.record_solves(user, &[]).await);
    }
    drop(scene.at(minute(999)).complete_contest(user, id).await);
    drop(scene.at(minute(3)).reset_progress(user).await);
}

#[tokio::test]
async fn events_say_nothing_of_steps_that_change_nothing() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let request = scene.request(&[one, two]).with_idempotency_key(key("key"));
    let contest = scene.create_as(ALICE, START, &request).await;
    let first = contest.problems[0].problem.id;
    scene.mark(minute(1), &contest, first).await;
    let before = scene.audit(ALICE, minute(3)).await;
    idle_calls(&scene, ALICE, &contest, &request).await;
    assert_eq!(scene.audit(ALICE, minute(3)).await, before);
    // Nor for another user's calls, for either user.
    let refused = request.with_excluded(scene.problems.clone());
    let bob = scene.at(minute(3)).create_contest(BOB, &refused).await;
    assert!(matches!(refusal(bob), Refusal::Selection(_)));
    let engine = scene.at(minute(3));
    drop(engine.mark_solved(BOB, contest.id, first).await);
    drop(engine.complete_contest(BOB, contest.id).await);
    assert_eq!(scene.timed_events(BOB).await, []);
    assert_eq!(scene.audit(ALICE, minute(3)).await, before);
}

#[tokio::test]
async fn events_are_numbered_by_user() {
    let scene = Scene::with(12).await;
    for (problem, number) in scene.problems.iter().zip(0..) {
        let user = if number % 3 == 0 { BOB } else { ALICE };
        scene.record(user, minute(number), &[*problem]).await;
    }
    for (user, events) in [(ALICE, 8), (BOB, 4), (user(77), 0)] {
        // Without gaps, which an audit checks.
        assert_eq!(scene.audit(user, minute(20)).await.events.len(), events);
    }
}

#[tokio::test]
async fn events_are_read_page_by_page() {
    let scene = Scene::with(12).await;
    scene.record(BOB, START, &scene.problems[..3]).await;
    scene.record(ALICE, START, &scene.problems[..9]).await;
    for (after, limit, expected) in [
        (0, 4, vec![1, 2, 3, 4]),
        (4, 4, vec![5, 6, 7, 8]),
        (8, 4, vec![9]),
        (9, 4, vec![]),
        (u64::MAX, 4, vec![]),
        (3, 0, vec![]),
        (2, u32::MAX, (3..=9).collect()),
    ] {
        let events = scene
            .store
            .events_after(ALICE, EventNumber(after), limit)
            .await;
        let numbers: Vec<_> = events.unwrap().iter().map(|e| e.number.0).collect();
        assert_eq!(numbers, expected, "at most {limit} after {after}");
    }
}

/// Follows the marks of a contest through its events, each of which must change one.
fn replay_marks(events: &[Event]) -> BTreeMap<ProblemId, bool> {
    let mut marks = BTreeMap::new();
    for event in events {
        let (problem, now) = match event.kind {
            EventKind::ProblemSolved { problem, .. } => (problem, true),
            EventKind::ProblemUnsolved { problem, .. } => (problem, false),
            _ => continue,
        };
        let before = marks.insert(problem, now).unwrap_or(false);
        assert_ne!(before, now, "{events:?}");
    }
    marks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_of_racing_marks_are_in_the_order_of_the_steps() {
    let scene = Scene::with(12).await;
    let problems: [_; 3] = scene.first();
    for round in 0..4 {
        let user = user(round);
        let contest = scene.create(user, START, &problems).await;
        scene.at(minute(1));
        let changes = race(32, |number| {
            let (engine, contest) = (scene.engine(number), contest.id);
            async move {
                let mut changes = 0;
                for (step, problem) in problems.into_iter().enumerate() {
                    let marked = if (number + step).is_multiple_of(2) {
                        engine.mark_solved(user, contest, problem).await
                    } else {
                        engine.unmark(user, contest, problem).await
                    };
                    changes += usize::from(marked.unwrap().changed);
                }
                changes
            }
        });
        let changes: usize = changes.await.into_iter().sum();
        let seen = scene.audit(user, minute(2)).await;
        assert_eq!(seen.events.len(), changes + 1, "round {round}");
        let replayed = replay_marks(&seen.events).into_iter();
        let marked = replayed.filter(|(_, marked)| *marked).map(|(id, _)| id);
        assert_eq!(seen.solved, marked.collect(), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_of_racing_contests_are_in_the_order_of_the_steps() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    for round in 0..6 {
        let user = user(round);
        let first = scene.create(user, START, &[one]).await.id;
        scene.at(minute(1));
        let request = scene.request(&[one]);
        let resets = race(32, |number| {
            let (engine, request) = (scene.engine(number / 4), request.clone());
            async move {
                match number % 4 {
                    0 => drop(engine.abandon_contest(user, first).await),
                    1 => drop(engine.create_contest(user, &request).await),
                    2 => drop(engine.resume_contest(user, first).await),
                    _ => return engine.reset_progress(user).await.is_ok(),
                }
                false
            }
        });
        let resets = resets.await.into_iter().filter(|reset| *reset).count();
        let seen = scene.audit(user, minute(2)).await;
        let statuses = replay(&seen.events).into_iter();
        let statuses: Vec<_> = statuses
            .map(|(id, ending)| (id, ending.map_or(ContestStatus::Active, Into::into)))
            .rev()
            .collect();
        let stored: Vec<_> = seen.contests.iter().map(|c| (c.id, c.status)).collect();
        assert_eq!(statuses, stored, "round {round}");
        let is_reset = |event: &&Event| matches!(event.kind, EventKind::ProgressReset { .. });
        let counted = seen.events.iter().filter(is_reset).count();
        assert_eq!(counted, resets, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_are_there_with_their_step() {
    let scene = Scene::with(30).await;
    let contest = scene.create(ALICE, START, &scene.problems).await.id;
    let engine = scene.engine(0);
    let marking = scene.problems.clone().into_iter().map(move |problem| {
        let engine = engine.clone();
        async move { _ = engine.mark_solved(ALICE, contest, problem).await.unwrap() }
    });
    // There are only marks, so a later read never shows fewer.
    while_doing(marking, async || {
        let log = async || crate::scene::log(&scene.store, ALICE).await.len();
        let first = log().await;
        let events = scene.events(ALICE).await.len() - 1;
        let seen = [first, events, log().await];
        assert!(seen.is_sorted(), "{seen:?}");
    })
    .await;
}

/// Of one user, so that their numbers would collide, through both processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_of_racing_recordings_are_numbered_without_gaps() {
    let scene = Scene::with(30).await;
    let contest = scene.create(ALICE, START, &scene.problems).await.id;
    scene.at(minute(1));
    let marked = race(30, |number| {
        let mut batch = scene.problems.clone();
        batch.rotate_left(number);
        batch.truncate(7);
        let engine = scene.engine(number);
        let solves: Vec<_> = batch.iter().map(|id| NewSolve::new(*id, START)).collect();
        async move {
            engine.record_solves(ALICE, &solves).await.unwrap();
            let marked = engine.mark_solved(ALICE, contest, batch[0]).await;
            marked.unwrap().changed
        }
    });
    assert_eq!(marked.await, [true; 30]);
    let seen = scene.audit(ALICE, minute(2)).await;
    assert_eq!(seen.log.len(), 60, "30 recorded once each, and 30 marks");
    assert_eq!(seen.events.len(), 61);
}
