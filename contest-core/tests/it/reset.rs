//! Resets of progress.

use contest_core::model::Epoch;
use contest_core::prelude::*;
use contest_core::progress::ContestCounts;
use contest_core::rules::Reset;

use crate::scene::Scene;
use crate::support::*;

async fn reset(scene: &Scene, user: UserId, now: Timestamp) -> Reset {
    scene.at(now).reset_progress(user).await.unwrap()
}

/// Progress begins again; the log, contests, marks, keys and counts of contests stay.
#[tokio::test]
async fn i8_a_reset_takes_every_solve_back() {
    let scene = Scene::with(12).await;
    let [marked, retired, outside] = scene.first();
    let request = scene.request(&[marked]).with_idempotency_key(key("key"));
    let contest = scene.create_as(ALICE, START, &request).await;
    scene.mark(minute(1), &contest, marked).await;
    scene.complete(minute(2), &contest).await;
    scene.record(ALICE, minute(3), &[retired, outside]).await;
    scene.publish(&without(&scene.catalogue, retired)).await;
    let before = scene.audit(ALICE, minute(5)).await;
    let answer = reset(&scene, ALICE, minute(5)).await;
    let expected = Reset {
        epoch: Epoch {
            number: 1,
            began_at: Some(minute(5)),
        },
        removed: 3,
        settled: None,
    };
    assert_eq!(answer, expected);
    let after = scene.audit(ALICE, minute(5)).await;
    assert_eq!(after.record.as_ref().unwrap().epoch, answer.epoch);
    assert_eq!(after.solved, [].into());
    assert_eq!(after.progress.overall().solved, 0);
    assert_eq!(after.contests, before.contests);
    assert_eq!(after.counts(), before.counts());
    assert_eq!(after.log, before.log, "the log is not touched");
    let again = scene.at(minute(6)).create_contest(ALICE, &request).await;
    let again = again.unwrap();
    assert!(again.repeated && again.contest.id == contest.id);
}

#[tokio::test]
async fn resets_are_numbered_from_one() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let epoch = scene.at(START).epoch(ALICE).await.unwrap();
    assert_eq!(epoch, Epoch::default());
    for number in 1..=3 {
        let now = minute(i64::try_from(number).unwrap());
        let answer = reset(&scene, ALICE, now).await;
        let epoch = Epoch {
            number,
            began_at: Some(now),
        };
        assert_eq!(
            (answer.epoch, answer.removed),
            (epoch, u64::from(number > 1))
        );
        assert_eq!(scene.at(now).epoch(ALICE).await.unwrap(), epoch);
        scene.record(ALICE, now, &[one]).await;
    }
    assert_eq!(scene.at(START).epoch(BOB).await.unwrap(), Epoch::default());
    scene.audit(ALICE, minute(9)).await;
}

#[tokio::test]
async fn resetting_leaves_other_users_alone() {
    let scene = Scene::with(12).await;
    let problems: [_; 3] = scene.first();
    for number in 0..4 {
        scene.record(user(number), START, &problems).await;
    }
    let before = scene.audit(user(1), minute(2)).await;
    reset(&scene, user(2), minute(1)).await;
    reset(&scene, user(0), minute(1)).await;
    assert_eq!(scene.audit(user(1), minute(2)).await, before);
}

#[tokio::test]
async fn i1_an_active_contest_keeps_a_reset_out() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &contest, one).await;
    scene.record(ALICE, minute(1), &[two]).await;
    let seen = scene.audit(ALICE, minute(2)).await;
    // A contest that begins later, by another clock, is active too.
    for now in [before(START), minute(2), before(contest.deadline)] {
        let refused = refusal(scene.at(now).reset_progress(ALICE).await);
        let active = Refusal::ActiveContestExists {
            contest: contest.id,
        };
        assert_eq!(refused, active, "at {now}");
    }
    assert_eq!(scene.audit(ALICE, minute(2)).await, seen);
}

#[tokio::test]
async fn resetting_settles_the_expired_contest() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &contest, one).await;
    let answer = reset(&scene, ALICE, contest.deadline).await;
    assert_eq!((answer.settled, answer.removed), (Some(contest.id), 1));
    let found = scene.find(contest.deadline, &contest).await;
    assert_eq!(
        (found.status, found.ended_at),
        (ContestStatus::Expired, Some(contest.deadline))
    );
    let seen = scene.audit(ALICE, minute(80)).await;
    let counts = ContestCounts {
        expired: 1,
        ..ContestCounts::default()
    };
    assert_eq!(seen.counts(), counts);
    assert_eq!(reset(&scene, ALICE, minute(80)).await.settled, None);
}

#[tokio::test]
async fn i7_problems_are_solved_anew_after_a_reset() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    scene.record(ALICE, START, &[one, two]).await;
    reset(&scene, ALICE, minute(1)).await;
    let contest = scene.create(ALICE, minute(2), &[one]).await;
    scene.mark(minute(3), &contest, one).await;
    let recorded = scene.record(ALICE, minute(4), &[one, two]).await;
    assert_eq!(recorded, (1, 1));
    let seen = scene.audit(ALICE, minute(5)).await;
    assert_eq!(seen.solved, [one, two].into());
    assert_eq!(seen.log.len(), 5, "the log goes on over epochs");
}

/// A contest that was abandoned before the reset and resumed after it: its marks count in its epoch.
#[tokio::test]
async fn i6_marks_from_before_a_reset_hold_no_solve() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(minute(1), &contest, one).await;
    scene.mark(minute(1), &contest, two).await;
    scene.abandon(minute(2), &contest).await;
    reset(&scene, ALICE, minute(3)).await;
    scene.resume(minute(4), &contest).await;
    let before = scene.audit(ALICE, minute(5)).await;
    assert_eq!(before.solved, [].into());
    let again = scene.mark(minute(5), &contest, one).await;
    assert_eq!(again, (Some(minute(1)), false));
    assert_eq!(scene.audit(ALICE, minute(5)).await, before);
    // Solved elsewhere since: unmarking in this contest does not undo it.
    scene.record(ALICE, minute(6), &[two]).await;
    for problem in [one, two] {
        scene.unmark(minute(7), &contest, problem).await;
    }
    assert_eq!(scene.audit(ALICE, minute(8)).await.solved, [two].into());
    // Marked again, it counts in the epoch of its contest, which is over.
    let marked = scene.mark(minute(8), &contest, one).await;
    assert_eq!(marked, (Some(minute(8)), true));
    let seen = scene.audit(ALICE, minute(9)).await;
    assert_eq!(seen.solved, [two].into());
    assert_eq!(seen.live().len(), 2);
}

/// A reset clears the seen problems of earlier contests; those of contests that begin at its instant
/// count.
#[tokio::test]
async fn practice_begins_with_the_epoch() {
    let scene = Scene::with(12).await;
    let [old, new] = scene.first();
    let unattempted = Eligibility::default().excluding_attempted();
    let request = scene.request(&[old, new]).with_eligibility(unattempted);
    let selectable = async |now| {
        let best_effort = request
            .clone()
            .with_shortage_policy(ShortagePolicy::BestEffort);
        let selection = scene.at(now).select(ALICE, best_effort.selection()).await;
        selection.map(|selection| selection.problems.len()).ok()
    };
    let contest = scene.create(ALICE, START, &[old, new]).await;
    scene.complete(minute(2), &contest).await;
    assert_eq!(selectable(minute(2)).await, None, "both were attempted");
    reset(&scene, ALICE, minute(3)).await;
    assert_eq!(selectable(minute(3)).await, Some(2));
    let contest = scene.create(ALICE, minute(3), &[new]).await;
    scene.abandon(minute(4), &contest).await;
    assert_eq!(selectable(minute(4)).await, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_a_reset_is_one_step() {
    const USERS: u128 = 16;
    let scene = Scene::with(30).await;
    for number in 0..USERS {
        scene.record(user(number), START, &scene.problems).await;
    }
    let engine = scene.engine(0);
    let resets = (0..USERS).map(|number| {
        let engine = engine.clone();
        async move {
            let reset = engine.reset_progress(user(number)).await.unwrap();
            assert_eq!(reset.removed, 30);
        }
    });
    let resets: Vec<_> = resets.collect();
    while_doing(resets, async || {
        for number in 0..USERS {
            let there = scene.engine(1);
            let solved = there.progress(user(number)).await.unwrap().overall().solved;
            let epoch = there.epoch(user(number)).await.unwrap().number;
            // A later read never shows more, and all problems disappear at once.
            let seen = [solved, 30 * (1 - epoch)];
            assert!(seen.is_sorted_by(|one, next| one >= next), "{seen:?}");
            assert!(solved == 0 || solved == 30, "{solved}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_racing_resets_each_begins_an_epoch() {
    const RACERS: usize = 24;
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let old = scene.create(ALICE, START, &[one]).await;
    scene.record(ALICE, START, &scene.problems).await;
    scene.at(minute(61));
    let resets = race(RACERS, |number| {
        let engine = scene.engine(number);
        async move { engine.reset_progress(ALICE).await.unwrap() }
    });
    let resets = resets.await;
    let mut epochs: Vec<_> = resets.iter().map(|reset| reset.epoch.number).collect();
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=RACERS as u64).collect::<Vec<_>>());
    assert_eq!(resets.iter().map(|reset| reset.removed).sum::<u64>(), 12);
    let settled: Vec<_> = resets.iter().filter_map(|reset| reset.settled).collect();
    assert_eq!(settled, [old.id]);
    let seen = scene.audit(ALICE, minute(62)).await;
    assert_eq!(seen.record.unwrap().epoch.number, RACERS as u64);
}

/// However late marks, recordings and resets race: each solved problem was removed or is still solved.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_solves_that_race_resets_are_counted() {
    let scene = Scene::graceful(12).await;
    let (marked, _) = scene.problems.split_at(6);
    for round in 0..6 {
        let user = user(round);
        let contest = scene.create(user, START, marked).await;
        scene.at(minute(61));
        let steps = 24;
        let answers = race(steps, |number| {
            // Not in the order in which they are listed.
            let number = (number + 5 * usize::try_from(round).unwrap()) % steps;
            let (engine, contest) = (scene.engine(number), contest.id);
            let problem = scene.problems[number / 4 + 6 * usize::from(number % 4 != 0)];
            async move {
                match number % 4 {
                    0 => {
                        let marked = engine.mark_solved(user, contest, problem).await;
                        assert!(marked.unwrap().changed);
                        (0, 0)
                    }
                    2 => (0, engine.reset_progress(user).await.unwrap().removed),
                    _ => {
                        let solves = [NewSolve::new(problem, minute(61))];
                        let recorded = engine.record_solves(user, &solves).await;
                        (recorded.unwrap().recorded, 0)
                    }
                }
            }
        });
        let answers = answers.await;
        let seen = scene.audit(user, minute(62)).await;
        let stored = scene.stored(&contest).await;
        let marks = stored.problems.iter().filter_map(|problem| problem.mark);
        let newly = marks.filter(|mark| mark.newly).count() as u64;
        let recorded: u64 = answers.iter().map(|(recorded, _)| recorded).sum();
        let removed: u64 = answers.iter().map(|(_, removed)| removed).sum();
        let left = seen.progress.overall().solved;
        assert_eq!(recorded + newly, removed + left, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_creations_that_race_resets_agree_with_them() {
    let scene = Scene::with(12).await;
    for round in 0..8 {
        let user = user(round);
        scene.record(user, START, &scene.problems).await;
        scene.at(minute(1));
        // Possible only after a reset, and then no reset is.
        let request = scene.request(&scene.problems);
        let answers = race(16, |number| {
            let (engine, request) = (scene.engine(number / 2), request.clone());
            async move {
                if number % 2 == 0 {
                    let created = engine.create_contest(user, &request).await;
                    return created.map(|created| Some(created.contest.id));
                }
                engine.reset_progress(user).await.map(|_| None)
            }
        });
        let (mut resets, mut created, mut named) = (0, Vec::new(), Vec::new());
        for answer in answers.await {
            match answer {
                Ok(None) => resets += 1,
                Ok(Some(contest)) => created.push(contest),
                Err(Error::Refused(Refusal::ActiveContestExists { contest })) => {
                    named.push(contest);
                }
                Err(Error::Refused(Refusal::Selection(_))) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let seen = scene.audit(user, minute(2)).await;
        let epoch = seen.record.as_ref().unwrap().epoch.number;
        assert_eq!(epoch, resets, "round {round}");
        assert!(created.len() <= 1 && created.len() == seen.contests.len());
        assert!(named.iter().all(|contest| seen.active == Some(*contest)));
    }
}
