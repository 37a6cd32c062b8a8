//! Reading lists page by page, and keeping users apart.

use contest_core::prelude::*;
use contest_core::user::{AttemptKey, AttemptRecord};

use crate::scene::Scene;
use crate::support::*;

/// Creates contests one after the other, two hours apart; the first expires, the next is completed, and
/// so on. Returns their ids, latest first.
async fn create_some(scene: &Scene, numbers: std::ops::Range<u32>) -> Vec<ContestId> {
    let [one] = scene.first();
    let mut ids = Vec::new();
    for number in numbers {
        let at = START + 2 * HOUR * number;
        let contest = scene.create(ALICE, at, &[one]).await;
        if number % 2 == 1 {
            scene.complete(at, &contest).await;
        }
        ids.insert(0, contest.id);
    }
    ids
}

async fn page(scene: &Scene, after: Option<ContestId>, limit: u32) -> Vec<ContestId> {
    let limit = PageLimit::new(limit).unwrap();
    let page = scene.at(minute(5_000)).contests(ALICE, after, limit).await;
    page.unwrap().items.into_iter().map(|c| c.id).collect()
}

#[tokio::test]
async fn pages_of_contests_are_latest_first() {
    let scene = Scene::with(12).await;
    assert_eq!(page(&scene, None, 10).await, []);
    let ids = create_some(&scene, 0..7).await;
    for (after, limit, skipped) in [
        (None, 100, 0),
        (None, 3, 0),
        (None, 7, 0),
        (None, 1, 0),
        (Some(ids[0]), 3, 1),
        (Some(ids[3]), 2, 4),
        (Some(ids[3]), 10, 4),
        (Some(ids[6]), 10, 7),
        // Cursors need not be ids of contests.
        (Some(ContestId::new(minute(-1), 0)), 10, 7),
        (Some(ContestId::new(minute(10_000), 0)), 10, 0),
    ] {
        let expected = ids.iter().copied().skip(skipped).take(limit as usize);
        let expected: Vec<_> = expected.collect();
        assert_eq!(page(&scene, after, limit).await, expected, "{after:?}");
    }
}

#[tokio::test]
async fn pages_of_contests_meet_while_contests_are_added() {
    let scene = Scene::with(12).await;
    let expected = create_some(&scene, 0..8).await;
    let (mut seen, mut after) = (Vec::new(), None);
    for round in 0..4 {
        let next = page(&scene, after, 2).await;
        after = next.last().copied();
        seen.extend(next);
        create_some(&scene, 8 + 2 * round..10 + 2 * round).await;
    }
    assert_eq!(seen, expected);
}

async fn history(
    scene: &Scene,
    after: Option<AttemptKey>,
    limit: u32,
) -> (Vec<AttemptRecord>, bool) {
    let limit = PageLimit::new(limit).unwrap();
    let page = scene
        .at(minute(9))
        .attempt_history(ALICE, after, limit)
        .await;
    let page = page.unwrap();
    let last = page.items.last().map(AttemptRecord::key);
    assert!(page.next.is_none() || page.next == last);
    (page.items, page.next.is_some())
}

#[tokio::test]
async fn pages_of_history_are_latest_first() {
    let scene = Scene::with(12).await;
    // Three times with four solves each, recorded latest first.
    for (problems, at) in scene.problems.chunks(4).zip([3, 2, 1]) {
        scene.record(ALICE, minute(at), problems).await;
    }
    let mut expected = crate::scene::log(&scene.store, ALICE).await;
    expected.reverse();
    assert!(expected.is_sorted_by(|one, next| one.key() > next.key()));
    for limit in [1, 3, 4, 100] {
        let (mut seen, mut more) = (Vec::<AttemptRecord>::new(), true);
        while more {
            let after = seen.last().map(AttemptRecord::key);
            let (page, next) = history(&scene, after, limit).await;
            seen.extend(page);
            more = next;
        }
        assert_eq!(seen, expected, "in pages of {limit}");
    }
}

#[tokio::test]
async fn pages_of_history_meet_while_events_are_added() {
    let scene = Scene::with(24).await;
    let (early, late) = scene.problems.split_at(8);
    for (pair, at) in early.chunks(2).zip(0..) {
        scene.record(ALICE, minute(at), pair).await;
    }
    let mut expected = crate::scene::log(&scene.store, ALICE).await;
    expected.reverse();
    let mut seen: Vec<AttemptRecord> = Vec::new();
    for (added, number) in late.chunks(2).zip(4..) {
        let (page, _) = history(&scene, seen.last().map(AttemptRecord::key), 3).await;
        seen.extend(page);
        // Later than all others.
        scene.record(ALICE, minute(number), added).await;
    }
    assert_eq!(seen, expected);
}

/// Alice with an active contest with a key, one problem of it marked, and another solved.
async fn alice_at_work(scene: &Scene) -> (Contest, [ProblemId; 3]) {
    let problems @ [marked, open, outside] = scene.first();
    let request = scene.request(&[marked, open]);
    let request = request.with_idempotency_key(key("key"));
    let contest = scene.create_as(ALICE, START, &request).await;
    scene.mark(minute(1), &contest, marked).await;
    scene.record(ALICE, minute(2), &[outside]).await;
    (contest, problems)
}

#[tokio::test]
async fn ownership_hides_everything_from_another_user() {
    let scene = Scene::with(12).await;
    let (contest, _) = alice_at_work(&scene).await;
    let nothing = scene.audit(user(77), minute(3)).await;
    assert_eq!(scene.audit(BOB, minute(3)).await, nothing);
    let found = scene.at(minute(3)).contest(BOB, contest.id).await;
    assert_eq!(refusal(found).code(), "contest_not_found");
    let replayed = scene.at(minute(3)).replay(BOB, contest.id).await;
    assert_eq!(refusal(replayed).code(), "contest_not_found");
    // Bob can use the key.
    let request = request(2).with_idempotency_key(key("key"));
    scene.create_as(BOB, minute(3), &request).await;
}

#[tokio::test]
async fn ownership_keeps_another_user_from_changing_anything() {
    let scene = Scene::with(12).await;
    let (contest, problems) = alice_at_work(&scene).await;
    let before = scene.audit(ALICE, minute(3)).await;
    // Once as an unknown user, and once as one with another contest.
    for _ in 0..2 {
        let (engine, id) = (scene.at(minute(3)), contest.id);
        for problem in problems {
            let marked = refusal(engine.mark_solved(BOB, id, problem).await);
            let unmarked = refusal(engine.unmark(BOB, id, problem).await);
            assert_eq!([marked.code(), unmarked.code()], ["contest_not_found"; 2]);
        }
        let refused = [
            refusal(engine.complete_contest(BOB, id).await),
            refusal(engine.abandon_contest(BOB, id).await),
            refusal(engine.extend_contest(BOB, id, minute(90)).await),
            refusal(engine.resume_contest(BOB, id).await),
        ];
        let not_found = Refusal::ContestNotFound { contest: id };
        assert!(refused.iter().all(|refusal| *refusal == not_found));
        drop(engine.create_contest(BOB, &request(2)).await);
    }
    assert_eq!(scene.audit(ALICE, minute(3)).await, before);
}

#[tokio::test]
async fn ownership_lets_users_solve_the_same_problems() {
    let scene = Scene::with(12).await;
    let (_, problems @ [marked, open, outside]) = alice_at_work(&scene).await;
    let before = scene.audit(ALICE, minute(5)).await;
    let own = scene.create(BOB, START, &problems).await;
    scene.mark(minute(3), &own, marked).await;
    scene.mark(minute(3), &own, open).await;
    scene.unmark(minute(4), &own, open).await;
    let recorded = scene.record(BOB, minute(4), &[marked, outside]).await;
    assert_eq!(recorded, (1, 1));
    scene.abandon(minute(5), &own).await;
    let seen = scene.audit(BOB, minute(5)).await;
    assert_eq!(seen.solved, [marked, outside].into());
    assert_eq!(scene.audit(ALICE, minute(5)).await, before);
}
