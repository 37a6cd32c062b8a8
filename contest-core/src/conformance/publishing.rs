//! Cases in which catalogues are published while others read, write and publish.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::conformance::actor::{Actor, load, publish};
use crate::conformance::failure::{Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{
    ALICE, START, catalogue, catalogue_of, changed, minute, problem, titled, user,
};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::{race, while_doing};
use crate::conformance::scene::Scene;
use crate::id::{ProblemId, UserId};
use crate::model::{Difficulty, PerDifficulty, Problem};
use crate::store::Store;

/// How often two catalogues take turns while somebody looks.
const TURNS: usize = 20;

/// Steps that publish two catalogues in turn.
fn turns(
    store: &Arc<dyn Store>,
    catalogues: [Catalogue; 2],
) -> Vec<impl Future<Output = Outcome> + Send + 'static + use<>> {
    let turns = catalogues.into_iter().cycle().take(TURNS);
    let publication = |published: Catalogue| {
        let store = Arc::clone(store);
        async move { publish(&*store, &published).await.map(|_| ()) }
    };
    turns.map(publication).collect()
}

pub(super) async fn catalogue_is_loaded_of_one_revision(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 60).await?;
    let one = changed(&scene.catalogue, |problem| titled(problem, "One"))?;
    let two = changed(&scene.catalogue, |problem| titled(problem, "Two"))?;
    publish(&*under_test.store, &two).await?;
    let other = &*under_test.other;
    while_doing(turns(&under_test.store, [one, two]), || async move {
        let loaded = load(other).await?;
        let titles: BTreeSet<_> = loaded.problems().iter().map(|p| p.title.as_str()).collect();
        // Revision 2 has title two, 3 has one, and so on.
        let expected = if loaded.revision() % 2 == 0 {
            "Two"
        } else {
            "One"
        };
        let seen: Vec<_> = titles.into_iter().collect();
        ensure_eq(
            format_args!("loading revision {} while publishing", loaded.revision()),
            &seen,
            &vec![expected],
        )
    })
    .await
}

pub(super) async fn catalogue_publications_that_race_come_one_after_the_other(
    under_test: &StoreUnderTest,
) -> Outcome {
    const PUBLISHERS: u32 = 8;
    publish(&*under_test.store, &catalogue(4)?).await?;
    let own = |number: u32| -> Outcome<Catalogue> {
        let problems: Outcome<Vec<_>> = (number..number + 20).map(problem).collect();
        let title = format!("By {number}");
        catalogue_of(problems?.into_iter().map(|problem| titled(problem, &title)))
    };
    let catalogues: Vec<_> = (0..PUBLISHERS).map(own).collect::<Outcome<_>>()?;
    let revisions = race(under_test, catalogues.len(), |number, store| {
        let own = catalogues.get(number).cloned().unwrap_or_default();
        async move { publish(&*store, &own).await }
    });
    let revisions: Vec<_> = revisions.await?.into_iter().collect::<Outcome<_>>()?;
    let last = u64::from(PUBLISHERS) + 1;
    ensure_eq(
        "publishing eight different catalogues at once (revisions, ascending)",
        &revisions.iter().copied().collect::<BTreeSet<_>>(),
        &(2..=last).collect(),
    )?;
    let loaded = load(&*under_test.other).await?;
    ensure_eq("loading afterwards (revision)", &loaded.revision(), &last)?;
    let won = revisions.iter().position(|revision| *revision == last);
    let winner = won
        .and_then(|number| catalogues.get(number))
        .cloned()
        .unwrap_or_default();
    let in_use = loaded.problems().iter().filter(|problem| !problem.retired);
    ensure_eq(
        "loading afterwards (problems in use)",
        &in_use.cloned().collect::<Vec<_>>().as_slice(),
        &winner.problems(),
    )
}

/// The catalogue with one of its problems made hard, and with it retired.
fn moved_and_retired(catalogue: &Catalogue, problem: ProblemId) -> Outcome<(Catalogue, Catalogue)> {
    let only = |change: fn(Problem) -> Problem| {
        changed(catalogue, move |other| {
            if other.id == problem {
                change(other)
            } else {
                other
            }
        })
    };
    let hard = |mut problem: Problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    };
    Ok((only(hard)?, only(|problem| problem.with_retired(true))?))
}

pub(super) async fn i8_a_problem_changes_difficulty_in_one_step(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 6).await?;
    let [easy] = scene.first()?;
    let (moved, retired) = moved_and_retired(&scene.catalogue, easy)?;
    scene.here(ALICE).record(&scene.problems, START).await?;
    let there = scene.there(ALICE);
    let steps = [
        (moved, PerDifficulty::new(1, 2, 3)),
        (retired, PerDifficulty::new(1, 2, 2)),
    ];
    for (published, counts) in steps {
        let before = there.by_difficulty().await?;
        let original = scene.catalogue.clone();
        let turns = turns(&under_test.store, [published.clone(), original]);
        while_doing(turns, || async move {
            let seen = there.by_difficulty().await?;
            ensure(
                seen == before || seen == counts,
                "counting while a problem changes and changes back",
                format_args!("{before:?} or {counts:?}"),
                seen,
            )
        })
        .await?;
        publish(&*under_test.store, &published).await?;
        ensure_eq(
            "counting by difficulty",
            &there.by_difficulty().await?,
            &counts,
        )?;
        scene.audit(ALICE, START).await?;
        publish(&*under_test.store, &scene.catalogue).await?;
        ensure_eq(
            "counting after changing back",
            &there.by_difficulty().await?,
            &before,
        )?;
    }
    Ok(())
}

pub(super) async fn i8_counts_are_of_the_revision_that_loads(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 6).await?;
    let [easy] = scene.first()?;
    let (moved, retired) = moved_and_retired(&scene.catalogue, easy)?;
    scene.here(ALICE).record(&scene.problems, START).await?;
    let there = scene.there(ALICE);
    while_doing(turns(&under_test.store, [moved, retired]), || async move {
        let before = load(there.store).await?;
        let counts = there.by_difficulty().await?;
        let topics: u64 = there.by_topic().await?.values().sum();
        let dated = there.solves_between(START, minute(1)).await?;
        let after = load(there.store).await?;
        if before.revision() != after.revision() {
            return Ok(());
        }
        let done = format!(
            "counting between two loads of revision {}",
            after.revision()
        );
        // Everything is solved, so that the catalogue's totals are the user's.
        let total = |count: PerDifficulty<u64>| count.easy + count.medium + count.hard;
        ensure_eq(&done, &counts, &after.totals())?;
        ensure_eq(&done, &topics, &after.topics().map(|(_, n)| total(n)).sum())?;
        ensure_eq(&done, &dated, &total(after.totals()))
    })
    .await
}

pub(super) async fn i8_solves_that_race_a_publication_are_counted(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 6;
    let scene = Scene::with(under_test, 12).await?;
    let rotated = changed(&scene.catalogue, |mut problem| {
        problem.difficulty = match problem.difficulty {
            Difficulty::Easy => Difficulty::Hard,
            Difficulty::Medium => Difficulty::Easy,
            Difficulty::Hard => Difficulty::Medium,
        };
        let gone = problem.position >= 6;
        problem.with_retired(gone)
    })?;
    for round in 0..ROUNDS {
        let original = round % 2 == 1;
        let published = if original { &scene.catalogue } else { &rotated };
        let users: Vec<_> = (0..SOLVERS).map(|n| user(round * SOLVERS + n)).collect();
        race_solves_with(&scene, published, &users).await?;
        for user in users {
            let audited = scene.audit(user, minute(30)).await;
            audited.map_err(|failure| failure.after(format_args!("racing round {round}")))?;
        }
    }
    Ok(())
}

/// How many users solve problems while a catalogue is published.
const SOLVERS: u64 = 12;

/// Publishes while each user marks one problem in a contest and records another.
async fn race_solves_with(scene: &Scene<'_>, published: &Catalogue, users: &[UserId]) -> Outcome {
    let mut solvers = Vec::new();
    let (marked, recorded) = scene.problems.split_at(scene.problems.len() / 2);
    let problems = marked.iter().zip(recorded).cycle();
    for (user, (marked, recorded)) in users.iter().zip(problems) {
        let contest = scene.contest(START, &[*marked])?;
        scene.here(*user).create(&contest).await?;
        solvers.push((*user, contest.id, *marked, *recorded));
    }
    let outcomes = race(scene.under_test, solvers.len() + 1, |number, store| {
        let solver = solvers.get(number).copied();
        let published = published.clone();
        async move {
            let Some((user, contest, marked, recorded)) = solver else {
                return publish(&*store, &published).await.map(|_| ());
            };
            let actor = Actor::new(&*store, user);
            actor.mark(contest, marked, minute(1)).await?;
            actor.record(&[recorded], minute(2)).await.map(|_| ())
        }
    });
    outcomes.await?.into_iter().collect()
}
