//! Cases about creating contests.

use crate::conformance::actor::publish;
use crate::conformance::failure::{During, Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{
    ALICE, BOB, START, changed, just_before, minute, stored, unknown_problem,
};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::model::{Ending, EndingKind, Topic};
use crate::select::{Mix, ProblemCount, Seed, SelectionRequest, ShortagePolicy, select};
use crate::store::{CreateContestError, FinishKind, NewContest};

/// Creates a contest, and checks that every read shows it exactly.
async fn ensure_stored(scene: &Scene<'_>, new: &NewContest) -> Outcome {
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let expected = stored(ALICE, new);
    ensure_eq("creating a contest", &here.create(new).await?, &expected)?;
    ensure_eq("finding it", &there.find(new.id).await?, &expected)?;
    let active = there.store.find_active_contest(ALICE, new.started_at).await;
    ensure_eq(
        "finding it as the active one",
        &active.during("finding the active contest")?,
        &Some(expected.clone()),
    )?;
    let listed = there.contests(None, 1).await?;
    ensure_eq("listing it", &listed, &vec![expected])
}

pub(super) async fn i4_a_contest_is_stored_whole(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let mut order: [_; 5] = scene.first()?;
    order.swap(0, 4);
    order.swap(1, 3);
    ensure_stored(&scene, &scene.contest(START, &order)?).await
}

pub(super) async fn i4_a_selection_record_is_stored_exactly(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 24).await?;
    let [first] = scene.first()?;
    let topics = [Topic::new("Topic 1"), Topic::new("Topic 2")];
    let topics: Result<Vec<_>, _> = topics.into_iter().collect();
    let request = SelectionRequest::new(ProblemCount::MAX)
        .with_mix(Mix::new(7, 0, 2).during("making a mix")?)
        .with_topics(topics.during("naming topics")?)
        .with_excluded([first, unknown_problem(1)])
        .with_seed(Seed(u64::MAX));
    let best_effort = select(&scene.catalogue, &request, Seed(u64::MAX), |_| false);
    let best_effort = best_effort.during("selecting")?;
    let contest = NewContest {
        problems: best_effort.problems,
        selection: best_effort.record,
        ..scene.contest(START, &[first])?
    };
    ensure_stored(&scene, &contest).await?;
    let finished = scene
        .here(ALICE)
        .finish(contest.id, FinishKind::Complete, START);
    finished.await?;

    let request =
        SelectionRequest::new(ProblemCount::MIN).with_shortage_policy(ShortagePolicy::Strict);
    let strict = select(&scene.catalogue, &request, Seed(1 << 63), |_| false);
    let strict = strict.during("selecting")?;
    let contest = NewContest {
        problems: strict.problems,
        selection: strict.record,
        ..scene.contest(START, &[first])?
    };
    ensure_stored(&scene, &contest).await
}

pub(super) async fn i4_a_contest_may_have_a_thousand_problems(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 1_000).await?;
    let backwards: Vec<_> = scene.problems.iter().rev().copied().collect();
    ensure_stored(&scene, &scene.contest(START, &backwards)?).await
}

pub(super) async fn i1_an_active_contest_keeps_a_second_one_out(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let first = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&first).await?;
    for at in [
        just_before(START),
        START,
        minute(1),
        just_before(first.deadline),
    ] {
        let second = scene.contest(at, &[two])?;
        let answer = under_test.other.create_contest(ALICE, &second).await;
        ensure_matches!(
            format_args!("creating a contest at {at} while {} is active", first.id),
            answer,
            Err(CreateContestError::ActiveContestExists { contest }) if contest == first.id,
        )?;
    }
    let listed = scene.there(ALICE).contests(None, 10).await?;
    ensure_eq("listing afterwards", &listed, &vec![stored(ALICE, &first)])
}

pub(super) async fn i1_users_do_not_keep_each_other_out(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    for user in [ALICE, BOB] {
        let new = scene.contest(START, &[one])?;
        scene.here(user).create(&new).await?;
        let active = scene.there(user).active(START).await?;
        ensure_eq("asking who is active", &active, &Some(new.id))?;
    }
    Ok(())
}

pub(super) async fn i4_problems_that_cannot_be_used_are_all_named(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [good, solved, retired, fine] = scene.first()?;
    let unknown = unknown_problem(1);
    let without = changed(&scene.catalogue, |problem| {
        let gone = problem.id == retired;
        problem.with_retired(gone)
    })?;
    publish(&*under_test.store, &without).await?;
    scene.here(ALICE).record(&[solved], START).await?;
    scene.here(BOB).record(&[good, fine], START).await?;
    for unusable in [
        vec![retired, unknown, solved],
        vec![solved, retired, unknown],
        vec![unknown],
        vec![retired],
        vec![solved],
    ] {
        let mut problems = unusable.clone();
        problems.insert(0, good);
        problems.push(fine);
        let new = NewContest {
            problems,
            ..scene.contest(START, &[good])?
        };
        let answer = under_test.other.create_contest(ALICE, &new).await;
        ensure_matches!(
            format_args!("creating a contest in which {unusable:?} cannot be used"),
            answer,
            Err(CreateContestError::ProblemsUnavailable { problems }) if problems == unusable,
        )?;
    }
    let seen = scene.audit(ALICE, START).await?;
    ensure_eq("listing afterwards", &seen.contests, &Vec::new())
}

pub(super) async fn i4_a_refused_creation_changes_nothing(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, solved] = scene.first()?;
    let old = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&old).await?;
    scene.here(ALICE).mark(old.id, one, minute(1)).await?;
    scene.here(ALICE).record(&[solved], minute(2)).await?;
    let attempts = [
        (minute(3), vec![two], "while one is active"),
        (
            old.deadline,
            vec![two, solved],
            "over an expired one, of a solved problem",
        ),
        (
            minute(90),
            vec![unknown_problem(1)],
            "over an expired one, of an unknown problem",
        ),
    ];
    for (at, problems, done) in attempts {
        let before = scene.audit(ALICE, at).await?;
        let new = NewContest {
            problems,
            ..scene.contest(at, &[two])?
        };
        let answer = under_test.store.create_contest(ALICE, &new).await;
        ensure_matches!(format_args!("creating {done}"), answer, Err(_))?;
        let after = scene.audit(ALICE, at).await?;
        after.ensure_same(&before, &format!("a refused creation {done}"))?;
    }
    let kept = scene.there(ALICE).find(old.id).await?;
    ensure_eq("finding the expired contest (ending)", &kept.ending, &None)
}

pub(super) async fn i4_creating_settles_the_expired_contest(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let old = scene.contest(START, &[one])?;
    let (_, settled) = here.create_over(&old).await?;
    ensure_eq("creating the first (settled)", &settled, &None)?;
    here.mark(old.id, one, minute(1)).await?;
    let mut expected = there.find(old.id).await?;
    let new = scene.contest(old.deadline, &[two])?;
    let (created, settled) = here.create_over(&new).await?;
    ensure_eq("creating at the deadline", &created, &stored(ALICE, &new))?;
    ensure_eq(
        "creating at the deadline (settled)",
        &settled,
        &Some(old.id),
    )?;
    expected.ending = Some(Ending {
        kind: EndingKind::Expired,
        at: old.deadline,
    });
    ensure_eq(
        "finding the expired contest",
        &there.find(old.id).await?,
        &expected,
    )?;
    let seen = scene.audit(ALICE, new.started_at).await?;
    ensure_eq("asking who is active", &seen.active, &Some(new.id))?;
    ensure_eq(
        "counting expired contests",
        &seen.contest_counts.expired,
        &1,
    )
}
