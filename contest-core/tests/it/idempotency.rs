//! Creating contests with an idempotency key (I5).

use contest_core::engine::CreatedContest;
use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

/// Creates again with a used key, and checks that the first contest is returned unchanged.
async fn ensure_repeated(scene: &Scene, now: Timestamp, again: &ContestRequest, first: &Contest) {
    let before = scene.audit(first.user, now).await;
    let expected = scene.find(now, first).await;
    let created = scene.at(now).create_contest(first.user, again);
    let CreatedContest {
        contest,
        repeated,
        settled,
        ..
    } = created.await.unwrap();
    assert_eq!((contest, repeated, settled), (expected, true, None));
    assert_eq!(scene.audit(first.user, now).await, before);
}

#[tokio::test]
async fn i5_a_repeated_key_returns_the_first_contest() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let request = scene.request(&[one]).with_idempotency_key(key("key"));
    let first = scene.create_as(ALICE, START, &request).await;
    ensure_repeated(&scene, START, &request, &first).await;
    ensure_repeated(&scene, minute(1), &request, &first).await;
    scene.mark(minute(2), &first, one).await;
    // Its problem is solved now.
    ensure_repeated(&scene, minute(3), &request, &first).await;
    scene.abandon(minute(4), &first).await;
    ensure_repeated(&scene, minute(5), &request, &first).await;
    let second = scene.create(ALICE, minute(6), &[two]).await;
    // Another contest is active now.
    ensure_repeated(&scene, minute(7), &request, &first).await;
    // And expired now; a repetition does not settle it.
    ensure_repeated(&scene, minute(90), &request, &first).await;
    let record = scene.audit(ALICE, minute(90)).await.record.unwrap();
    assert!(record.is_open(second.id));
}

#[tokio::test]
async fn i5_a_key_with_another_request_is_refused() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let first = scene.request(&[one]).with_idempotency_key(key("key"));
    let first = scene.create_as(ALICE, START, &first).await;
    let other = scene.request(&[two]).with_idempotency_key(key("key"));
    for at in [minute(1), minute(30), minute(90)] {
        let before = scene.audit(ALICE, at).await;
        let refused = refusal(scene.at(at).create_contest(ALICE, &other).await);
        let expected = Refusal::IdempotencyKeyReused { contest: first.id };
        assert_eq!(refused, expected, "at {at}");
        assert_eq!(scene.audit(ALICE, at).await, before);
    }
}

#[tokio::test]
async fn i5_keys_are_compared_exactly_and_by_user() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let long = "k".repeat(255);
    let keys = ["key", "KEY", "key%", "key'\"\\", "k", &long];
    for (text, number) in keys.into_iter().zip(1..) {
        let request = scene.request(&[one]).with_idempotency_key(key(text));
        for user in [ALICE, BOB] {
            let contest = scene.create_as(user, minute(number), &request).await;
            ensure_repeated(&scene, minute(number), &request, &contest).await;
            scene.complete(minute(number), &contest).await;
        }
    }
    scene.create(ALICE, minute(100), &[two]).await;
    assert_eq!(scene.audit(ALICE, minute(100)).await.contests.len(), 7);
}

#[tokio::test]
async fn i5_a_refused_creation_leaves_its_key_unused() {
    let scene = Scene::with(12).await;
    let [one, solved] = scene.first();
    scene.record(ALICE, START, &[solved]).await;
    let refused = scene.request(&[solved]).with_idempotency_key(key("key"));
    let answer = scene.at(START).create_contest(ALICE, &refused).await;
    assert!(matches!(refusal(answer), Refusal::Selection(_)));
    let other = scene.request(&[one]).with_idempotency_key(key("key"));
    scene.create_as(ALICE, START, &other).await;
}

/// The key, the limits, the active contest, and then the problems.
#[tokio::test]
async fn i5_refusals_follow_the_documented_order() {
    let scene = Scene::with(12).await;
    let [one, solved] = scene.first();
    let request = scene.request(&[one]).with_idempotency_key(key("key"));
    let first = scene.create_as(ALICE, START, &request).await;
    scene.record(ALICE, START, &[solved]).await;
    let refused = async |request: ContestRequest| {
        refusal(scene.at(minute(1)).create_contest(ALICE, &request).await)
    };
    // Every rule refuses this one.
    let all = scene.request_of(&[solved], 301);
    let taken = Refusal::IdempotencyKeyReused { contest: first.id };
    let under_key = all.clone().with_idempotency_key(key("key"));
    assert_eq!(refused(under_key).await, taken);
    assert_eq!(refused(all).await.code(), "limit_exceeded");
    let active = Refusal::ActiveContestExists { contest: first.id };
    assert_eq!(refused(scene.request(&[solved])).await, active);
    // Repeated exactly, it returns the contest, whatever the limits are now.
    ensure_repeated(&scene, minute(1), &request, &first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i5_racing_creations_under_one_key_make_one_contest() {
    let scene = Scene::with(12).await;
    let request = request(5).with_idempotency_key(key("key"));
    let answers = race(32, |number| {
        let (engine, request) = (scene.engine(number), request.clone());
        async move { engine.create_contest(ALICE, &request).await.unwrap() }
    });
    let answers = answers.await;
    let created = answers.iter().filter(|answer| !answer.repeated);
    assert_eq!(created.count(), 1);
    let first = &answers[0].contest;
    assert!(answers.iter().all(|answer| answer.contest == *first));
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.contests, std::slice::from_ref(first));
}

/// A process with lower limits answers with the contest of the key, and refuses the same request
/// without it.
#[tokio::test]
async fn i5_a_repeated_key_comes_before_lower_limits() {
    let scene = Scene::with(12).await;
    let first = request(5).with_idempotency_key(key("key"));
    let contest = scene.create_as(ALICE, START, &first).await;
    let lower = Limits::default().with_problems(1..=3).with_minutes(10..=30);
    let strict = Engine::builder(scene.store.clone())
        .clock(clock())
        .limits(lower);
    let strict = strict.build().await.unwrap();
    let repeated = strict.create_contest(ALICE, &first).await.unwrap();
    assert_eq!((repeated.contest.id, repeated.repeated), (contest.id, true));
    let refused = refusal(strict.create_contest(ALICE, &request(5)).await);
    assert_eq!(refused.code(), "limit_exceeded");
}
