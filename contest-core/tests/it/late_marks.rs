//! Marks after the deadline.

use std::time::Duration;

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

const GRACE: Duration = Duration::from_mins(10);

fn expired(contest: &Contest) -> Refusal {
    Refusal::ContestNotAccepting {
        contest: contest.id,
        status: ContestStatus::Expired,
        ended_at: contest.deadline,
    }
}

#[tokio::test]
async fn late_policies_are_stored_exactly() {
    let policies = [
        LatePolicy::Reject,
        LatePolicy::AcceptFor(Duration::ZERO),
        LatePolicy::AcceptFor(MICROSECOND),
        LatePolicy::AcceptFor(GRACE),
        LatePolicy::AcceptFor(LatePolicy::MAX_GRACE),
    ];
    for policy in policies {
        let scene = Scene::of(numbered(12), policy).await;
        let [one] = scene.first();
        let created = scene.create(ALICE, START, &[one]).await;
        assert_eq!(created.late_policy, policy);
        assert_eq!(scene.find(START, &created).await, created);
        assert_eq!(scene.audit(ALICE, START).await.contests, [created]);
    }
}

/// A clock that is behind the start does not lock the user out: the mark gets the time of the start.
#[tokio::test]
async fn i2_late_marks_are_accepted_while_the_policy_says() {
    let scene = Scene::graceful(12).await;
    let [one] = scene.first();
    let (deadline, until) = (START + HOUR, START + HOUR + GRACE);
    let instants = [
        (before(START), true),
        (before(deadline), true),
        (deadline, true),
        (before(until), true),
        (until, false),
        (minute(600), false),
    ];
    for ((now, accepts), number) in instants.into_iter().zip(0..) {
        let user = user(number);
        let contest = scene.create(user, START, &[one]).await;
        let marked = scene.at(now).mark_solved(user, contest.id, one).await;
        let mut log = Vec::new();
        if accepts {
            let at = now.max(START);
            assert_eq!(marked.unwrap().completed_at, Some(at));
            log.push((one, at, Some(contest.id)));
        } else {
            assert_eq!(refusal(marked), expired(&contest), "at {now}");
        }
        let seen = scene.audit(user, minute(601)).await;
        let counted = (seen.solved.len(), seen.counts().expired);
        assert_eq!(counted, (usize::from(accepts), 1));
        assert_eq!(seen.live(), log);
        assert_eq!(scene.stored(&contest).await.ending, None);
    }
}

#[tokio::test]
async fn i2_a_late_mark_made_again_changes_nothing() {
    let scene = Scene::graceful(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(minute(1), &contest, one).await;
    scene.mark(minute(61), &contest, two).await;
    let before = scene.audit(ALICE, minute(65)).await;
    for (problem, first) in [(one, minute(1)), (two, minute(61))] {
        let marked = scene.mark(minute(65), &contest, problem).await;
        assert_eq!(marked, (Some(first), false));
    }
    assert_eq!(scene.audit(ALICE, minute(65)).await, before);
}

#[tokio::test]
async fn late_marks_are_accepted_after_settling() {
    let scene = Scene::graceful(12).await;
    let [one, two, three] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    let next = scene.create(ALICE, minute(61), &[three]).await;
    scene.mark(minute(62), &contest, one).await;
    scene.mark(minute(63), &next, three).await;
    let seen = scene.audit(ALICE, minute(64)).await;
    assert_eq!(seen.solved, [one, three].into());
    assert_eq!(seen.progress.overall().solved, 2);
    assert_eq!(seen.active, Some(next.id));
    let late = scene
        .at(minute(70))
        .mark_solved(ALICE, contest.id, two)
        .await;
    assert_eq!(refusal(late), expired(&contest));
}

#[tokio::test]
async fn i3_ended_contests_accept_no_late_marks() {
    let scene = Scene::graceful(12).await;
    let [one] = scene.first();
    for (complete, number) in [(true, 0), (false, 1)] {
        let user = user(number);
        let contest = scene.create(user, START, &[one]).await;
        let ended = if complete {
            scene.complete(minute(2), &contest).await
        } else {
            scene.abandon(minute(2), &contest).await
        };
        for now in [minute(3), contest.deadline, minute(65)] {
            let marked = scene.at(now).mark_solved(user, contest.id, one).await;
            let reason = Refusal::ContestNotAccepting {
                contest: contest.id,
                status: ended.status,
                ended_at: minute(2),
            };
            assert_eq!(refusal(marked), reason, "at {now}");
        }
        assert_eq!(scene.audit(user, minute(65)).await.solved, [].into());
    }
}

#[tokio::test]
async fn i2_only_marks_are_accepted_late() {
    let scene = Scene::graceful(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &contest, one).await;
    let seen = scene.audit(ALICE, minute(65)).await;
    for now in [contest.deadline, minute(65)] {
        let (engine, id) = (scene.at(now), contest.id);
        let refused = [
            refusal(engine.unmark(ALICE, id, one).await),
            refusal(engine.complete_contest(ALICE, id).await),
            refusal(engine.abandon_contest(ALICE, id).await),
            refusal(engine.extend_contest(ALICE, id, minute(90)).await),
        ];
        assert!(refused.iter().all(|refusal| *refusal == expired(&contest)));
        let resumed = refusal(engine.resume_contest(ALICE, id).await);
        let status = ContestStatus::Expired;
        let not_abandoned = Refusal::ContestNotAbandoned {
            contest: id,
            status,
        };
        assert_eq!(resumed, not_abandoned);
    }
    assert_eq!(scene.audit(ALICE, minute(65)).await, seen);
    // The grace period does not prevent a new contest.
    scene.create(ALICE, contest.deadline, &[two]).await;
}

#[tokio::test]
async fn i2_the_grace_moves_with_the_deadline() {
    let scene = Scene::graceful(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    let extended = scene
        .at(minute(5))
        .extend_contest(ALICE, contest.id, minute(90));
    extended.await.unwrap();
    let until = minute(100);
    scene.mark(before(until), &contest, one).await;
    let late = scene.at(until).mark_solved(ALICE, contest.id, two).await;
    assert_eq!(refusal(late).code(), "contest_not_accepting");
    assert_eq!(scene.audit(ALICE, until).await.solved, [one].into());
}

/// A late mark counts in the epoch of its contest.
#[tokio::test]
async fn late_marks_after_a_reset_stand_in_the_log_and_not_in_the_progress() {
    let scene = Scene::graceful(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(minute(1), &contest, one).await;
    let reset = scene.at(minute(61)).reset_progress(ALICE).await.unwrap();
    assert_eq!((reset.removed, reset.settled), (1, Some(contest.id)));
    let marked = scene.mark(minute(62), &contest, two).await;
    assert_eq!(marked, (Some(minute(62)), true));
    let seen = scene.audit(ALICE, minute(63)).await;
    assert_eq!(seen.progress.overall().solved, 0);
    assert_eq!(seen.live().len(), 2);
    // And so it can be selected again.
    let again = scene.create(ALICE, minute(64), &[one, two]).await;
    assert_eq!(again.problems.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_late_marks_that_race_a_creation_are_counted() {
    const ROUNDS: u128 = 6;
    let scene = Scene::graceful(15).await;
    let (last, late) = scene.problems.split_last().unwrap();
    for round in 0..ROUNDS {
        let user = user(round);
        let contest = scene.create(user, START, late).await;
        scene.at(minute(62));
        let next = scene.request(&[*last]);
        let changed = race(late.len() + 1, |number| {
            let (engine, next) = (scene.engine(number), next.clone());
            let (contest, problem) = (contest.id, late.get(number).copied());
            async move {
                let Some(problem) = problem else {
                    return !engine.create_contest(user, &next).await.unwrap().repeated;
                };
                let marked = engine.mark_solved(user, contest, problem).await;
                marked.unwrap().changed
            }
        });
        assert_eq!(changed.await, vec![true; late.len() + 1], "round {round}");
        let seen = scene.audit(user, minute(63)).await;
        assert_eq!(seen.solved.len(), late.len());
        assert_eq!(seen.active, Some(seen.contests[0].id));
    }
}
