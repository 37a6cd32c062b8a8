//! Cases about contests that repeat solved problems on purpose.

use crate::conformance::actor::publish;
use crate::conformance::failure::{Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, START, changed, minute, unknown_problem};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::model::Solve;
use crate::store::{CreateContestError, FinishKind, Marked};

pub(super) async fn i10_only_repeats_may_be_solved(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [repeated, solved, retired, fresh] = scene.first()?;
    let here = scene.here(ALICE);
    here.record(&[repeated, solved], START).await?;
    let without = changed(&scene.catalogue, |problem| {
        let gone = problem.id == retired;
        problem.with_retired(gone)
    })?;
    publish(here.store, &without).await?;
    let unknown = unknown_problem(1);
    let mut new = scene.contest(minute(1), &[repeated, fresh])?;
    new.problems = vec![repeated, solved, retired, unknown, fresh];
    new.repeats = [repeated, retired, unknown].into();
    let refused = here.store.create_contest(ALICE, &new).await;
    ensure_matches!(
        "creating a contest of a repeat, a solved, a retired and an unknown problem",
        refused,
        Err(CreateContestError::ProblemsUnavailable { ref problems })
            if *problems == [solved, retired, unknown],
    )?;
    new.problems = vec![repeated, fresh];
    here.create(&new).await?;
    let seen = scene.audit(ALICE, minute(2)).await?;
    ensure_eq("asking who is active", &seen.active, &Some(new.id))
}

pub(super) async fn i7_a_repeat_keeps_the_first_solve(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let first = scene.contest(START, &[one])?;
    here.create(&first).await?;
    here.mark(first.id, one, minute(1)).await?;
    here.finish(first.id, FinishKind::Complete, minute(2))
        .await?;
    let before = scene.audit(ALICE, minute(3)).await?;
    let mut again = scene.contest(minute(4), &[one])?;
    again.repeats = [one].into();
    here.create(&again).await?;
    for (mark, completed_at) in [
        (true, Some(minute(5))),
        (false, None),
        (true, Some(minute(7))),
    ] {
        let at = completed_at.unwrap_or(minute(6));
        let marked = if mark {
            there.mark(again.id, one, at).await?
        } else {
            there.unmark(again.id, one, at).await?
        };
        let changed = Marked {
            completed_at,
            changed: true,
        };
        ensure_eq("marking or unmarking a repeat", &marked, &changed)?;
        let seen = scene.audit(ALICE, minute(8)).await?;
        let solves = |snapshot: &crate::conformance::snapshot::Snapshot| {
            (snapshot.solves.clone(), snapshot.by_difficulty)
        };
        ensure_eq("asking what is solved", &solves(&seen), &solves(&before))?;
        ensure_eq("reading the history", &seen.history, &before.history)?;
    }
    Ok(())
}

pub(super) async fn i7_a_repeat_that_is_not_solved_is_like_any_other(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let mut new = scene.contest(START, &[one])?;
    new.repeats = [one].into();
    here.create(&new).await?;
    let before = scene.audit(ALICE, minute(1)).await?;
    there.mark(new.id, one, minute(1)).await?;
    let solve = Solve {
        problem: one,
        solved_at: minute(1),
        contest: Some(new.id),
    };
    let seen = scene.audit(ALICE, minute(2)).await?;
    ensure_eq("marking what is not solved", &seen.solves, &vec![solve])?;
    there.unmark(new.id, one, minute(2)).await?;
    let seen = scene.audit(ALICE, minute(3)).await?;
    ensure_eq("unmarking it", &seen.solves, &before.solves)
}
