//! Cases in which calls about contests race.

use crate::conformance::actor::Actor;
use crate::conformance::failure::{During, Failure, Outcome, ensure, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, HOUR, MICROSECOND, START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::race;
use crate::conformance::scene::Scene;
use crate::id::ContestId;
use crate::lifecycle::NotAccepting;
use crate::model::{Ending, EndingKind};
use crate::store::{
    CreateContestError, Creation, FinishError, FinishKind, Mark, MarkError, NewContest,
};
use crate::time::Timestamp;

/// How many calls race in most cases.
const RACERS: usize = 32;

/// Creates all of these contests at once for one user. Returns the winner, after checking that there
/// is exactly one and that every other call named one of `allowed`, or the winner.
async fn ensure_one_wins(
    under_test: &StoreUnderTest,
    contests: &[NewContest],
    allowed: &[ContestId],
) -> Outcome<ContestId> {
    let answers = race(under_test, contests.len(), |number, store| {
        let contest = contests.get(number).cloned();
        async move {
            match contest {
                Some(contest) => store.create_contest(ALICE, &contest).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let done = format!("{} creations at once for one user", contests.len());
    let (mut created, mut named) = (Vec::new(), Vec::new());
    for answer in answers.await? {
        match answer {
            Ok(Some(Creation::Created { contest, .. })) => created.push(contest.id),
            Err(CreateContestError::ActiveContestExists { contest }) => named.push(contest),
            Ok(other) => return Err(Failure::new(done, "Created", format_args!("{other:?}"))),
            Err(error) => return Err(error).during(done),
        }
    }
    let [winner] = *created else {
        let created = format!("{} are: {created:?}", created.len());
        return Err(Failure::new(done, "exactly one is created", created));
    };
    ensure(
        named.iter().all(|id| *id == winner || allowed.contains(id)),
        done,
        format_args!("the others are told {winner}"),
        &named,
    )?;
    Ok(winner)
}

/// Contests of one problem each that begin a microsecond apart.
fn contenders(scene: &Scene<'_>, count: usize, from: Timestamp) -> Outcome<Vec<NewContest>> {
    let mut at = from;
    let mut contests = Vec::new();
    for problem in scene.problems.iter().cycle().take(count) {
        contests.push(scene.contest(at, &[*problem])?);
        at = at + MICROSECOND;
    }
    Ok(contests)
}

pub(super) async fn i1_of_racing_creations_one_wins(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let contests = contenders(&scene, 2 * RACERS, START)?;
    let winner = ensure_one_wins(under_test, &contests, &[]).await?;
    let seen = scene.audit(ALICE, START + HOUR / 2).await?;
    let listed: Vec<_> = seen.contests.iter().map(|contest| contest.id).collect();
    ensure_eq("listing after racing creations", &listed, &vec![winner])?;
    ensure_eq("asking who is active", &seen.active, &Some(winner))
}

pub(super) async fn i1_of_racing_creations_over_an_expired_contest_one_wins(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let old = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&old).await?;
    // Half of them begin before the deadline of the old one.
    let from = Timestamp::from_micros(old.deadline.as_micros() - 16);
    let contests = contenders(&scene, RACERS, from)?;
    let winner = ensure_one_wins(under_test, &contests, &[old.id]).await?;
    let seen = scene.audit(ALICE, old.deadline + HOUR / 2).await?;
    let [new, settled] = seen.contests.as_slice() else {
        return ensure(false, "listing afterwards", "two contests", &seen.contests);
    };
    ensure_eq("listing afterwards (latest)", &new.id, &winner)?;
    ensure(
        new.started_at >= old.deadline,
        "creating contests just before and after the deadline of another",
        "the winner begins at the deadline or later",
        new,
    )?;
    let expired = Ending {
        kind: EndingKind::Expired,
        at: old.deadline,
    };
    ensure_eq(
        "looking at the old contest",
        &settled.ending,
        &Some(expired),
    )
}

pub(super) async fn i1_creations_of_different_users_all_win(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let contests = contenders(&scene, RACERS, START)?;
    let answers = race(under_test, contests.len(), |number, store| {
        let contest = contests.get(number).cloned();
        async move {
            let Some(contest) = contest else {
                return Ok(());
            };
            let actor = Actor::new(&*store, user(number as u64));
            actor.create(&contest).await.map(|_| ())
        }
    });
    let outcomes: Outcome = answers.await?.into_iter().collect();
    outcomes.map_err(|failure| failure.after("next to 31 other users"))
}

pub(super) async fn i3_of_racing_endings_one_wins(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    let contest = new.id;
    let answers = race(under_test, 32, |number, store| async move {
        let kind = match number % 4 {
            0 | 1 => FinishKind::Complete,
            _ => FinishKind::Abandon,
        };
        let now = minute(1 + i64::try_from(number).unwrap_or(0));
        store.finish_contest(ALICE, contest, kind, now).await
    });
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    for answer in answers.await? {
        match answer {
            Ok(record) => won.push(record),
            Err(FinishError::NotAccepting(reason)) => lost.push(reason),
            Err(error) => return Err(error).during("ending a contest, many at once"),
        }
    }
    ensure_eq(
        "ending a contest 32 times at once (successes)",
        &won.len(),
        &1,
    )?;
    let stored = scene.there(ALICE).find(contest).await?;
    ensure_eq("finding it", &Some(&stored), &won.first())?;
    let reasons: Vec<_> = stored.ending.map(NotAccepting::from).into_iter().collect();
    ensure(
        lost.iter().all(|reason| reasons.contains(reason)),
        "ending a contest 32 times at once",
        format_args!("every loser is told {reasons:?}"),
        &lost,
    )?;
    scene.audit(ALICE, minute(40)).await.map(|_| ())
}

pub(super) async fn i3_no_mark_follows_an_ending(under_test: &StoreUnderTest) -> Outcome {
    const ROUNDS: u64 = 8;
    let scene = Scene::with(under_test, 15).await?;
    for round in 0..ROUNDS {
        let user = user(round);
        let new = scene.contest(START, &scene.problems)?;
        scene.here(user).create(&new).await?;
        let tasks = scene.problems.len() + 1;
        let contest = new.id;
        // Every task but the last marks; whatever is refused says how the contest ended.
        let outcomes = race(under_test, tasks, |number, store| {
            let problem = scene.problems.get(number).copied();
            async move {
                let actor = Actor::new(&*store, user);
                let Some(problem) = problem else {
                    actor
                        .finish(contest, FinishKind::Complete, minute(1))
                        .await?;
                    return marks(actor, contest).await.map(Some);
                };
                let marked = store.mark_problem(user, contest, problem, Mark::Solved, minute(1));
                ensure_matches!(
                    "marking while the contest is completed",
                    marked.await,
                    Ok(_) | Err(MarkError::NotAccepting(NotAccepting::Ended { .. })),
                )?;
                Ok(None)
            }
        });
        let outcomes: Vec<_> = outcomes.await?.into_iter().collect::<Outcome<_>>()?;
        let acknowledged: Vec<_> = outcomes.into_iter().flatten().collect();
        let later = marks(scene.there(user), contest).await?;
        ensure_eq(
            format_args!("counting marks when the ending is known, and later (round {round})"),
            &acknowledged,
            &vec![later],
        )?;
        let seen = scene.audit(user, minute(2)).await?;
        ensure_eq("counting what is solved", &seen.solved.len(), &later)?;
    }
    Ok(())
}

async fn marks(actor: Actor<'_>, contest: ContestId) -> Outcome<usize> {
    let record = actor.find(contest).await?;
    let marked = record.problems.iter().filter(|p| p.completed_at.is_some());
    Ok(marked.count())
}
