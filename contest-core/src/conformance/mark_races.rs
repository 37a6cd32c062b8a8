//! Cases in which marks race each other and other solves (I6, I7).

use crate::conformance::actor::Actor;
use crate::conformance::failure::{Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::{race, while_doing};
use crate::conformance::scene::Scene;
use crate::id::ContestId;
use crate::model::SolveEventKind;
use crate::store::Marked;

pub(super) async fn i6_of_racing_marks_one_counts(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    let contest = new.id;
    let marked = race(under_test, 32, |number, store| async move {
        let now = minute(1 + i64::try_from(number).unwrap_or(0));
        (
            now,
            Actor::new(&*store, ALICE).mark(contest, one, now).await,
        )
    });
    let (mut changed, mut times) = (Vec::new(), Vec::new());
    for (now, marked) in marked.await? {
        let Marked {
            completed_at,
            changed: by_this,
        } = marked?;
        times.push(completed_at);
        if by_this {
            changed.push(Some(now));
        }
    }
    ensure_eq(
        "marking one problem 32 times at once (changes)",
        &changed.len(),
        &1,
    )?;
    ensure(
        times.iter().all(|time| Some(time) == changed.first()),
        "marking one problem 32 times at once",
        format_args!("all are told the time of the one that changed it: {changed:?}"),
        &times,
    )?;
    let seen = scene.audit(ALICE, minute(40)).await?;
    ensure_eq("reading the history (length)", &seen.history.len(), &1)
}

pub(super) async fn i6_racing_marks_and_unmarks_agree_with_the_solves(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 4;
    let scene = Scene::with(under_test, 12).await?;
    let problems: [_; 3] = scene.first()?;
    for round in 0..ROUNDS {
        let user = user(round);
        let new = scene.contest(START, &problems)?;
        scene.here(user).create(&new).await?;
        let contest = new.id;
        let changes = race(under_test, 32, |number, store| async move {
            let actor = Actor::new(&*store, user);
            let mut changes = 0;
            for (step, problem) in problems.into_iter().enumerate() {
                let now = minute(1 + i64::try_from(number % 8).unwrap_or(0));
                let marked = if (number + step).is_multiple_of(2) {
                    actor.mark(contest, problem, now).await?
                } else {
                    actor.unmark(contest, problem, now).await?
                };
                changes += usize::from(marked.changed);
            }
            Ok(changes)
        });
        let changes: Outcome<Vec<usize>> = changes.await?.into_iter().collect();
        let seen = scene.audit(user, minute(20)).await?;
        let record = scene.there(user).find(contest).await?;
        let marked = record.problems.iter().filter(|p| p.completed_at.is_some());
        let done = format!("marking and unmarking three problems at once (round {round})");
        ensure_eq(&done, &seen.solved, &marked.map(|p| p.problem).collect())?;
        let events = changes?.iter().sum::<usize>();
        ensure_eq(format_args!("{done}: events"), &seen.history.len(), &events)?;
    }
    Ok(())
}

pub(super) async fn i6_a_mark_and_its_solve_are_one_step(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 30).await?;
    let new = scene.contest(START, &scene.problems)?;
    scene.here(ALICE).create(&new).await?;
    let contest = new.id;
    let marking = scene.problems.iter().map(|problem| {
        let (store, problem) = (scene.store(), *problem);
        async move {
            let actor = Actor::new(&*store, ALICE);
            actor.mark(contest, problem, minute(1)).await.map(|_| ())
        }
    });
    let (there, problems) = (scene.there(ALICE), &scene.problems);
    // Only marks happen, so what is read later is never less.
    while_doing(marking.collect(), || async move {
        let first = marks(there, contest).await?;
        let counts = there.by_difficulty().await?;
        let solved = there.solved(problems).await?.len() as u64;
        let events = there.history().await?.len() as u64;
        let last = marks(there, contest).await?;
        let seen = [
            first,
            counts.easy + counts.medium + counts.hard,
            solved,
            events,
            last,
        ];
        ensure(
            seen.is_sorted(),
            "looking at marks, counts, solves, events and marks again, while marking",
            "each at least as many as the one before",
            seen,
        )
    })
    .await
}

async fn marks(actor: Actor<'_>, contest: ContestId) -> Outcome<u64> {
    let record = actor.find(contest).await?;
    let marked = record.problems.iter().filter(|p| p.completed_at.is_some());
    Ok(marked.count() as u64)
}

pub(super) async fn i7_of_racing_solves_of_a_problem_one_counts(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 4;
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    for round in 0..ROUNDS {
        let user = user(round);
        let new = scene.contest(START, &[one])?;
        scene.here(user).create(&new).await?;
        let contest = new.id;
        // One task marks it in the contest, the others record it.
        let recorded = race(under_test, 32, |number, store| async move {
            let actor = Actor::new(&*store, user);
            let now = minute(1 + i64::try_from(number).unwrap_or(0));
            if number == 16 {
                actor.mark(contest, one, now).await?;
                return Ok(0);
            }
            Ok(actor.record(&[one], now).await?.recorded)
        });
        let recorded: Outcome<Vec<u64>> = recorded.await?.into_iter().collect();
        let recorded: u64 = recorded?.into_iter().sum();
        let seen = scene.audit(user, minute(40)).await?;
        let done = format!("31 recordings and a mark of one problem at once (round {round})");
        let events: Vec<_> = seen.history.iter().map(|e| e.kind).collect();
        ensure_eq(
            format_args!("{done}: events"),
            &events,
            &vec![SolveEventKind::Recorded],
        )?;
        let by_mark = seen
            .history
            .iter()
            .filter(|e| e.contest == Some(contest))
            .count() as u64;
        ensure_eq(format_args!("{done}: solves"), &(recorded + by_mark), &1)?;
    }
    Ok(())
}

pub(super) async fn i7_batches_that_overlap_do_not_get_in_each_others_way(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 30).await?;
    let recorded = race(under_test, 24, |number, store| {
        // The same problems from both ends and from different places.
        let mut batch = scene.problems.clone();
        batch.rotate_left(number);
        if number % 2 == 1 {
            batch.reverse();
        }
        async move { Actor::new(&*store, ALICE).record(&batch, START).await }
    });
    let (mut new, mut known) = (0, 0);
    for recorded in recorded.await? {
        let recorded = recorded?;
        new += recorded.recorded;
        known += recorded.already_solved;
    }
    let done = "24 recordings of the same 30 problems at once (recorded, already solved)";
    ensure_eq(done, &(new, known), &(30, 23 * 30))?;
    let seen = scene.audit(ALICE, START).await?;
    ensure_eq("reading the history (length)", &seen.history.len(), &30)
}
