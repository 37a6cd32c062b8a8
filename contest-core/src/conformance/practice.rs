//! Cases about what was done with single problems. That the answers agree with contests and solves is
//! part of every [snapshot](super::snapshot), and so of every random sequence and every race.

use std::collections::{BTreeSet, HashMap};

use crate::conformance::actor::publish;
use crate::conformance::failure::{During, Outcome, ensure_eq};
use crate::conformance::fixtures::{ALICE, BOB, START, changed, minute, unknown_problem};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::{ContestId, ProblemId};
use crate::model::{Encounter, Practice, Solve};
use crate::store::{FinishKind, SolvePage, Store};

pub(super) async fn practice_is_of_candidates(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [solved, met, both, neither, other] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let new = scene.contest(START, &[met, both])?;
    here.create(&new).await?;
    here.mark(new.id, both, minute(1)).await?;
    here.finish(new.id, FinishKind::Complete, minute(2)).await?;
    here.record(&[solved, other], minute(3)).await?;
    let without = changed(&scene.catalogue, |problem| {
        let gone = problem.id == solved || problem.id == met;
        problem.with_retired(gone)
    })?;
    publish(here.store, &without).await?;
    let unknown = unknown_problem(1);
    let seen = there
        .practice(&[solved, met, both, neither, unknown])
        .await?;
    let encounter = |completed_at| Encounter {
        contest: new.id,
        at: START,
        completed_at,
    };
    let expected: HashMap<_, _> = [
        (solved, Some(minute(3)), vec![]),
        (met, None, vec![encounter(None)]),
        (both, Some(minute(1)), vec![encounter(Some(minute(1)))]),
    ]
    .map(|(id, solved_at, encounters)| {
        let practice = Practice {
            solved_at,
            encounters,
        };
        (id, practice)
    })
    .into();
    let done = "asking what was done with problems, of which two are retired and one is unknown";
    ensure_eq(done, &seen, &expected)?;
    let nothing = there.practice(&[]).await?;
    ensure_eq("asking about no problem", &nothing, &HashMap::new())?;
    let others = scene.there(BOB);
    let seen = others.practice(&scene.problems).await?;
    ensure_eq("asking for somebody else", &seen, &HashMap::new())?;
    let seen = others.solves(None, u32::MAX).await?;
    ensure_eq("listing somebody else's solves", &seen, &Vec::new())
}

pub(super) async fn encounters_are_in_the_order_of_contests(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let here = scene.here(ALICE);
    // Ids that descend while time goes on, and two contests at one instant.
    let mut expected = Vec::new();
    let ids = [4, 3, 2, 1].map(|number| crate::conformance::fixtures::contest_id(number, START));
    for (id, at) in ids.into_iter().zip([0, 1, 2, 2]) {
        let mut new = scene.contest(minute(at), &[one])?;
        new.id = id;
        here.create(&new).await?;
        here.finish(id, FinishKind::Abandon, minute(at)).await?;
        expected.push(Encounter {
            contest: id,
            at: minute(at),
            completed_at: None,
        });
    }
    expected.sort_unstable_by_key(|encounter| (encounter.at, encounter.contest));
    let seen = scene.there(ALICE).practice(&[one]).await?;
    let seen = seen.get(&one).map(|practice| &*practice.encounters);
    ensure_eq("asking which contests had it", &seen, &Some(&*expected))
}

pub(super) async fn practice_begins_with_the_epoch(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [before, after] = scene.first()?;
    let here = scene.here(ALICE);
    let old = scene.contest(START, &[before, after])?;
    here.create(&old).await?;
    here.mark(old.id, before, minute(1)).await?;
    here.finish(old.id, FinishKind::Complete, minute(2)).await?;
    here.reset(minute(3)).await?;
    let problems = [before, after];
    let seen = scene.there(ALICE).practice(&problems).await?;
    ensure_eq("asking after a reset", &seen, &HashMap::new())?;
    let new = scene.contest(minute(3), &[after])?;
    here.create(&new).await?;
    let seen = scene.there(ALICE).practice(&problems).await?;
    let encounters = vec![Encounter {
        contest: new.id,
        at: minute(3),
        completed_at: None,
    }];
    let practice = Practice {
        solved_at: None,
        encounters,
    };
    let done = "asking about a contest that began at the instant of the reset";
    ensure_eq(done, &seen, &[(after, practice)].into())
}

pub(super) async fn pages_of_solves_are_oldest_first(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let here = scene.here(ALICE);
    // Three times with four solves each, recorded latest first.
    let mut expected = BTreeSet::new();
    for (problems, at) in scene.problems.chunks(4).zip([3, 2, 1]) {
        here.record(problems, minute(at)).await?;
        expected.extend(problems.iter().map(|id| (minute(at), *id)));
    }
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(solved_at, problem)| Solve {
            problem,
            solved_at,
            contest: None,
        })
        .collect();
    let there = scene.there(ALICE);
    for size in [1, 3, 4, 100] {
        let mut seen: Vec<Solve> = Vec::new();
        while let Some(page) = next_page(there.store, &seen, size).await? {
            seen.extend(page);
        }
        let done = format_args!("listing solves in pages of {size}");
        ensure_eq(done, &seen, &expected)?;
    }
    let none = there.solves(None, 0).await?;
    ensure_eq("listing no solves", &none, &Vec::new())
}

pub(super) async fn pages_of_solves_meet_while_solves_are_added(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 24).await?;
    let here = scene.here(ALICE);
    let (early, late) = scene.problems.split_at(8);
    // Pairs at one time, so that pages of three end in the middle of one.
    for (pair, at) in early.chunks(2).zip(0..) {
        here.record(pair, minute(at)).await?;
    }
    let expected = here.solves(None, u32::MAX).await?;
    let there = scene.there(ALICE);
    let mut seen: Vec<Solve> = Vec::new();
    for (added, number) in late.chunks(2).zip(0..) {
        seen.extend(next_page(there.store, &seen, 3).await?.unwrap_or_default());
        // Later than everything there is.
        here.record(added, minute(100 + number)).await?;
    }
    seen.truncate(expected.len());
    let done = "listing 8 solves three by three while later ones are added";
    ensure_eq(done, &seen, &expected)
}

pub(super) async fn solves_name_the_contest_that_recorded_them(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [marked, imported, both] = scene.first()?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let new = scene.contest(START, &[marked, both])?;
    here.create(&new).await?;
    here.record(&[both], minute(1)).await?;
    here.mark(new.id, marked, minute(2)).await?;
    here.mark(new.id, both, minute(3)).await?;
    here.record(&[marked, imported], minute(4)).await?;
    let solves = |all: &[(ProblemId, i64, Option<ContestId>)]| -> Vec<_> {
        let solve = |(problem, at, contest): &(_, _, _)| Solve {
            problem: *problem,
            solved_at: minute(*at),
            contest: *contest,
        };
        all.iter().map(solve).collect()
    };
    let seen = there.solves(None, u32::MAX).await?;
    let first = (both, 1, None);
    let expected = [first, (marked, 2, Some(new.id)), (imported, 4, None)];
    ensure_eq("listing solves", &seen, &solves(&expected))?;
    here.unmark(new.id, marked, minute(5)).await?;
    here.unmark(new.id, both, minute(5)).await?;
    let seen = there.solves(None, u32::MAX).await?;
    let done = "listing solves after a mark that recorded one and a mark that did not are undone";
    ensure_eq(done, &seen, &solves(&[first, (imported, 4, None)]))
}

async fn next_page(store: &dyn Store, seen: &[Solve], limit: u32) -> Outcome<Option<Vec<Solve>>> {
    let after = seen.last().map(|solve| (solve.solved_at, solve.problem));
    let page = store.list_solves(ALICE, SolvePage { after, limit }).await;
    let page = page.during("listing solves")?;
    Ok((!page.is_empty()).then_some(page))
}
