//! Cases about marking and unmarking (I6).

use crate::conformance::actor::publish;
use crate::conformance::failure::{Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, START, changed, contest_id, minute, unknown_problem};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::{ContestId, ProblemId};
use crate::lifecycle::NotAccepting;
use crate::model::{SolveEvent, SolveEventKind};
use crate::store::{FinishKind, Mark, MarkError, Marked};
use crate::time::Timestamp;

const fn changed_to(completed_at: Option<Timestamp>) -> Marked {
    Marked {
        completed_at,
        changed: true,
    }
}

const fn still(completed_at: Option<Timestamp>) -> Marked {
    Marked {
        completed_at,
        changed: false,
    }
}

/// A user with an active contest of the first two problems.
async fn begin(scene: &Scene<'_>) -> Outcome<(ContestId, [ProblemId; 2])> {
    let problems = scene.first()?;
    let new = scene.contest(START, &problems)?;
    scene.here(ALICE).create(&new).await?;
    Ok((new.id, problems))
}

/// An event without the id, which is the store's to choose.
fn without_id(event: &SolveEvent) -> (SolveEventKind, ProblemId, Timestamp, Option<ContestId>) {
    (event.kind, event.problem, event.at, event.contest)
}

pub(super) async fn i6_marking_records_a_solve(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, two]) = begin(&scene).await?;
    let marked = scene.here(ALICE).mark(contest, two, minute(1)).await?;
    ensure_eq("marking", &marked, &changed_to(Some(minute(1))))?;
    let seen = scene.audit(ALICE, minute(2)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[two].into())?;
    let history: Vec<_> = seen.history.iter().map(without_id).collect();
    let event = (SolveEventKind::Recorded, two, minute(1), Some(contest));
    ensure_eq("reading the history", &history, &vec![event])?;
    let record = scene.there(ALICE).find(contest).await?;
    let marks: Vec<_> = record
        .problems
        .iter()
        .map(|p| (p.problem, p.completed_at))
        .collect();
    ensure_eq(
        "finding the contest (marks)",
        &marks,
        &vec![(one, None), (two, Some(minute(1)))],
    )
}

pub(super) async fn i6_marking_again_keeps_the_first_time(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, _]) = begin(&scene).await?;
    scene.here(ALICE).mark(contest, one, minute(2)).await?;
    let before = scene.audit(ALICE, minute(3)).await?;
    for now in [minute(3), minute(2), minute(1)] {
        let marked = scene.there(ALICE).mark(contest, one, now).await?;
        ensure_eq(
            format_args!("marking again at {now}"),
            &marked,
            &still(Some(minute(2))),
        )?;
    }
    let after = scene.audit(ALICE, minute(3)).await?;
    after.ensure_same(&before, "marking again")
}

pub(super) async fn i6_unmarking_takes_the_solve_back(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, two]) = begin(&scene).await?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    here.mark(contest, one, minute(1)).await?;
    here.mark(contest, two, minute(1)).await?;
    let unmarked = there.unmark(contest, one, minute(2)).await?;
    ensure_eq("unmarking", &unmarked, &changed_to(None))?;
    let unmarked = here.unmark(contest, one, minute(3)).await?;
    ensure_eq("unmarking again", &unmarked, &still(None))?;
    let seen = scene.audit(ALICE, minute(3)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[two].into())?;
    let latest = seen.history.first().map(without_id);
    let removed = (SolveEventKind::Removed, one, minute(2), Some(contest));
    ensure_eq("reading the history (latest)", &latest, &Some(removed))?;
    ensure_eq("reading the history (length)", &seen.history.len(), &3)?;
    let marked = here.mark(contest, one, minute(4)).await?;
    ensure_eq("marking once more", &marked, &changed_to(Some(minute(4))))?;
    let seen = scene.audit(ALICE, minute(4)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one, two].into())
}

pub(super) async fn i6_unmarking_what_is_not_marked_changes_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, two]) = begin(&scene).await?;
    scene.here(ALICE).record(&[two], START).await?;
    let before = scene.audit(ALICE, minute(1)).await?;
    for problem in [one, two] {
        let unmarked = scene
            .here(ALICE)
            .unmark(contest, problem, minute(1))
            .await?;
        ensure_eq("unmarking what is not marked", &unmarked, &still(None))?;
    }
    let after = scene.audit(ALICE, minute(1)).await?;
    after.ensure_same(&before, "unmarking what is not marked")
}

pub(super) async fn i6_unmarking_keeps_a_solve_from_elsewhere(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, _]) = begin(&scene).await?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    // Solved outside, after the contest was created.
    here.record(&[one], minute(1)).await?;
    let before = scene.audit(ALICE, minute(4)).await?;
    let marked = there.mark(contest, one, minute(2)).await?;
    ensure_eq(
        "marking what is solved",
        &marked,
        &changed_to(Some(minute(2))),
    )?;
    let seen = scene.audit(ALICE, minute(4)).await?;
    ensure_eq(
        "marking what is solved (history)",
        &seen.history,
        &before.history,
    )?;
    let unmarked = there.unmark(contest, one, minute(3)).await?;
    ensure_eq("unmarking it", &unmarked, &changed_to(None))?;
    let after = scene.audit(ALICE, minute(4)).await?;
    after.ensure_same(&before, "marking and unmarking what was solved outside")
}

pub(super) async fn i6_unmarking_keeps_a_solve_recorded_between_two_marks(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, _]) = begin(&scene).await?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    // Solved by this contest, taken back, then solved outside.
    here.mark(contest, one, minute(1)).await?;
    here.unmark(contest, one, minute(2)).await?;
    here.record(&[one], minute(3)).await?;
    there.mark(contest, one, minute(4)).await?;
    there.unmark(contest, one, minute(5)).await?;
    let seen = scene.audit(ALICE, minute(5)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one].into())?;
    // A later contest cannot take it back either, because it cannot have it.
    here.finish(contest, FinishKind::Complete, minute(6))
        .await?;
    let again = scene.contest(minute(7), &[one])?;
    let answer = there.store.create_contest(ALICE, &again).await;
    ensure_matches!("creating a contest of a solved problem", answer, Err(_))
}

pub(super) async fn i6_only_problems_of_the_contest_are_marked(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [_, _]) = begin(&scene).await?;
    let [_, _, elsewhere] = scene.first()?;
    scene.here(ALICE).record(&[elsewhere], START).await?;
    let before = scene.audit(ALICE, minute(1)).await?;
    let store = scene.other();
    for mark in [Mark::Solved, Mark::Unsolved] {
        for problem in [elsewhere, unknown_problem(1)] {
            let answer = store.mark_problem(ALICE, contest, problem, mark, minute(1));
            ensure_matches!(
                format_args!("marking ({mark:?}) a problem the contest does not have"),
                answer.await,
                Err(MarkError::ProblemNotInContest),
            )?;
            // Whether it accepts work comes first.
            let answer = store.mark_problem(ALICE, contest, problem, mark, minute(90));
            ensure_matches!(
                format_args!("marking ({mark:?}) such a problem after the deadline"),
                answer.await,
                Err(MarkError::NotAccepting(NotAccepting::Ended { .. })),
            )?;
        }
        let nowhere = contest_id(999, START);
        let answer = store.mark_problem(ALICE, nowhere, elsewhere, mark, minute(1));
        ensure_matches!(
            format_args!("marking ({mark:?}) in a contest that does not exist"),
            answer.await,
            Err(MarkError::ContestNotFound),
        )?;
    }
    let after = scene.audit(ALICE, minute(1)).await?;
    after.ensure_same(&before, "marking what cannot be marked")
}

pub(super) async fn i6_a_problem_retired_meanwhile_can_be_marked(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, [one, _]) = begin(&scene).await?;
    let without = changed(&scene.catalogue, |problem| {
        let gone = problem.id == one;
        problem.with_retired(gone)
    })?;
    publish(&*under_test.store, &without).await?;
    let marked = scene.there(ALICE).mark(contest, one, minute(1)).await?;
    ensure_eq(
        "marking a retired problem",
        &marked,
        &changed_to(Some(minute(1))),
    )?;
    let seen = scene.audit(ALICE, minute(1)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one].into())?;
    ensure_eq("counting solves in use", &seen.in_interval, &0)?;
    publish(&*under_test.store, &scene.catalogue).await?;
    let seen = scene.audit(ALICE, minute(1)).await?;
    ensure_eq("counting after it came back", &seen.in_interval, &1)?;
    publish(&*under_test.store, &without).await?;
    scene.there(ALICE).unmark(contest, one, minute(2)).await?;
    let seen = scene.audit(ALICE, minute(2)).await?;
    ensure_eq("unmarking while it is retired", &seen.solved, &[].into())
}

pub(super) async fn i6_marks_survive_an_ending(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, three] = scene.first()?;
    let mut at = START;
    let kinds = [Some(FinishKind::Complete), Some(FinishKind::Abandon), None];
    for (kind, problem) in kinds.into_iter().zip([one, two, three]) {
        let new = scene.contest(at, &[problem])?;
        scene.here(ALICE).create(&new).await?;
        scene.here(ALICE).mark(new.id, problem, at).await?;
        match kind {
            Some(kind) => drop(scene.here(ALICE).finish(new.id, kind, at).await?),
            None => at = new.deadline,
        }
    }
    let seen = scene.audit(ALICE, at).await?;
    ensure_eq(
        "asking what is solved",
        &seen.solved,
        &[one, two, three].into(),
    )
}
