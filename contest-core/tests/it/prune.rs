//! Pruning contests. The random walks prune too: those of `random_calls` and `export`.

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

/// Three contests, an hour apart: completed with a mark, expired with a mark, and open.
async fn three(scene: &Scene) -> [Contest; 3] {
    let [one, two, three] = scene.first();
    let first = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &first, one).await;
    scene.complete(minute(2), &first).await;
    let second = scene.create(ALICE, minute(60), &[two]).await;
    scene.mark(minute(61), &second, two).await;
    let third = scene.create(ALICE, minute(120), &[three]).await;
    [first, second, third]
}

#[tokio::test]
async fn i8_i18_pruned_contests_are_gone_and_their_solves_stay() {
    let scene = Scene::with(12).await;
    let [first, second, third] = three(&scene).await;
    let now = minute(130);
    let engine = scene.at(now);
    let before = scene.audit(ALICE, now).await;
    assert!(engine.prune_contests(ALICE, minute(60)).await.unwrap());
    let seen = scene.audit(ALICE, now).await;
    let left: Vec<_> = seen.contests.iter().map(|contest| contest.id).collect();
    assert_eq!(left, [third.id, second.id]);
    assert_eq!(seen.progress, before.progress);
    assert_eq!((&seen.log, &seen.events), (&before.log, &before.events));
    let gone = Refusal::ContestNotFound { contest: first.id };
    assert_eq!(refusal(engine.contest(ALICE, first.id).await), gone);
    assert_eq!(refusal(engine.replay(ALICE, first.id).await), gone);
    assert!(engine.replay(ALICE, second.id).await.unwrap().is_same());
    // The problem of the pruned contest still counts as attempted.
    let rules = Eligibility::default()
        .with_solved(SolvedRule::Allow)
        .excluding_attempted();
    let all = request(12).with_eligibility(rules);
    let selected = engine.select(ALICE, all.selection()).await.unwrap();
    assert_eq!(selected.problems.len(), 9);
    assert_eq!(engine.rebuild_user(ALICE).await.unwrap(), []);
}

#[tokio::test]
async fn the_open_contest_is_not_pruned() {
    let scene = Scene::with(12).await;
    let [_, _, third] = three(&scene).await;
    for now in [minute(130), minute(300)] {
        let engine = scene.at(now);
        engine.prune_contests(ALICE, now).await.unwrap();
        let seen = scene.audit(ALICE, now).await;
        assert_eq!(seen.contests.len(), 1);
        assert_eq!(seen.contests[0].id, third.id);
        assert!(!engine.prune_contests(ALICE, now).await.unwrap(), "again");
    }
    assert!(
        !scene
            .at(START)
            .prune_contests(BOB, minute(1))
            .await
            .unwrap()
    );
    assert_eq!(scene.audit(BOB, START).await.record, None);
}
