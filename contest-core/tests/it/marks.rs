//! Marking and unmarking (I6).

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

/// A user with an active contest of the first two problems.
async fn begin(scene: &Scene) -> (Contest, [ProblemId; 2]) {
    let problems = scene.first();
    (scene.create(ALICE, START, &problems).await, problems)
}

#[tokio::test]
async fn i6_marking_records_a_solve() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    let marked = scene.mark(minute(1), &contest, two).await;
    assert_eq!(marked, (Some(minute(1)), true));
    let seen = scene.audit(ALICE, minute(2)).await;
    assert_eq!(seen.solved, [two].into());
    assert_eq!(seen.live(), [(two, minute(1), Some(contest.id))]);
    let marked = marks(&scene.find(minute(2), &contest).await);
    let expected = [(one, None), (two, Some(minute(1)))];
    assert_eq!(marked, expected);
}

#[tokio::test]
async fn i6_marking_again_keeps_the_first_time() {
    let scene = Scene::with(12).await;
    let (contest, [one, _]) = begin(&scene).await;
    scene.mark(minute(2), &contest, one).await;
    let before = scene.audit(ALICE, minute(3)).await;
    // Even after the end.
    for now in [minute(3), minute(2), minute(1), minute(90)] {
        let marked = scene.mark(now, &contest, one).await;
        assert_eq!(marked, (Some(minute(2)), false), "marking again at {now}");
    }
    assert_eq!(scene.audit(ALICE, minute(3)).await, before);
}

#[tokio::test]
async fn i6_unmarking_takes_the_solve_back() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    scene.mark(minute(1), &contest, one).await;
    scene.mark(minute(1), &contest, two).await;
    assert_eq!(scene.unmark(minute(2), &contest, one).await, (None, true));
    assert_eq!(scene.unmark(minute(3), &contest, one).await, (None, false));
    let seen = scene.audit(ALICE, minute(3)).await;
    assert_eq!(seen.solved, [two].into());
    let undone: Vec<_> = seen.log.iter().filter(|solve| !solve.is_solve()).collect();
    assert_eq!(undone.len(), 1);
    assert_eq!(
        (undone[0].problem, undone[0].at, undone[0].undone_at),
        (one, minute(1), Some(minute(2)))
    );
    let marked = scene.mark(minute(4), &contest, one).await;
    assert_eq!(marked, (Some(minute(4)), true));
    let seen = scene.audit(ALICE, minute(4)).await;
    assert_eq!(seen.solved, [one, two].into());
    assert_eq!(seen.log.len(), 3, "what was taken back stays in the log");
}

#[tokio::test]
async fn i6_unmarking_an_unmarked_problem_changes_nothing() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    scene.record(ALICE, START, &[two]).await;
    let before = scene.audit(ALICE, minute(1)).await;
    for problem in [one, two] {
        // Even after the end.
        for now in [minute(1), minute(90)] {
            let unmarked = scene.unmark(now, &contest, problem).await;
            assert_eq!(unmarked, (None, false));
        }
    }
    assert_eq!(scene.audit(ALICE, minute(1)).await, before);
}

/// A solve recorded elsewhere stays, before or after the mark.
#[tokio::test]
async fn i6_unmarking_keeps_a_solve_from_elsewhere() {
    let scene = Scene::with(12).await;
    let (contest, [first, last]) = begin(&scene).await;
    // Solved elsewhere after the contest was created, and then marked.
    assert_eq!(scene.record(ALICE, minute(1), &[first]).await, (1, 0));
    let marked = scene.mark(minute(2), &contest, first).await;
    assert_eq!(marked, (Some(minute(2)), true));
    // Marked, and then solved elsewhere.
    scene.mark(minute(3), &contest, last).await;
    assert_eq!(scene.record(ALICE, minute(4), &[last]).await, (0, 1));
    let live = scene.audit(ALICE, minute(4)).await.live();
    assert_eq!(live.len(), 4, "each is an entry of the log");
    for problem in [first, last] {
        let unmarked = scene.unmark(minute(5), &contest, problem).await;
        assert_eq!(unmarked, (None, true));
        let seen = scene.audit(ALICE, minute(5)).await;
        assert_eq!(seen.solved, [first, last].into());
    }
    let live = scene.audit(ALICE, minute(5)).await.live();
    let elsewhere = [(first, minute(1), None), (last, minute(4), None)];
    assert_eq!(live, elsewhere);
}

#[tokio::test]
async fn i6_unmarking_keeps_a_solve_recorded_between_two_marks() {
    let scene = Scene::with(12).await;
    let (contest, [one, _]) = begin(&scene).await;
    // Marked in this contest, unmarked, then solved outside.
    scene.mark(minute(1), &contest, one).await;
    scene.unmark(minute(2), &contest, one).await;
    scene.record(ALICE, minute(3), &[one]).await;
    scene.mark(minute(4), &contest, one).await;
    scene.unmark(minute(5), &contest, one).await;
    let seen = scene.audit(ALICE, minute(5)).await;
    assert_eq!(seen.solved, [one].into());
    // A later contest cannot undo it either, because it cannot have the problem.
    scene.complete(minute(6), &contest).await;
    let again = scene.at(minute(7));
    let again = again.create_contest(ALICE, &scene.request(&[one])).await;
    assert!(matches!(refusal(again), Refusal::Selection(_)));
}

#[tokio::test]
async fn i6_only_problems_of_the_contest_are_marked() {
    let scene = Scene::with(12).await;
    let (contest, [_, _]) = begin(&scene).await;
    let [_, _, elsewhere] = scene.first();
    scene.record(ALICE, START, &[elsewhere]).await;
    let before = scene.audit(ALICE, minute(1)).await;
    let unknown = ProblemId::from_uuid(uuid::Uuid::from_u128(0xdead));
    let nowhere = ContestId::new(START, 999);
    for solved in [true, false] {
        let attempt = async |now, contest, problem| {
            let engine = scene.at(now);
            refusal(if solved {
                engine.mark_solved(ALICE, contest, problem).await
            } else {
                engine.unmark(ALICE, contest, problem).await
            })
        };
        for problem in [elsewhere, unknown] {
            let refused = attempt(minute(1), contest.id, problem).await;
            let contest_id = contest.id;
            let lacking = Refusal::ProblemNotInContest {
                contest: contest_id,
                problem,
            };
            assert_eq!(refused, lacking);
            // Whether it accepts work comes first.
            let refused = attempt(minute(90), contest.id, problem).await;
            assert_eq!(refused.code(), "contest_not_accepting");
        }
        let refused = attempt(minute(1), nowhere, elsewhere).await;
        assert_eq!(refused, Refusal::ContestNotFound { contest: nowhere });
    }
    assert_eq!(scene.audit(ALICE, minute(1)).await, before);
}

#[tokio::test]
async fn i6_a_problem_retired_meanwhile_can_be_marked() {
    let scene = Scene::with(12).await;
    let (contest, [one, _]) = begin(&scene).await;
    let fewer = without(&scene.catalogue, one);
    scene.publish(&fewer).await;
    let marked = scene.mark(minute(1), &contest, one).await;
    assert_eq!(marked, (Some(minute(1)), true));
    let seen = scene.audit(ALICE, minute(1)).await;
    assert_eq!(seen.solved, [one].into());
    assert_eq!(seen.progress.overall().solved, 0, "it is not in use");
    scene.publish(&scene.catalogue).await;
    let seen = scene.audit(ALICE, minute(1)).await;
    assert_eq!(seen.progress.overall().solved, 1, "it came back");
    scene.publish(&fewer).await;
    scene.unmark(minute(2), &contest, one).await;
    assert_eq!(scene.audit(ALICE, minute(2)).await.solved, [].into());
}

#[tokio::test]
async fn i6_marks_survive_an_ending() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let completed = scene.create(ALICE, START, &[one]).await;
    scene.mark(START, &completed, one).await;
    scene.complete(START, &completed).await;
    let abandoned = scene.create(ALICE, START, &[two]).await;
    scene.mark(START, &abandoned, two).await;
    scene.abandon(START, &abandoned).await;
    let expired = scene.create(ALICE, START, &[three]).await;
    scene.mark(START, &expired, three).await;
    let seen = scene.audit(ALICE, expired.deadline).await;
    assert_eq!(seen.solved, [one, two, three].into());
    assert_eq!(seen.progress.overall().solved, 3);
}

/// A mark and a solve recorded from elsewhere are two entries of the log, however far apart.
#[tokio::test]
async fn i6_a_solve_of_years_ago_survives_unmarking_whichever_came_first() {
    let long_ago = "2020-05-01T12:00:00Z".parse().unwrap();
    for import_first in [true, false] {
        let scene = Scene::with(12).await;
        let (contest, [one, _]) = begin(&scene).await;
        let import = [NewSolve::new(one, long_ago)];
        if import_first {
            scene
                .at(minute(1))
                .record_solves(ALICE, &import)
                .await
                .unwrap();
        }
        scene.mark(minute(2), &contest, one).await;
        if !import_first {
            scene
                .at(minute(3))
                .record_solves(ALICE, &import)
                .await
                .unwrap();
        }
        scene.unmark(minute(4), &contest, one).await;
        let seen = scene.audit(ALICE, minute(4)).await;
        assert_eq!(seen.live(), [(one, long_ago, None)]);
        assert_eq!(seen.solved, [one].into());
    }
}

/// The answer to the first call may have been lost.
#[tokio::test]
async fn i6_a_mark_repeated_after_the_end_answers_as_the_first() {
    for ending in [
        ContestStatus::Completed,
        ContestStatus::Abandoned,
        ContestStatus::Expired,
    ] {
        let scene = Scene::with(12).await;
        let (contest, [one, two]) = begin(&scene).await;
        let (at, _) = scene.mark(minute(1), &contest, one).await;
        match ending {
            ContestStatus::Completed => drop(scene.complete(minute(2), &contest).await),
            ContestStatus::Abandoned => drop(scene.abandon(minute(2), &contest).await),
            _ => {}
        }
        let before = scene.audit(ALICE, minute(90)).await;
        assert_eq!(scene.find(minute(90), &contest).await.status, ending);
        assert_eq!(scene.mark(minute(90), &contest, one).await, (at, false));
        assert_eq!(scene.unmark(minute(90), &contest, two).await, (None, false));
        assert_eq!(scene.audit(ALICE, minute(90)).await, before);
    }
}
