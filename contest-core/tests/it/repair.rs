//! Checking a user's record against the log, and rebuilding it.

use contest_core::id::Version;
use contest_core::prelude::*;
use contest_core::progress::Discrepancy;
use contest_core::store::{Commit, ContestSelector, UserRepository};
use contest_core::user::{EndedContests, UserRecord};

use crate::scene::Scene;
use crate::support::*;

/// A user with solves, an ended contest, and an active one with a mark.
async fn busy(scene: &Scene) -> Contest {
    let [one, two, three, four] = scene.first();
    let first = scene.create(ALICE, START, &[one]).await;
    scene.mark(START, &first, one).await;
    scene.complete(START, &first).await;
    scene.record(ALICE, START, &[two]).await;
    let open = scene.create(ALICE, minute(1), &[three, four]).await;
    scene.mark(minute(2), &open, three).await;
    open
}

/// Writes a damaged record over the stored one.
async fn damage(scene: &Scene, number: u64, damage: impl FnOnce(&mut UserRecord)) {
    let selector = ContestSelector::None;
    let snapshot = scene.store.load_user(ALICE, &selector).await.unwrap();
    let mut record = snapshot.record.unwrap();
    let expected = Some(record.version);
    record.version = Version::from_random(u64::MAX, number);
    damage(&mut record);
    let commit = Commit {
        solved_changed: true,
        seen_changed: true,
        ..Commit::of_record(ALICE, expected, record)
    };
    scene.store.commit_user(&commit).await.unwrap();
}

/// Checks that exactly this is found and repaired.
async fn ensure_mended(scene: &Scene, whole: &UserRecord, expected: Vec<Discrepancy>) {
    let engine = scene.at(minute(3));
    assert_eq!(engine.verify_user(ALICE).await.unwrap(), expected);
    // Checking changes nothing.
    assert_eq!(engine.verify_user(ALICE).await.unwrap(), expected);
    assert_eq!(engine.rebuild_user(ALICE).await.unwrap(), expected);
    let mut mended = scene.audit(ALICE, minute(3)).await.record.unwrap();
    assert_ne!(mended.version, whole.version);
    mended.version = whole.version;
    assert_eq!(mended, *whole);
    assert_eq!(engine.rebuild_user(ALICE).await.unwrap(), []);
}

#[tokio::test]
async fn verify_and_rebuild_find_and_mend_a_damaged_record() {
    let scene = Scene::with(12).await;
    busy(&scene).await;
    let [one, two, three, four] = scene.first();
    let whole = scene.audit(ALICE, minute(3)).await.record.unwrap();
    let catalogue = scene.at(minute(3)).catalogue();
    let ordinal = |problem| catalogue.ordinal(problem).unwrap();
    damage(&scene, 1, |record| {
        record.solved.remove(ordinal(one));
    })
    .await;
    ensure_mended(&scene, &whole, vec![Discrepancy::NotCounted(vec![one])]).await;
    damage(&scene, 2, |record| {
        record.solved.insert(ordinal(four));
    })
    .await;
    ensure_mended(&scene, &whole, vec![Discrepancy::NotInLog(vec![four])]).await;
    damage(&scene, 3, |record| {
        record.seen.insert(ordinal(two));
        record.seen.remove(ordinal(one));
    })
    .await;
    ensure_mended(&scene, &whole, vec![Discrepancy::Seen(vec![two, one])]).await;
    damage(&scene, 4, |record| {
        record.open.as_mut().unwrap().newly_marked = vec![four];
    })
    .await;
    let mut both = vec![three, four];
    both.sort_unstable();
    ensure_mended(&scene, &whole, vec![Discrepancy::NewlyMarked(both)]).await;
    damage(&scene, 5, |record| record.ended.expired = 7).await;
    let counted = whole.ended;
    let recorded = EndedContests {
        expired: 7,
        ..counted
    };
    ensure_mended(
        &scene,
        &whole,
        vec![Discrepancy::Ended { recorded, counted }],
    )
    .await;
}

#[tokio::test]
async fn a_correct_record_is_not_written_and_unknown_users_are_correct() {
    let scene = Scene::with(12).await;
    let open = busy(&scene).await;
    let before = scene.audit(ALICE, minute(3)).await;
    let engine = scene.at(minute(3));
    assert_eq!(engine.rebuild_user(ALICE).await.unwrap(), []);
    assert_eq!(engine.rebuild_user(BOB).await.unwrap(), []);
    assert_eq!(scene.audit(ALICE, minute(3)).await, before);
    assert_eq!(engine.users(None, 10).await.unwrap(), [ALICE]);
    // Also with an expired contest that is not settled, and after a reset and late marks.
    scene.audit(ALICE, open.deadline).await;
    scene.at(open.deadline).reset_progress(ALICE).await.unwrap();
    scene.audit(ALICE, open.deadline).await;
}

/// A process with an older catalogue loads the stored one first.
#[tokio::test]
async fn a_record_is_recounted_by_the_stored_catalogue() {
    let scene = Scene::with(12).await;
    let behind = scene.process_at(START).await;
    scene.publish(&numbered(13)).await;
    let new = problem(12).id;
    scene.record(ALICE, START, &[new]).await;
    assert_eq!(behind.catalogue().get(new), None);
    assert_eq!(behind.verify_user(ALICE).await.unwrap(), []);
    assert!(behind.catalogue().get(new).is_some());
}

#[tokio::test]
async fn users_are_listed_by_page() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    for number in [5, 1, 4, 2, 3] {
        scene.record(user(number), START, &[one]).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = scene.at(START).users(after, 2).await.unwrap();
        after = page.last().copied();
        seen.extend(page);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=5).map(user).collect::<Vec<_>>());
}
