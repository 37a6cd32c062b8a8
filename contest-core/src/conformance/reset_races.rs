//! Cases in which resets race each other, creations, marks and recordings (I1, I8).

use crate::conformance::actor::Actor;
use crate::conformance::failure::{Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, HOUR, START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::{race, while_doing};
use crate::conformance::scene::Scene;
use crate::conformance::step::{Answer, Step, perform};
use crate::id::{ProblemId, UserId};
use crate::lifecycle::LatePolicy;
use crate::store::NewContest;

pub(super) async fn i8_a_reset_is_one_step(under_test: &StoreUnderTest) -> Outcome {
    const USERS: u64 = 16;
    let scene = Scene::with(under_test, 30).await?;
    for number in 0..USERS {
        let here = scene.here(user(number));
        here.record(&scene.problems, START).await?;
    }
    let resets = (0..USERS).map(|number| {
        let store = scene.store();
        async move {
            let reset = Actor::new(&*store, user(number)).reset(minute(1)).await?;
            ensure_eq("resetting (removed)", &reset.removed, &30)
        }
    });
    let (scene, problems) = (&scene, &scene.problems);
    while_doing(resets.collect(), || async move {
        for number in 0..USERS {
            look(scene.there(user(number)), problems).await?;
        }
        Ok(())
    })
    .await
}

/// Resets only take away, so what is read later is never more, and all of it goes at once.
async fn look(there: Actor<'_>, problems: &[ProblemId]) -> Outcome {
    let solved = there.solved(problems).await?.len() as u64;
    let counts = there.by_difficulty().await?;
    let counted = counts.easy + counts.medium + counts.hard;
    let epoch = there.epoch().await?.number;
    let seen = [solved, counted, 30 * (1 - epoch.min(1))];
    ensure(
        seen.is_sorted_by(|one, next| one >= next) && seen.iter().all(|n| [0, 30].contains(n)),
        "looking at solves, counts and the epoch while resetting (30 in the first epoch)",
        "all 30 or none, each at most as many as the one before",
        seen,
    )
}

pub(super) async fn of_racing_resets_each_begins_an_epoch(under_test: &StoreUnderTest) -> Outcome {
    const RACERS: u64 = 24;
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let old = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&old).await?;
    scene.here(ALICE).record(&scene.problems, START).await?;
    let racers = usize::try_from(RACERS).unwrap_or(0);
    let resets = race(under_test, racers, |_, store| async move {
        Actor::new(&*store, ALICE).reset(minute(61)).await
    });
    let resets: Vec<_> = resets.await?.into_iter().collect::<Outcome<_>>()?;
    let mut epochs: Vec<_> = resets.iter().map(|reset| reset.epoch.number).collect();
    epochs.sort_unstable();
    let done = "resetting 24 times at once";
    ensure_eq(done, &epochs, &(1..=RACERS).collect())?;
    let removed: u64 = resets.iter().map(|reset| reset.removed).sum();
    let settled: Vec<_> = resets.iter().filter_map(|reset| reset.settled).collect();
    ensure_eq(done, &(removed, settled), &(12, vec![old.id]))?;
    let seen = scene.audit(ALICE, minute(62)).await?;
    ensure_eq("asking for the epoch", &seen.epoch.number, &RACERS)
}

/// Races these, and returns how many solves were recorded and how many were taken back. Everything
/// that races here succeeds.
async fn count(under_test: &StoreUnderTest, user: UserId, steps: &[Step]) -> Outcome<(u64, u64)> {
    let answers = race(under_test, steps.len(), |number, store| {
        let step = steps.get(number).cloned();
        async move {
            match step {
                Some(step) => perform(Actor::new(&*store, user), &step).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let (mut recorded, mut removed) = (0, 0);
    for answer in answers.await? {
        match answer? {
            Some(Answer::Recorded(solves)) => recorded += solves.recorded,
            Some(Answer::Marked(marked)) => recorded += u64::from(marked.changed),
            Some(Answer::Reset(reset)) => removed += reset.removed,
            other => ensure(false, "racing resets", "a success", other)?,
        }
    }
    Ok((recorded, removed))
}

pub(super) async fn i8_solves_that_race_resets_are_counted(under_test: &StoreUnderTest) -> Outcome {
    const ROUNDS: u64 = 6;
    let scene = Scene::with(under_test, 12).await?;
    let grace = LatePolicy::AcceptFor(HOUR);
    for round in 0..ROUNDS {
        let user = user(round);
        let (marked, recorded) = scene.problems.split_at(6);
        let new = NewContest {
            late_policy: grace,
            ..scene.contest(START, marked)?
        };
        scene.here(user).create(&new).await?;
        let now = minute(61);
        let mut steps: Vec<_> = marked
            .iter()
            .map(|problem| Step::Mark {
                contest: new.id,
                problem: *problem,
                mark: crate::store::Mark::Solved,
                now,
            })
            .collect();
        for problem in recorded {
            let solve = crate::model::NewSolve::new(*problem, now);
            steps.push(Step::Record(vec![solve]));
            steps.push(Step::Reset { now });
            steps.push(Step::Record(vec![solve]));
        }
        // Not in the order in which they are listed.
        steps.rotate_left(usize::try_from(round).unwrap_or(0) * 3);
        let (recorded, removed) = count(under_test, user, &steps).await?;
        let seen = scene.audit(user, minute(62)).await?;
        let done = format!("late marks, recordings and resets at once (round {round})");
        let left = seen.solved.len() as u64;
        ensure_eq(format_args!("{done}: solves"), &(removed + left), &recorded)?;
        let events = seen.history.len() as u64;
        ensure_eq(
            format_args!("{done}: events"),
            &events,
            &(recorded + removed),
        )?;
    }
    Ok(())
}

pub(super) async fn i1_creations_that_race_resets_agree_with_them(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 8;
    let scene = Scene::with(under_test, 12).await?;
    for round in 0..ROUNDS {
        let user = user(round);
        scene.here(user).record(&scene.problems, START).await?;
        let mut steps = Vec::new();
        for _ in 0..8 {
            let now = minute(1);
            // Possible only after a reset, and then no reset is.
            steps.push(Step::Create(scene.contest(now, &scene.problems)?));
            steps.push(Step::Reset { now });
        }
        let answers = race(under_test, steps.len(), |number, store| {
            let step = steps.get(number).cloned();
            async move {
                match step {
                    Some(step) => perform(Actor::new(&*store, user), &step).await.map(Some),
                    None => Ok(None),
                }
            }
        });
        let answers: Vec<_> = answers.await?.into_iter().collect::<Outcome<_>>()?;
        let (mut resets, mut created, mut named) = (0, 0, Vec::new());
        for answer in answers.iter().flatten() {
            match answer {
                Answer::Reset(_) => resets += 1,
                Answer::Created => created += 1,
                Answer::ActiveExists(contest) => named.push(*contest),
                Answer::Unavailable(_) => {}
                other => return ensure(false, "racing", "reset, created or refused", other),
            }
        }
        let seen = scene.audit(user, minute(2)).await?;
        let done = format!("creating and resetting at once (round {round})");
        ensure_eq(format_args!("{done}: epochs"), &seen.epoch.number, &resets)?;
        ensure(
            created == seen.contests.len() && created <= 1,
            format_args!("{done}: contests"),
            "at most one is created",
            &answers,
        )?;
        ensure(
            named.iter().all(|contest| seen.active == Some(*contest)),
            done,
            format_args!("who is refused is told {:?}", seen.active),
            &named,
        )?;
    }
    Ok(())
}
