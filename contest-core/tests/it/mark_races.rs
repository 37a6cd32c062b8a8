//! Marks that race each other and other solves (I6, I7).

use contest_core::prelude::*;

use crate::scene::{Scene, log};
use crate::support::*;

/// Processes whose clocks are a microsecond apart.
async fn processes(scene: &Scene, count: u32) -> Vec<Engine> {
    let mut engines = Vec::new();
    for number in 0..count {
        let now = START + MINUTE + MICROSECOND * number;
        engines.push(scene.process_at(now).await);
    }
    engines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i6_of_racing_marks_one_counts() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await.id;
    let engines = processes(&scene, 32).await;
    let marked = race(32, |number| {
        let engine = engines[number].clone();
        async move { engine.mark_solved(ALICE, contest, one).await.unwrap() }
    });
    let marked = marked.await;
    let changed = marked.iter().filter(|marked| marked.changed);
    assert_eq!(changed.count(), 1);
    let times: Vec<_> = marked.iter().map(|marked| marked.completed_at).collect();
    assert!(times.iter().all(|at| at.is_some() && *at == times[0]));
    assert_eq!(scene.audit(ALICE, minute(40)).await.log.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i6_racing_marks_and_unmarks_agree_with_the_solves() {
    let scene = Scene::with(12).await;
    let problems: [_; 3] = scene.first();
    for round in 0..4 {
        let user = user(round);
        let contest = scene.create(user, START, &problems).await;
        let engines = processes(&scene, 32).await;
        let changes = race(32, |number| {
            let (engine, contest) = (engines[number].clone(), contest.id);
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
        let seen = scene.audit(user, minute(20)).await;
        let marked = marks(&seen.contests[0]).into_iter();
        let marked = marked.filter(|(_, at)| at.is_some()).map(|(id, _)| id);
        assert_eq!(seen.solved, marked.collect(), "round {round}");
        assert_eq!(seen.events.len(), changes + 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i6_a_mark_and_its_solve_are_one_step() {
    let scene = Scene::with(30).await;
    let contest = scene.create(ALICE, START, &scene.problems).await;
    let (engine, id) = (scene.engine(0), contest.id);
    let marking = scene.problems.clone().into_iter().map(move |problem| {
        let engine = engine.clone();
        async move { _ = engine.mark_solved(ALICE, id, problem).await.unwrap() }
    });
    let there = scene.engine(1);
    // There are only marks, so a later read never shows fewer.
    while_doing(marking, async || {
        let marked = async || {
            let found = there.contest(ALICE, id).await.unwrap();
            found.completed_problems()
        };
        let first = marked().await;
        let progress = there.progress(ALICE).await.unwrap().overall().solved;
        let log = log(&scene.store, ALICE).await.len();
        let events = scene.events(ALICE).await.len() - 1;
        let last = marked().await;
        let seen = [first, usize::try_from(progress).unwrap(), log, events, last];
        assert!(seen.is_sorted(), "{seen:?}");
    })
    .await;
}

/// Each solve is an entry of the log, and the problem becomes solved once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i7_of_racing_solves_of_a_problem_one_counts() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    for round in 0..4 {
        let user = user(round);
        let contest = scene.create(user, START, &[one]).await;
        let engines = processes(&scene, 32).await;
        // One task marks it in the contest, the others record it.
        let recorded = race(32, |number| {
            let (engine, contest) = (engines[number].clone(), contest.id);
            let at = START + MICROSECOND * u32::try_from(number).unwrap();
            async move {
                if number == 16 {
                    assert!(
                        engine
                            .mark_solved(user, contest, one)
                            .await
                            .unwrap()
                            .changed
                    );
                    return 0;
                }
                let recorded = engine.record_solves(user, &[NewSolve::new(one, at)]).await;
                recorded.unwrap().recorded
            }
        });
        let recorded: u64 = recorded.await.into_iter().sum();
        let stored = scene.stored(&contest).await.problems[0].clone();
        let by_mark = u64::from(stored.mark.unwrap().newly);
        assert_eq!(recorded + by_mark, 1, "round {round}");
        let seen = scene.audit(user, minute(40)).await;
        assert_eq!(seen.live().len(), 32, "round {round}");
        assert_eq!(seen.progress.overall().solved, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i7_batches_that_overlap_do_not_get_in_each_others_way() {
    let scene = Scene::with(30).await;
    let recorded = race(24, |number| {
        // The same problems from both ends and from different starting points.
        let mut batch = scene.problems.clone();
        batch.rotate_left(number);
        if number % 2 == 1 {
            batch.reverse();
        }
        batch.truncate(20);
        let engine = scene.engine(number);
        let solves: Vec<_> = batch.iter().map(|id| NewSolve::new(*id, START)).collect();
        async move { engine.record_solves(ALICE, &solves).await.unwrap() }
    });
    let recorded = recorded.await;
    assert!(
        recorded
            .iter()
            .all(|of| of.recorded + of.already_solved == 20)
    );
    assert_eq!(recorded.iter().map(|of| of.recorded).sum::<u64>(), 30);
    let seen = scene.audit(ALICE, minute(1)).await;
    assert_eq!((seen.solved.len(), seen.log.len()), (30, 30));
}
