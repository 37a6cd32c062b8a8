//! Cases about resuming.

use crate::conformance::failure::{Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, START, just_before, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::{ContestId, UserId};
use crate::model::{ContestCounts, ContestStatus, Ending, EndingKind};
use crate::store::{CreateContestError, FinishKind, NewContest, ResumeError};
use crate::time::Timestamp;

/// A contest of the user, from the start, of the first problem, abandoned after two minutes.
async fn abandoned(scene: &Scene<'_>, user: UserId) -> Outcome<NewContest> {
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    let here = scene.here(user);
    here.create(&new).await?;
    here.finish(new.id, FinishKind::Abandon, minute(2)).await?;
    Ok(new)
}

/// Checks that the contest is not resumed at `now`, for a stated reason, and that nothing changes.
async fn ensure_refused(
    scene: &Scene<'_>,
    user: UserId,
    contest: ContestId,
    now: Timestamp,
    because: impl Fn(&ResumeError) -> bool,
    expected: &str,
) -> Outcome {
    let before = scene.audit(user, now).await?;
    let answer = scene.other().resume_contest(user, contest, now).await;
    ensure_matches!(
        format_args!("resuming at {now}: {expected}"),
        answer,
        Err(ref error) if because(error),
    )?;
    let after = scene.audit(user, now).await?;
    after.ensure_same(&before, "a resumption that was refused")
}

pub(super) async fn resuming_takes_an_abandonment_back(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let new = scene.contest(START, &[one, two])?;
    here.create(&new).await?;
    here.mark(new.id, two, minute(1)).await?;
    let running = there.find(new.id).await?;
    here.finish(new.id, FinishKind::Abandon, minute(2)).await?;
    let resumed = there.resume(new.id, minute(5)).await?;
    ensure_eq("resuming an abandoned contest", &resumed, &running)?;
    let seen = scene.audit(ALICE, minute(6)).await?;
    ensure_eq("listing it", &seen.contests, &vec![running])?;
    let counts = ContestCounts {
        active: 1,
        ..ContestCounts::default()
    };
    ensure_eq("counting contests", &seen.contest_counts, &counts)?;
    let second = scene.contest(minute(6), &[one])?;
    ensure_matches!(
        "creating a contest next to a resumed one",
        here.store.create_contest(ALICE, &second).await,
        Err(CreateContestError::ActiveContestExists { contest }) if contest == new.id,
    )?;
    there.unmark(new.id, two, minute(7)).await?;
    here.mark(new.id, one, minute(7)).await?;
    here.finish(new.id, FinishKind::Complete, minute(8)).await?;
    let seen = scene.audit(ALICE, minute(9)).await?;
    let counts = ContestCounts {
        completed: 1,
        ..ContestCounts::default()
    };
    ensure_eq(
        "counting contests after completing it",
        &seen.contest_counts,
        &counts,
    )
}

pub(super) async fn resuming_what_accepts_work_changes_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let new = abandoned(&scene, ALICE).await?;
    let resumed = scene.here(ALICE).resume(new.id, minute(3)).await?;
    let before = scene.audit(ALICE, minute(9)).await?;
    for now in [minute(3), minute(9), just_before(new.deadline)] {
        let again = scene.there(ALICE).resume(new.id, now).await?;
        ensure_eq("resuming what is active", &again, &resumed)?;
    }
    let after = scene.audit(ALICE, minute(9)).await?;
    after.ensure_same(&before, "resuming what is active")
}

pub(super) async fn i3_only_abandoned_contests_are_resumed(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let completed = user(1);
    let new = scene.contest(START, &[one])?;
    let here = scene.here(completed);
    here.create(&new).await?;
    here.finish(new.id, FinishKind::Complete, minute(2)).await?;
    let is = |status: ContestStatus| move |error: &ResumeError| matches!(error, ResumeError::NotAbandoned { status: given } if *given == status);
    for now in [minute(3), new.deadline] {
        let because = is(ContestStatus::Completed);
        ensure_refused(&scene, completed, new.id, now, because, "it was completed").await?;
    }
    let expired = user(2);
    let new = scene.contest(START, &[one])?;
    let here = scene.here(expired);
    here.create(&new).await?;
    let because = is(ContestStatus::Expired);
    ensure_refused(&scene, expired, new.id, new.deadline, because, "it expired").await?;
    let next = scene.contest(minute(70), &[two])?;
    here.create(&next).await?;
    here.finish(next.id, FinishKind::Complete, minute(71))
        .await?;
    // Settled, even for a clock that is behind.
    for now in [minute(30), minute(72)] {
        let because = is(ContestStatus::Expired);
        ensure_refused(&scene, expired, new.id, now, because, "it was settled").await?;
    }
    Ok(())
}

pub(super) async fn i2_contests_are_resumed_before_their_deadline(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let new = abandoned(&scene, ALICE).await?;
    for now in [new.deadline, minute(90)] {
        let passed = |error: &ResumeError| matches!(error, ResumeError::DeadlinePassed { deadline } if *deadline == new.deadline);
        ensure_refused(&scene, ALICE, new.id, now, passed, "too late").await?;
    }
    let last = just_before(new.deadline);
    let resumed = scene.there(ALICE).resume(new.id, last).await?;
    ensure_eq("resuming at the last moment", &resumed.ending, &None)
}

pub(super) async fn i1_an_active_contest_keeps_a_resumption_out(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let new = abandoned(&scene, ALICE).await?;
    let [_, two] = scene.first()?;
    let second = scene.contest(minute(4), &[two])?;
    scene.here(ALICE).create(&second).await?;
    for now in [minute(4), just_before(new.deadline)] {
        let active = |error: &ResumeError| matches!(error, ResumeError::ActiveContestExists { contest } if *contest == second.id);
        ensure_refused(&scene, ALICE, new.id, now, active, "another is active").await?;
    }
    let here = scene.here(ALICE);
    here.finish(second.id, FinishKind::Abandon, minute(10))
        .await?;
    // And now either can be taken up again.
    here.resume(new.id, minute(11)).await?;
    let active = |error: &ResumeError| matches!(error, ResumeError::ActiveContestExists { contest } if *contest == new.id);
    let (other, now) = (second.id, minute(12));
    ensure_refused(&scene, ALICE, other, now, active, "the first is active").await
}

pub(super) async fn resuming_settles_the_expired_contest(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let new = abandoned(&scene, ALICE).await?;
    let [_, two] = scene.first()?;
    let short = NewContest {
        deadline: minute(20),
        ..scene.contest(minute(10), &[two])?
    };
    scene.here(ALICE).create(&short).await?;
    scene.there(ALICE).resume(new.id, minute(20)).await?;
    let settled = scene.here(ALICE).find(short.id).await?.ending;
    let expired = Ending {
        kind: EndingKind::Expired,
        at: minute(20),
    };
    ensure_eq(
        "resuming a contest after the deadline of another",
        &settled,
        &Some(expired),
    )?;
    let seen = scene.audit(ALICE, minute(21)).await?;
    let counts = ContestCounts {
        active: 1,
        expired: 1,
        ..ContestCounts::default()
    };
    ensure_eq("counting contests", &seen.contest_counts, &counts)
}

pub(super) async fn resuming_refuses_in_the_documented_order(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let (here, now) = (scene.here(ALICE), minute(61));
    let completed = scene.contest(minute(-1), &[one])?;
    here.create(&completed).await?;
    here.finish(completed.id, FinishKind::Complete, START)
        .await?;
    let passed = abandoned(&scene, ALICE).await?;
    let active = scene.contest(minute(59), &[two])?;
    here.create(&active).await?;
    let reason = |error: &ResumeError| matches!(error, ResumeError::NotAbandoned { .. });
    let expected = "it was completed, and another is active";
    ensure_refused(&scene, ALICE, completed.id, now, reason, expected).await?;
    let reason = |error: &ResumeError| matches!(error, ResumeError::DeadlinePassed { .. });
    let expected = "it is too late, and another is active";
    ensure_refused(&scene, ALICE, passed.id, now, reason, expected).await?;
    let unknown = ContestId::new(START, 77);
    let reason = |error: &ResumeError| matches!(error, ResumeError::ContestNotFound);
    ensure_refused(&scene, ALICE, unknown, now, reason, "there is none").await
}
