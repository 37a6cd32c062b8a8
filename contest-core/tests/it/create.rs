//! Creating contests (I1, I4).

use contest_core::store::HistoryRepository;

use crate::scene::Scene;
use crate::support::*;
use contest_core::prelude::*;

/// Creates a contest, and checks that every read shows it exactly.
async fn ensure_stored(scene: &Scene, request: &ContestRequest) -> Contest {
    let created = scene.create_as(ALICE, START, request).await;
    assert_eq!(scene.find(START, &created).await, created);
    let active = scene.at(START).active_contest(ALICE).await.unwrap();
    assert_eq!(active.as_ref(), Some(&created));
    let limit = PageLimit::new(1).unwrap();
    let listed = scene.at(START).contests(ALICE, None, limit).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&created));
    let asked = scene.store.contest_request(ALICE, created.id).await;
    assert_eq!(asked.unwrap().as_ref(), Some(request.selection()));
    assert!(
        scene
            .at(START)
            .replay(ALICE, created.id)
            .await
            .unwrap()
            .is_same()
    );
    created
}

#[tokio::test]
async fn i4_a_contest_is_stored_whole() {
    let scene = Scene::with(12).await;
    let problems: [_; 5] = scene.first();
    let created = ensure_stored(&scene, &scene.request(&problems)).await;
    assert_eq!(
        (created.user, created.started_at, created.deadline),
        (ALICE, START, START + HOUR)
    );
    let mut stored = problem_ids(&created);
    let levels: Vec<_> = created.problems.iter().map(|e| e.difficulty).collect();
    assert!(levels.is_sorted(), "easy to hard (I13): {levels:?}");
    let mut expected = problems.to_vec();
    stored.sort_unstable();
    expected.sort_unstable();
    assert_eq!(stored, expected);
}

#[tokio::test]
async fn i4_a_selection_record_is_stored_exactly() {
    let scene = Scene::with(24).await;
    let [first] = scene.first();
    let topics = [Topic::new("Topic 1"), Topic::new("Topic 2")].map(Result::unwrap);
    let odd = SelectionRequest::new(ProblemCount::MAX)
        .with_mix(Mix::new(7, 0, 2).unwrap())
        .with_topics(topics)
        .with_excluded([first])
        .with_seed(Seed(u64::MAX));
    let hour = ContestDuration::from_minutes(60).unwrap();
    let created = ensure_stored(&scene, &ContestRequest::with_selection(odd, hour)).await;
    assert_eq!(created.selection.seed, Seed(u64::MAX));
    assert!(created.selection.shortfall() > 0);
    scene.complete(START, &created).await;
    let strict = SelectionRequest::new(ProblemCount::MIN)
        .with_shortage_policy(ShortagePolicy::Strict)
        .with_seed(Seed(1 << 63));
    let created = ensure_stored(&scene, &ContestRequest::with_selection(strict, hour)).await;
    assert_eq!(created.selection.shortfall(), 0);
}

#[tokio::test]
async fn i4_a_contest_may_have_a_thousand_problems() {
    let scene = Scene::with(1_000).await;
    let created = ensure_stored(&scene, &scene.request(&scene.problems)).await;
    assert_eq!(created.problems.len(), 1_000);
}

#[tokio::test]
async fn i1_an_active_contest_keeps_a_second_one_out() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let first = scene.create(ALICE, START, &[one]).await;
    for at in [before(START), START, minute(1), before(first.deadline)] {
        let request = scene.request(&[two]);
        let second = scene.at(at).create_contest(ALICE, &request);
        let expected = Refusal::ActiveContestExists { contest: first.id };
        assert_eq!(refusal(second.await), expected, "at {at}");
    }
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.contests, [first]);
}

#[tokio::test]
async fn i1_users_do_not_keep_each_other_out() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    for user in [ALICE, BOB] {
        let created = scene.create(user, START, &[one]).await;
        assert_eq!(scene.active(user, START).await, Some(created.id));
    }
}

/// The engine picks the problems, so unusable ones are left out and no error names them.
#[tokio::test]
async fn i4_problems_that_cannot_be_used_are_never_selected() {
    let scene = Scene::with(12).await;
    let [good, solved, retired, fine] = scene.first();
    scene.publish(&without(&scene.catalogue, retired)).await;
    scene.record(ALICE, START, &[solved]).await;
    scene.record(BOB, START, &[good, fine]).await;
    let strict = scene.request(&[good, solved, retired, fine]);
    let refused = refusal(scene.at(START).create_contest(ALICE, &strict).await);
    assert_eq!(refused.code(), "not_enough_problems");
    assert_eq!(scene.audit(ALICE, START).await.contests, []);
    let lenient = strict.with_shortage_policy(ShortagePolicy::BestEffort);
    let created = scene.create_as(ALICE, START, &lenient).await;
    let mut problems = problem_ids(&created);
    problems.sort_unstable_by_key(|id| scene.problems.iter().position(|other| other == id));
    assert_eq!(problems, [good, fine]);
}

#[tokio::test]
async fn i4_a_refused_creation_changes_nothing() {
    let scene = Scene::with(12).await;
    let [one, two, solved] = scene.first();
    let old = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &old, one).await;
    scene.record(ALICE, minute(2), &[solved]).await;
    let nowhere = scene
        .request(&[two])
        .with_topics([Topic::new("None").unwrap()]);
    let attempts = [
        (minute(3), scene.request(&[two]), "active_contest_exists"),
        (
            old.deadline,
            scene.request(&[two, solved]),
            "not_enough_problems",
        ),
        (minute(90), nowhere, "unknown_topic"),
    ];
    for (at, request, code) in attempts {
        let before = scene.audit(ALICE, at).await;
        let refused = refusal(scene.at(at).create_contest(ALICE, &request).await);
        assert_eq!(refused.code(), code);
        assert_eq!(scene.audit(ALICE, at).await, before, "{code}");
    }
    let record = scene.audit(ALICE, minute(90)).await.record.unwrap();
    assert!(record.is_open(old.id), "a refused creation settled it");
}

/// Expiry is not stored in the contest: the record counts it, and there is an event.
#[tokio::test]
async fn i4_creating_settles_the_expired_contest() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let request = scene.request(&[one]);
    let first = scene
        .at(START)
        .create_contest(ALICE, &request)
        .await
        .unwrap();
    assert_eq!(first.settled, None);
    let old = first.contest;
    scene.mark(minute(1), &old, one).await;
    let request = scene.request(&[two]);
    let created = scene.at(old.deadline).create_contest(ALICE, &request).await;
    let created = created.unwrap();
    assert_eq!(created.settled, Some(old.id));
    assert_eq!(created.contest.started_at, old.deadline);
    let found = scene.find(old.deadline, &old).await;
    assert_eq!(
        (found.status, found.ended_at),
        (ContestStatus::Expired, Some(old.deadline))
    );
    assert_eq!(scene.stored(&old).await.ending, None);
    let seen = scene.audit(ALICE, old.deadline).await;
    assert_eq!(seen.active, Some(created.contest.id));
    assert_eq!(seen.counts().expired, 1);
    assert_eq!(seen.record.unwrap().ended.expired, 1);
}

/// Unknown exclusions have no effect. Stored, a client could fill the disk with them.
#[tokio::test]
async fn unknown_exclusions_are_not_stored() {
    let scene = Scene::with(12).await;
    let [known] = scene.first();
    let unknown = (1..=1_000).map(|n| ProblemId::from_uuid(uuid::Uuid::from_u128(n)));
    let [everything, nowhere] = ["Everything", "Nowhere"].map(|name| Topic::new(name).unwrap());
    let asked = request(2)
        .with_excluded(unknown.chain([known]))
        .with_excluded_topics([nowhere.clone()])
        .with_idempotency_key(key("key"));
    let created = scene.create_as(ALICE, START, &asked).await;
    let stored = scene.store.contest_request(ALICE, created.id).await;
    let stored = stored.unwrap().unwrap();
    assert_eq!(stored.excluded().iter().collect::<Vec<_>>(), [&known]);
    assert!(stored.excluded_topics().is_empty());
    // The digest is of the request as it was given, and the replay of the same selection.
    let again = scene.at(START).create_contest(ALICE, &asked).await.unwrap();
    assert!(again.repeated);
    let fewer = request(2)
        .with_excluded([known])
        .with_idempotency_key(key("key"));
    let refused = refusal(scene.at(START).create_contest(ALICE, &fewer).await);
    let contest = created.id;
    assert_eq!(refused, Refusal::IdempotencyKeyReused { contest });
    let replay = scene.at(START).replay(ALICE, created.id).await.unwrap();
    assert!(replay.is_same());
    let none = request(2).with_excluded_topics([everything, nowhere]);
    let refused = refusal(scene.at(minute(90)).create_contest(ALICE, &none).await);
    assert_eq!(refused, SelectionError::NoEligibleProblems.into());
}

/// A user could fill the disk with contests that are begun and abandoned.
#[tokio::test]
async fn contests_begun_on_a_day_are_limited() {
    let clock = clock();
    let limits = Limits::default().with_contests_per_day(3);
    let builder = Engine::builder(bundled()).clock(clock.clone());
    let engine = builder.limits(limits).build().await.unwrap();
    let begin = async |user| {
        let begun = engine.create_contest(user, &request(1)).await?;
        engine.abandon_contest(user, begun.contest.id).await
    };
    let keyed = request(1).with_idempotency_key(key("key"));
    let first = engine.create_contest(ALICE, &keyed).await.unwrap().contest;
    assert!(engine.create_contest(ALICE, &keyed).await.unwrap().repeated);
    engine.abandon_contest(ALICE, first.id).await.unwrap();
    for _ in 0..2 {
        begin(ALICE).await.unwrap();
    }
    engine.reset_progress(ALICE).await.unwrap();
    clock.advance(HOUR);
    let expected = Refusal::DailyLimit {
        what: "new contests",
        limit: 3,
        next_at: START + 24 * HOUR,
        wait: 23 * HOUR,
    };
    assert_eq!(refusal(begin(ALICE).await), expected);
    assert!(engine.create_contest(ALICE, &keyed).await.unwrap().repeated);
    begin(BOB).await.unwrap();
    clock.advance(23 * HOUR);
    for _ in 0..3 {
        begin(ALICE).await.unwrap();
    }
    assert!(begin(ALICE).await.is_err());
    // A clock that was far ahead locks nobody out (I17).
    clock.advance(1_000 * HOUR);
    for _ in 0..3 {
        begin(ALICE).await.unwrap();
    }
    clock.set(START + 25 * HOUR);
    begin(ALICE).await.unwrap();
}
