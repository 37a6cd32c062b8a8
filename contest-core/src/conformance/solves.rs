//! Cases about recording solves and asking for them (I7).

use std::collections::HashSet;

use crate::conformance::actor::publish;
use crate::conformance::failure::{During, Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, START, catalogue_of, minute, unknown_problem};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::model::{NewSolve, SolveEventKind};
use crate::store::{RecordSolvesError, RecordedSolves};
use crate::time::Timestamp;

fn outcome(recorded: u64, already_solved: u64) -> RecordedSolves {
    RecordedSolves {
        recorded,
        already_solved,
    }
}

pub(super) async fn i7_the_first_solve_of_a_problem_stays(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, three] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let recorded = here.record(&[one, two], minute(5)).await?;
    ensure_eq("recording two solves", &recorded, &outcome(2, 0))?;
    for at in [minute(1), minute(5), minute(9)] {
        let recorded = there.record(&[two], at).await?;
        ensure_eq(
            format_args!("recording again at {at}"),
            &recorded,
            &outcome(0, 1),
        )?;
    }
    let recorded = there.record(&[three, two, one], minute(7)).await?;
    ensure_eq(
        "recording a new one among known ones",
        &recorded,
        &outcome(1, 2),
    )?;
    let seen = scene.audit(ALICE, minute(10)).await?;
    let mut events: Vec<_> = seen
        .history
        .iter()
        .map(|event| (event.kind, event.at, event.problem, event.contest))
        .collect();
    events.sort_unstable_by_key(|(_, at, problem, _)| (*at, *problem != one));
    let recorded = SolveEventKind::Recorded;
    let expected = vec![
        (recorded, minute(5), one, None),
        (recorded, minute(5), two, None),
        (recorded, minute(7), three, None),
    ];
    ensure_eq("reading the history, earliest first", &events, &expected)
}

pub(super) async fn i7_each_solve_has_its_own_time(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let mut solves = scene
        .problems
        .iter()
        .zip(0..)
        .map(|(problem, minutes)| NewSolve::new(*problem, minute(-1_000 * minutes)))
        .collect::<Vec<_>>();
    // The last microsecond before 1970.
    if let Some(earliest) = solves.last_mut() {
        earliest.solved_at = Timestamp::from_micros(-1);
    }
    let recorded = under_test.store.record_solves(ALICE, &solves).await;
    let recorded = recorded.during("recording twelve solves")?;
    ensure_eq("recording twelve solves", &recorded, &outcome(12, 0))?;
    let seen = scene.audit(ALICE, START).await?;
    let events: Vec<_> = seen
        .history
        .iter()
        .map(|event| NewSolve::new(event.problem, event.at))
        .collect();
    ensure_eq("reading the history, latest first", &events, &solves)
}

pub(super) async fn i7_a_batch_is_recorded_whole_or_not_at_all(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, three] = scene.first()?;
    scene.here(ALICE).record(&[three], START).await?;
    let before = scene.audit(ALICE, START).await?;
    let (x, y) = (unknown_problem(1), unknown_problem(2));
    for (batch, unknown) in [
        (vec![one, x, two], vec![x]),
        (vec![one, y, two, x, three], vec![y, x]),
        (vec![x], vec![x]),
    ] {
        let solves: Vec<_> = batch.iter().map(|id| NewSolve::new(*id, START)).collect();
        let answer = under_test.store.record_solves(ALICE, &solves).await;
        ensure_matches!(
            format_args!("recording a batch in which {unknown:?} are unknown"),
            answer,
            Err(RecordSolvesError::UnknownProblems { problems }) if problems == unknown,
        )?;
        let after = scene.audit(ALICE, START).await?;
        after.ensure_same(&before, "a batch with unknown problems")?;
    }
    let recorded = scene.here(ALICE).record(&[], START).await?;
    ensure_eq("recording nothing", &recorded, &outcome(0, 0))?;
    let after = scene.audit(ALICE, START).await?;
    after.ensure_same(&before, "recording nothing")
}

pub(super) async fn i7_retired_problems_are_recorded(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    publish(&*under_test.store, &catalogue_of([])?).await?;
    let recorded = scene.here(ALICE).record(&[one, two], START).await?;
    ensure_eq(
        "recording solves of retired problems",
        &recorded,
        &outcome(2, 0),
    )?;
    let seen = scene.audit(ALICE, START).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one, two].into())?;
    ensure_eq("counting problems in use", &seen.in_interval, &0)?;
    publish(&*under_test.store, &scene.catalogue).await?;
    let seen = scene.audit(ALICE, START).await?;
    ensure_eq("counting after they came back", &seen.in_interval, &2)
}

pub(super) async fn i7_recording_leaves_contests_alone(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = scene.contest(START, &[one, two])?;
    let created = scene.here(ALICE).create(&new).await?;
    scene.here(ALICE).record(&[one], minute(1)).await?;
    let found = scene.there(ALICE).find(new.id).await?;
    ensure_eq(
        "finding a contest after recording a solve",
        &found,
        &created,
    )
}

pub(super) async fn solved_among_answers_for_the_candidates_only(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, three] = scene.first()?;
    scene.here(ALICE).record(&[one, two], START).await?;
    let x = unknown_problem(1);
    for (candidates, solved) in [
        (vec![], vec![]),
        (vec![one], vec![one]),
        (vec![three, x], vec![]),
        (vec![three, two, x], vec![two]),
        (vec![one, one, three, two, one, three, x, x], vec![one, two]),
    ] {
        let seen = scene.there(ALICE).solved(&candidates).await?;
        let expected: HashSet<_> = solved.into_iter().collect();
        let done = format!("asking which of {candidates:?} are solved");
        ensure_eq(done, &seen, &expected)?;
    }
    Ok(())
}

pub(super) async fn solved_among_takes_thousands_of_candidates(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 300).await?;
    let solved: Vec<_> = scene.problems.iter().step_by(7).copied().collect();
    scene.here(ALICE).record(&solved, START).await?;
    let mut candidates: Vec<_> = (0..5_000).map(unknown_problem).collect();
    candidates.extend(&scene.problems);
    let seen = scene.there(ALICE).solved(&candidates).await?;
    let expected: HashSet<_> = solved.into_iter().collect();
    ensure_eq("asking about 5,300 candidates", &seen, &expected)
}
