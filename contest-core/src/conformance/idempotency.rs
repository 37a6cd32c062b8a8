//! Cases about creating contests under a key (I5).

use crate::conformance::actor::Actor;
use crate::conformance::failure::{During, Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, BOB, START, contest_id, minute, under_key};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::race;
use crate::conformance::scene::Scene;
use crate::id::ContestId;
use crate::model::{ContestRecord, IdempotencyKey};
use crate::store::{CreateContestError, Creation, FinishKind, NewContest};

/// Creates again under a key that was used, and checks that the first contest is returned as it is.
async fn ensure_repeated(actor: Actor<'_>, again: &NewContest, first: ContestId) -> Outcome {
    let expected = actor.find(first).await?;
    let answer = actor.store.create_contest(actor.user, again).await;
    ensure_matches!(
        format_args!("creating at {} under the key that created {first}", again.started_at),
        answer,
        Ok(Creation::Repeated(record)) if record == expected,
    )?;
    if let Some(idempotency) = &again.idempotency {
        let found = by_key(actor, idempotency.key.as_str()).await?;
        let expected = Some((expected, idempotency.request));
        ensure_eq("finding the contest of the key", &found, &expected)?;
    }
    let nothing = actor.store.find_contest(actor.user, again.id).await;
    let nothing = nothing.during("finding a contest that was not created")?;
    ensure_eq("finding a contest that was not created", &nothing, &None)
}

/// The contest the user created under a key, with the digest.
async fn by_key(actor: Actor<'_>, key: &str) -> Outcome<Option<(ContestRecord, [u8; 32])>> {
    let key = IdempotencyKey::new(key).during("naming a key")?;
    let found = actor.store.find_contest_by_key(actor.user, &key).await;
    found.during(format_args!("finding the contest of the key {key}"))
}

pub(super) async fn i5_a_repeated_key_returns_the_first_contest(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let [one, two, three] = scene.first()?;
    let first = under_key(scene.contest(START, &[one])?, "key", 1)?;
    here.create(&first).await?;
    let again = |at, problem| -> Outcome<NewContest> {
        under_key(scene.contest(at, &[problem])?, "key", 1)
    };
    ensure_repeated(there, &first_renumbered(&first), first.id).await?;
    ensure_repeated(there, &again(minute(1), two)?, first.id).await?;
    here.mark(first.id, one, minute(2)).await?;
    // Its problem is solved now.
    ensure_repeated(there, &again(minute(3), one)?, first.id).await?;
    here.finish(first.id, FinishKind::Abandon, minute(4))
        .await?;
    ensure_repeated(there, &again(minute(5), two)?, first.id).await?;
    let second = scene.contest(minute(6), &[two])?;
    here.create(&second).await?;
    // Another contest is active now.
    ensure_repeated(there, &again(minute(7), three)?, first.id).await?;
    // And expired now; a repetition does not settle it.
    ensure_repeated(there, &again(minute(90), three)?, first.id).await?;
    let second = there.find(second.id).await?;
    ensure_eq(
        "finding the expired contest (ending)",
        &second.ending,
        &None,
    )
}

/// The same contest under an id of its own, as a retry would try to create it.
fn first_renumbered(first: &NewContest) -> NewContest {
    NewContest {
        id: contest_id(999, first.started_at),
        ..first.clone()
    }
}

pub(super) async fn i5_a_key_with_another_request_is_refused(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let first = under_key(scene.contest(START, &[one])?, "key", 1)?;
    scene.here(ALICE).create(&first).await?;
    for at in [minute(1), minute(30), minute(90)] {
        let other = under_key(scene.contest(at, &[two])?, "key", 2)?;
        let before = scene.audit(ALICE, at).await?;
        let answer = under_test.other.create_contest(ALICE, &other).await;
        ensure_matches!(
            format_args!("creating at {at} under the key of {}, another request", first.id),
            answer,
            Err(CreateContestError::KeyReused { contest }) if contest == first.id,
        )?;
        let after = scene.audit(ALICE, at).await?;
        after.ensure_same(
            &before,
            "creating under a key that was used for something else",
        )?;
    }
    Ok(())
}

pub(super) async fn i5_keys_are_compared_exactly_and_by_user(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let long = "k".repeat(255);
    let keys = ["key", "KEY", "key%", "key'\"\\", "k", &long];
    for (key, number) in keys.into_iter().zip(1..) {
        for user in [ALICE, BOB] {
            let at = minute(i64::from(number));
            let new = scene.contest(at, &[one])?;
            let new = under_key(new, key, number)?;
            let created = scene.here(user).create(&new).await?;
            let found = by_key(scene.there(user), key).await?;
            let done = format!("finding the contest of the key {key}");
            ensure_eq(done, &found, &Some((created, [number; 32])))?;
            let finished = scene.here(user).finish(new.id, FinishKind::Complete, at);
            finished.await?;
        }
    }
    let none = by_key(scene.there(ALICE), "kex").await?;
    ensure_eq("finding the contest of an unused key", &none, &None)?;
    let unkeyed = scene.contest(minute(100), &[two])?;
    scene.here(ALICE).create(&unkeyed).await?;
    let seen = scene.audit(ALICE, minute(100)).await?;
    ensure_eq("listing all contests", &seen.contests.len(), &7)
}

pub(super) async fn i5_a_refused_creation_leaves_its_key_unused(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, solved] = scene.first()?;
    scene.here(ALICE).record(&[solved], START).await?;
    let refused = under_key(scene.contest(START, &[solved])?, "key", 1)?;
    let answer = under_test.store.create_contest(ALICE, &refused).await;
    ensure_matches!(
        "creating a contest of a solved problem",
        answer,
        Err(CreateContestError::ProblemsUnavailable { .. }),
    )?;
    let found = by_key(scene.there(ALICE), "key").await?;
    ensure_eq("finding the contest of its key", &found, &None)?;
    let other = under_key(scene.contest(START, &[one])?, "key", 2)?;
    scene.there(ALICE).create(&other).await.map(|_| ())
}

pub(super) async fn i5_refusals_follow_the_documented_order(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, solved] = scene.first()?;
    let first = under_key(scene.contest(START, &[one])?, "key", 1)?;
    scene.here(ALICE).create(&first).await?;
    scene.here(ALICE).record(&[solved], START).await?;
    // Every rule refuses this one: the key first.
    let all = under_key(scene.contest(minute(1), &[solved])?, "key", 2)?;
    let answer = under_test.other.create_contest(ALICE, &all).await;
    ensure_matches!(
        "creating under a used key, while one is active, of a solved problem",
        answer,
        Err(CreateContestError::KeyReused { contest }) if contest == first.id,
    )?;
    // Two rules refuse this one: the active contest first.
    let answer = under_test
        .other
        .create_contest(ALICE, &under_key(all, "another", 2)?)
        .await;
    ensure_matches!(
        "creating while one is active, of a solved problem",
        answer,
        Err(CreateContestError::ActiveContestExists { contest }) if contest == first.id,
    )
}

pub(super) async fn i5_racing_creations_under_one_key_make_one_contest(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let mut attempts = Vec::new();
    for problem in scene.problems.iter().cycle().take(32) {
        let new = scene.contest(START, &[*problem])?;
        attempts.push(under_key(new, "key", 1)?);
    }
    let answers = race(under_test, attempts.len(), |number, store| {
        let attempt = attempts.get(number).cloned();
        async move {
            match attempt {
                Some(new) => store.create_contest(ALICE, &new).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let (mut created, mut repeated) = (Vec::new(), Vec::new());
    for answer in answers.await? {
        match answer.during("creating under one key, many at once")? {
            Some(Creation::Created { contest, .. }) => created.push(contest),
            Some(Creation::Repeated(record)) => repeated.push(record),
            None => {}
        }
    }
    ensure_eq(
        "32 creations at once under one key (created)",
        &created.len(),
        &1,
    )?;
    let same = created.iter().cycle().take(31).cloned().collect::<Vec<_>>();
    ensure_eq(
        "32 creations at once under one key (repeated)",
        &repeated,
        &same,
    )?;
    let seen = scene.audit(ALICE, START).await?;
    ensure_eq("listing afterwards", &seen.contests, &created)
}
