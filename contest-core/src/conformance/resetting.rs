//! Cases about beginning again.

use std::collections::BTreeSet;

use crate::conformance::actor::publish;
use crate::conformance::failure::{During, Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{
    ALICE, BOB, START, changed, just_before, minute, under_key, user,
};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::model::{ContestCounts, Ending, EndingKind, Epoch, SolveEventKind};
use crate::store::{FinishKind, Reset, ResetError};

pub(super) async fn i8_a_reset_takes_every_solve_back(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [marked, retired, outside] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let new = under_key(scene.contest(START, &[marked])?, "key", 1)?;
    here.create(&new).await?;
    here.mark(new.id, marked, minute(1)).await?;
    here.finish(new.id, FinishKind::Complete, minute(2)).await?;
    here.record(&[retired, outside], minute(3)).await?;
    let without = changed(&scene.catalogue, |problem| {
        let gone = problem.id == retired;
        problem.with_retired(gone)
    })?;
    publish(here.store, &without).await?;
    let before = scene.audit(ALICE, minute(4)).await?;
    let reset = there.reset(minute(5)).await?;
    let expected = Reset {
        epoch: Epoch {
            number: 1,
            began_at: Some(minute(5)),
        },
        removed: 3,
        settled: None,
    };
    ensure_eq("resetting", &reset, &expected)?;
    let after = scene.audit(ALICE, minute(6)).await?;
    ensure_eq("asking for the epoch", &after.epoch, &reset.epoch)?;
    ensure_eq("asking what is solved", &after.solved, &BTreeSet::new())?;
    ensure_eq("listing contests", &after.contests, &before.contests)?;
    let counts = (after.contest_counts, before.contest_counts);
    ensure_eq("counting contests", &counts.0, &counts.1)?;
    let by_key = there.store.find_contest_by_key(ALICE, &key()?).await;
    let by_key = by_key.during("finding a contest by its key")?;
    let by_key = by_key.map(|(found, _)| found.id);
    ensure_eq("finding a contest by its key", &by_key, &Some(new.id))?;
    let (added, kept) = after.history.split_at_checked(3).unwrap_or_default();
    ensure_eq("reading the history before", &kept, &&*before.history)?;
    let added: BTreeSet<_> = added
        .iter()
        .map(|event| (event.problem, event.at, event.contest))
        .collect();
    let expected = [marked, retired, outside].map(|problem| (problem, minute(5), None));
    ensure_eq("reading the history since", &added, &expected.into())?;
    let removed = after.history.iter().take(3);
    let removed = removed.filter(|event| event.kind == SolveEventKind::Removed);
    ensure_eq("reading the history (removals)", &removed.count(), &3)
}

fn key() -> Outcome<crate::model::IdempotencyKey> {
    crate::model::IdempotencyKey::new("key").during("naming a key")
}

pub(super) async fn resets_are_numbered_from_one(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let first = scene.there(ALICE).epoch().await?;
    ensure_eq("asking for the first epoch", &first, &Epoch::default())?;
    for number in 1..=3 {
        let now = minute(i64::try_from(number).unwrap_or(0));
        let reset = scene.here(ALICE).reset(now).await?;
        let epoch = Epoch {
            number,
            began_at: Some(now),
        };
        ensure_eq("resetting (epoch)", &reset.epoch, &epoch)?;
        ensure_eq(
            "resetting (removed)",
            &reset.removed,
            &u64::from(number > 1),
        )?;
        ensure_eq("asking", &scene.there(ALICE).epoch().await?, &epoch)?;
        scene.here(ALICE).record(&[one], now).await?;
    }
    let others = scene.there(BOB).epoch().await?;
    ensure_eq("asking for another user's epoch", &others, &first)?;
    scene.audit(BOB, minute(9)).await.map(|_| ())
}

pub(super) async fn resetting_leaves_other_users_alone(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let problems: [_; 3] = scene.first()?;
    for number in 0..4 {
        scene.here(user(number)).record(&problems, START).await?;
    }
    let before = scene.audit(user(1), minute(2)).await?;
    scene.here(user(2)).reset(minute(1)).await?;
    scene.there(user(0)).reset(minute(1)).await?;
    let after = scene.audit(user(1), minute(2)).await?;
    after.ensure_same(&before, "resetting other users")
}

pub(super) async fn i1_an_active_contest_keeps_a_reset_out(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    scene.here(ALICE).mark(new.id, one, minute(1)).await?;
    scene.here(ALICE).record(&[two], minute(1)).await?;
    let before = scene.audit(ALICE, minute(2)).await?;
    // One that begins later, by somebody's clock, is active too.
    for now in [just_before(START), minute(2), just_before(new.deadline)] {
        ensure_matches!(
            format_args!("resetting at {now} while a contest is active"),
            under_test.other.reset_progress(ALICE, now).await,
            Err(ResetError::ActiveContestExists { contest }) if contest == new.id,
        )?;
    }
    let after = scene.audit(ALICE, minute(2)).await?;
    after.ensure_same(&before, "a reset that was refused")
}

pub(super) async fn resetting_settles_the_expired_contest(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    let reset = scene.here(ALICE).reset(new.deadline).await?;
    ensure_eq("resetting (settled)", &reset.settled, &Some(new.id))?;
    let ending = scene.there(ALICE).find(new.id).await?.ending;
    let expired = Ending {
        kind: EndingKind::Expired,
        at: new.deadline,
    };
    ensure_eq("looking at the ending", &ending, &Some(expired))?;
    let seen = scene.audit(ALICE, minute(80)).await?;
    let counts = ContestCounts {
        expired: 1,
        ..ContestCounts::default()
    };
    ensure_eq("counting contests", &seen.contest_counts, &counts)?;
    let again = scene.there(ALICE).reset(minute(80)).await?;
    ensure_eq("resetting again (settled)", &again.settled, &None)
}

pub(super) async fn i7_problems_are_solved_anew_after_a_reset(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    here.record(&[one, two], START).await?;
    here.reset(minute(1)).await?;
    let new = scene.contest(minute(2), &[one])?;
    there.create(&new).await?;
    there.mark(new.id, one, minute(3)).await?;
    let recorded = there.record(&[one, two], minute(4)).await?;
    let counts = (recorded.recorded, recorded.already_solved);
    ensure_eq(
        "recording what was solved before and since",
        &counts,
        &(1, 1),
    )?;
    let seen = scene.audit(ALICE, minute(5)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one, two].into())?;
    let since = here.solves_between(minute(2), minute(5)).await?;
    ensure_eq("counting solves since", &since, &2)
}

/// A contest that was abandoned before the reset and resumed after it.
pub(super) async fn i6_marks_from_before_a_reset_hold_no_solve(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let new = scene.contest(START, &[one, two])?;
    here.create(&new).await?;
    here.mark(new.id, one, minute(1)).await?;
    here.mark(new.id, two, minute(1)).await?;
    here.finish(new.id, FinishKind::Abandon, minute(2)).await?;
    here.reset(minute(3)).await?;
    there.resume(new.id, minute(4)).await?;
    let before = scene.audit(ALICE, minute(5)).await?;
    let again = there.mark(new.id, one, minute(5)).await?;
    let first = (again.completed_at, again.changed);
    ensure_eq("marking again", &first, &(Some(minute(1)), false))?;
    let after = scene.audit(ALICE, minute(5)).await?;
    after.ensure_same(&before, "marking what was marked before the reset")?;
    // Solved outside since: not this contest's to take back.
    here.record(&[two], minute(6)).await?;
    for problem in [one, two] {
        here.unmark(new.id, problem, minute(7)).await?;
    }
    let seen = scene.audit(ALICE, minute(8)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[two].into())?;
    here.mark(new.id, one, minute(8)).await?;
    let seen = scene.audit(ALICE, minute(9)).await?;
    ensure_eq("marking anew", &seen.solved, &[one, two].into())
}
