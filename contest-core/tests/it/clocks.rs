//! Clocks that differ do not lock users out (I17).

use std::time::Duration;

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

const YEAR: Duration = Duration::from_hours(365 * 24);

/// A contest that a process whose clock is a year ahead created.
async fn from_the_future(scene: &Scene) -> Contest {
    let [one, two] = scene.first();
    let ahead = scene.process_at(START + YEAR).await;
    let request = scene.request(&[one, two]);
    let created = ahead.create_contest(ALICE, &request).await.unwrap();
    assert_eq!(created.contest.started_at, START + YEAR);
    created.contest
}

#[tokio::test]
async fn i17_a_contest_of_a_clock_a_year_ahead_is_open_for_every_clock() {
    let scene = Scene::with(12).await;
    let contest = from_the_future(&scene).await;
    let [one, two] = scene.first();
    for now in [START, minute(59), minute(90)] {
        let active = scene.at(now).active_contest(ALICE).await.unwrap().unwrap();
        assert_eq!(active.id, contest.id);
        assert_eq!((active.status, active.as_of), (ContestStatus::Active, now));
        assert_eq!(active.time_remaining(), HOUR, "the whole duration remains");
    }
    assert_eq!(
        scene.mark(minute(1), &contest, one).await,
        (Some(minute(1)), true)
    );
    scene.mark(minute(2), &contest, two).await;
    assert_eq!(scene.unmark(minute(3), &contest, two).await, (None, true));
    let completed = scene.complete(minute(4), &contest).await;
    assert_eq!(completed.ended_at, Some(minute(4)));
    let seen = scene.audit(ALICE, minute(5)).await;
    assert_eq!((seen.solved, seen.active), ([one].into(), None));
    let next = scene.create(ALICE, minute(5), &[two]).await;
    assert!(next.id > contest.id, "ids ascend strictly for each user");
    assert_eq!(next.started_at, minute(5));
    // The clock that is ahead sees it as expired, which changes nothing.
    let ahead = scene.process_at(START + YEAR).await;
    assert_eq!(ahead.active_contest(ALICE).await.unwrap(), None);
    assert_eq!(scene.active(ALICE, minute(6)).await, Some(next.id));
}

#[tokio::test]
async fn i17_a_contest_of_a_clock_a_year_ahead_can_be_abandoned_resumed_and_extended() {
    let scene = Scene::with(12).await;
    let contest = from_the_future(&scene).await;
    scene.abandon(minute(1), &contest).await;
    let resumed = scene.resume(minute(2), &contest).await;
    assert_eq!(resumed.time_remaining(), HOUR);
    let later = contest.deadline + MINUTE;
    let extended = scene
        .at(minute(3))
        .extend_contest(ALICE, contest.id, later)
        .await;
    assert_eq!(extended.unwrap().deadline, later);
    let busy = refusal(scene.at(minute(4)).reset_progress(ALICE).await);
    assert_eq!(busy.code(), "active_contest_exists");
    scene.abandon(minute(5), &contest).await;
    let reset = scene.at(minute(6)).reset_progress(ALICE).await.unwrap();
    assert_eq!(reset.epoch.began_at, Some(minute(6)));
    scene.audit(ALICE, minute(7)).await;
}

/// A process whose clock is a year ahead settles the active contest; the user can create another at
/// once.
#[tokio::test]
async fn i17_a_contest_settled_by_a_clock_a_year_ahead_is_expired_and_blocks_nothing() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &contest, one).await;
    let ahead = scene.process_at(START + YEAR).await;
    let reset = ahead.reset_progress(ALICE).await.unwrap();
    assert_eq!(reset.settled, Some(contest.id));
    let found = scene.find(minute(2), &contest).await;
    assert_eq!(found.status, ContestStatus::Expired);
    let next = scene.create(ALICE, minute(2), &[one, two]).await;
    scene.mark(minute(3), &next, one).await;
    scene.complete(minute(4), &next).await;
    scene.record(ALICE, minute(5), &[three]).await;
    let seen = scene.audit(ALICE, minute(6)).await;
    assert_eq!(seen.solved, [one, three].into());
    let epoch = scene.at(minute(6)).epoch(ALICE).await.unwrap();
    assert_eq!(epoch.number, 1, "epochs are compared by number");
}

/// Within the allowance time never runs backwards for a user.
#[tokio::test]
async fn i17_clocks_a_little_apart_do_not_make_time_run_backwards() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, minute(1), &[one, two]).await;
    let marked = scene.mark(START, &contest, one).await;
    assert_eq!(marked, (Some(minute(1)), true), "not before its start");
    let marked = scene.mark(before(START), &contest, two).await;
    assert_eq!(marked, (Some(before(START)), true), "too far ahead");
    let strict = scene.find(before(START), &contest).await;
    assert_eq!(strict.as_of, before(START));
    scene.audit(ALICE, minute(2)).await;
}

/// A contest settled by a clock that is ahead is final, even for a clock before its deadline; every
/// clock respects the grace period.
#[tokio::test]
async fn i17_marks_in_a_settled_contest_follow_the_late_policy() {
    for (scene, accepts) in [
        (Scene::with(12).await, false),
        (Scene::graceful(12).await, true),
    ] {
        let [one, two] = scene.first();
        let contest = scene.create(ALICE, START, &[one]).await;
        let ahead = scene.process_at(START + YEAR).await;
        let request = scene.request(&[two]);
        let next = ahead.create_contest(ALICE, &request).await.unwrap();
        assert_eq!(next.settled, Some(contest.id));
        for now in [minute(30), before(contest.deadline)] {
            let marked = scene.at(now).mark_solved(ALICE, contest.id, one).await;
            assert_eq!(marked.is_ok(), accepts, "at {now}");
        }
        let marked = scene
            .at(minute(75))
            .mark_solved(ALICE, contest.id, one)
            .await;
        assert_eq!(marked.is_ok_and(|marked| !marked.changed), accepts);
        scene.audit(ALICE, minute(76)).await;
    }
}

/// Ninety seconds are more than the allowance, so no other process waits for them to pass.
#[tokio::test]
async fn i17_a_clock_that_is_ahead_refuses_nothing_elsewhere() {
    for ahead in [Duration::from_secs(90), YEAR] {
        let scene = Scene::with(12).await;
        let [one, two, three] = scene.first();
        let elsewhere = scene.process_at(START + ahead).await;
        let create = async |problem| {
            let request = scene.request(&[problem]);
            let created = elsewhere.create_contest(ALICE, &request).await;
            created.unwrap().contest
        };
        let contest = create(one).await;
        let marked = scene.mark(START, &contest, one).await;
        assert_eq!(marked, (Some(START), true), "{ahead:?} ahead");
        assert_eq!(scene.unmark(START, &contest, one).await, (None, true));
        scene.mark(START, &contest, one).await;
        let completed = scene.complete(START, &contest).await;
        assert_eq!(completed.ended_at, Some(START));
        let contest = create(two).await;
        let abandoned = scene.abandon(START, &contest).await;
        assert_eq!(abandoned.ended_at, Some(START));
        let next = scene.create(ALICE, START, &[three]).await;
        assert_eq!(next.started_at, START);
        scene.abandon(START, &next).await;
        let contest = create(two).await;
        scene.abandon(START, &contest).await;
        let reset = scene.at(START).reset_progress(ALICE).await.unwrap();
        assert_eq!(reset.epoch.began_at, Some(START));
        scene.audit(ALICE, START).await;
    }
}

/// Epochs are compared by number, so a contest may begin before the epoch that it is of.
#[tokio::test]
async fn i17_a_contest_after_a_reset_is_attempted_though_the_clock_went_back() {
    for back in [1, 2] {
        let scene = Scene::with(9).await;
        let had: [_; 3] = scene.first();
        scene.at(START).reset_progress(ALICE).await.unwrap();
        let contest = scene.create(ALICE, minute(-back), &had).await;
        scene.abandon(minute(-back), &contest).await;
        let day = minute(24 * 60);
        let unattempted = Eligibility::default().excluding_attempted();
        let unattempted = request(6).with_eligibility(unattempted);
        for request in [unattempted, request(6).with_strategy(Strategy::LeastUsed)] {
            let selected = scene.at(day).select(ALICE, request.selection()).await;
            let selected = selected.unwrap().problems;
            let again = had.iter().filter(|id| selected.contains(id));
            assert_eq!((selected.len(), again.count()), (6, 0), "{back} min back");
        }
    }
}
