//! Cases in which resumptions race each other, creations and endings (I1, I3).

use std::collections::BTreeSet;

use crate::conformance::actor::Actor;
use crate::conformance::failure::{Failure, Outcome, ensure, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::race;
use crate::conformance::scene::Scene;
use crate::conformance::step::{Answer, Step, perform};
use crate::id::{ContestId, UserId};
use crate::model::ContestStatus;
use crate::store::{FinishError, FinishKind, ResumeError};

/// Does all of these at once for one user. Returns the contests whose creation or resumption was
/// acknowledged, after checking that every other call was told of one of them.
async fn ensure_one_wins(
    under_test: &StoreUnderTest,
    user: UserId,
    steps: &[Step],
) -> Outcome<ContestId> {
    let answers = race(under_test, steps.len(), |number, store| {
        let step = steps.get(number).cloned();
        async move {
            let step = step.ok_or_else(|| Failure::new("racing", "a step", "none"))?;
            let answer = perform(Actor::new(&*store, user), &step).await?;
            Ok((step, answer))
        }
    });
    let (mut won, mut named) = (BTreeSet::new(), BTreeSet::new());
    for answer in answers.await? {
        match answer? {
            (Step::Create(new), Answer::Created) => drop(won.insert(new.id)),
            (Step::Resume { contest, .. }, Answer::Resumed) => drop(won.insert(contest)),
            (_, Answer::ActiveExists(contest)) => drop(named.insert(contest)),
            other => {
                let expected = "Created, Resumed or ActiveExists";
                return Err(Failure::new("racing", expected, format_args!("{other:?}")));
            }
        }
    }
    let done = format!("{} creations and resumptions at once", steps.len());
    let mut winners = won.iter();
    let (Some(winner), None) = (winners.next(), winners.next()) else {
        let won = format!("{won:?}");
        return Err(Failure::new(done, "exactly one contest is active", won));
    };
    ensure(
        named.iter().all(|contest| contest == winner),
        done,
        format_args!("the others are told {winner}"),
        &named,
    )?;
    Ok(*winner)
}

/// Abandoned contests of the user, all of which can be resumed.
async fn abandoned(scene: &Scene<'_>, user: UserId, count: usize) -> Outcome<Vec<ContestId>> {
    let here = scene.here(user);
    let mut contests = Vec::new();
    for problem in scene.problems.iter().cycle().take(count) {
        let new = scene.contest(START, &[*problem])?;
        here.create(&new).await?;
        here.finish(new.id, FinishKind::Abandon, minute(1)).await?;
        contests.push(new.id);
    }
    Ok(contests)
}

pub(super) async fn i1_of_racing_resumptions_one_wins(under_test: &StoreUnderTest) -> Outcome {
    const ROUNDS: u64 = 4;
    let scene = Scene::with(under_test, 12).await?;
    for round in 0..ROUNDS {
        let user = user(round);
        let contests = abandoned(&scene, user, 8).await?;
        let now = minute(2);
        let steps = contests.iter().cycle().take(32);
        let steps: Vec<_> = steps
            .map(|contest| Step::Resume {
                contest: *contest,
                now,
            })
            .collect();
        let winner = ensure_one_wins(under_test, user, &steps).await?;
        let seen = scene.audit(user, minute(3)).await?;
        ensure_eq("asking who is active", &seen.active, &Some(winner))?;
        ensure_eq("counting", &seen.contest_counts.abandoned, &7)?;
    }
    Ok(())
}

pub(super) async fn i1_of_racing_resumptions_and_creations_one_wins(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 8;
    let scene = Scene::with(under_test, 12).await?;
    for round in 0..ROUNDS {
        let user = user(round);
        let old = abandoned(&scene, user, 2).await?;
        let mut steps = Vec::new();
        for (number, contest) in old.into_iter().cycle().take(16).enumerate() {
            let now = minute(2);
            steps.push(Step::Resume { contest, now });
            let problem = scene.problems.get(number % scene.problems.len());
            let problem: Vec<_> = problem.copied().into_iter().collect();
            steps.push(Step::Create(scene.contest(now, &problem)?));
        }
        let winner = ensure_one_wins(under_test, user, &steps).await?;
        let seen = scene.audit(user, minute(3)).await?;
        ensure_eq("asking who is active", &seen.active, &Some(winner))?;
    }
    Ok(())
}

pub(super) async fn i3_no_resumption_undoes_a_completion(under_test: &StoreUnderTest) -> Outcome {
    const ROUNDS: u64 = 32;
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    for round in 0..ROUNDS {
        let user = user(round);
        let new = scene.contest(START, &[one])?;
        scene.here(user).create(&new).await?;
        let contest = new.id;
        let completed = race(under_test, 24, |number, store| async move {
            let now = minute(1);
            let kind = match number % 4 {
                0 => FinishKind::Abandon,
                // Late, so that there is something to undo.
                1 if number > 12 => FinishKind::Complete,
                _ => {
                    let resumed = store.resume_contest(user, contest, now).await;
                    ensure_matches!(
                        "resuming while the contest is abandoned and completed",
                        resumed,
                        Ok(_),
                        Err(ResumeError::NotAbandoned {
                            status: ContestStatus::Completed
                        }),
                    )?;
                    return Ok(false);
                }
            };
            let finished = store.finish_contest(user, contest, kind, now).await;
            let done = finished.is_ok();
            ensure_matches!(
                "ending a contest while it is resumed",
                finished,
                Ok(_),
                Err(FinishError::NotAccepting(_)),
            )?;
            Ok(done && kind == FinishKind::Complete)
        });
        let completed: Vec<bool> = completed.await?.into_iter().collect::<Outcome<_>>()?;
        let seen = scene.audit(user, minute(2)).await?;
        let counted = seen.contest_counts.completed == 1;
        let acknowledged = completed.iter().filter(|done| **done).count();
        ensure_eq(
            format_args!("completing next to abandoning and resuming (round {round})"),
            &(acknowledged, counted),
            &(usize::from(counted), acknowledged == 1),
        )?;
    }
    Ok(())
}
