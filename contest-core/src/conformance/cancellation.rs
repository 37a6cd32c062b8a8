//! Cases in which futures are dropped half-way (I14).

use std::future::Future;
use std::sync::Arc;

use crate::conformance::actor::{Actor, load, publish};
use crate::conformance::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, START, changed, minute, titled, under_key, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::polls::{drop_after, drop_when_woken_after};
use crate::conformance::race::race;
use crate::conformance::scene::Scene;
use crate::conformance::snapshot::Snapshot;
use crate::conformance::step::{Step, perform};
use crate::id::{ProblemId, UserId};
use crate::model::NewSolve;
use crate::store::{FinishKind, Mark, NewContest, Store};

/// After how many polls to stop dropping. Stores need far fewer.
pub(super) const MOST_POLLS: u32 = 100;

/// When a future is dropped after its last poll.
#[derive(Debug, Clone, Copy)]
pub(super) enum Drop {
    AtOnce,
    WhenWoken,
}

impl Drop {
    pub(super) async fn after<F: Future>(self, polls: u32, future: F) -> Option<F::Output> {
        match self {
            Self::AtOnce => drop_after(polls, future).await,
            Self::WhenWoken => drop_when_woken_after(polls, future).await,
        }
    }
}

/// A write, and what its user does before it.
pub(super) struct Write {
    pub(super) before: Vec<Step>,
    pub(super) step: Step,
}

/// Drops the write after no poll, after one, and so on until it is done before it is dropped. Each
/// time a user of its own must see it done or not done.
pub(super) async fn drop_everywhere(
    scene: &Scene<'_>,
    write: impl Fn(&Scene<'_>) -> Outcome<Write>,
) -> Outcome {
    for (drop, first) in [(Drop::AtOnce, 0), (Drop::WhenWoken, u64::from(MOST_POLLS))] {
        for polls in 0..MOST_POLLS {
            let user = user(first + u64::from(polls));
            let write = write(scene)?;
            let finished = drop_once(scene, &write, scene.here(user), drop, polls);
            let context = |failure: Failure| {
                failure.after(format_args!("dropping {drop:?} after {polls} poll(s)"))
            };
            if finished.await.map_err(context)? {
                break;
            }
        }
    }
    Ok(())
}

/// Says whether the write was done before it could be dropped.
async fn drop_once(
    scene: &Scene<'_>,
    write: &Write,
    here: Actor<'_>,
    drop: Drop,
    polls: u32,
) -> Outcome<bool> {
    let now = minute(5);
    let there = scene.there(here.user);
    for step in &write.before {
        perform(here, step).await?;
    }
    let before = Snapshot::take(there, &scene.problems, now).await?;
    let answer = drop
        .after(polls, perform(here, &write.step))
        .await
        .transpose()?;
    let between = Snapshot::settled(there, &scene.problems, now).await?;
    between.audit(&scene.catalogue, now)?;
    // Every write is such that doing it again completes it.
    perform(there, &write.step).await?;
    let after = Snapshot::settled(there, &scene.problems, now).await?;
    after.audit(&scene.catalogue, now)?;
    ensure(
        after != before,
        "doing the write again",
        "it is done",
        &after,
    )?;
    let finished = answer.is_some();
    ensure(
        between == after || (between == before && !finished),
        format_args!("a dropped write: {:?}", write.step),
        format_args!("all of it is done, as in {after:?}, or nothing, as in {before:?}"),
        &between,
    )?;
    Ok(finished)
}

pub(super) async fn i14_a_dropped_creation_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let creation = |scene: &Scene<'_>| {
        let expired = scene.contest(minute(-60), &scene.problems)?;
        let new = under_key(scene.contest(START, &scene.problems)?, "key", 1)?;
        Ok(Write {
            before: vec![Step::Create(expired)],
            step: Step::Create(new),
        })
    };
    drop_everywhere(&scene, creation).await
}

/// Marking or unmarking the first problem of a contest.
fn marking(new: &NewContest, mark: Mark, at: i64) -> Outcome<Step> {
    let problem = new.problems.first();
    Ok(Step::Mark {
        contest: new.id,
        problem: *problem.ok_or_else(|| Failure::new("preparing", "a problem", "none"))?,
        mark,
        now: minute(at),
    })
}

pub(super) async fn i14_a_dropped_mark_is_whole_or_nothing(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let mark = |scene: &Scene<'_>| {
        let new = scene.contest(START, &scene.problems)?;
        Ok(Write {
            step: marking(&new, Mark::Solved, 1)?,
            before: vec![Step::Create(new)],
        })
    };
    drop_everywhere(&scene, mark).await
}

pub(super) async fn i14_a_dropped_unmark_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let unmark = |scene: &Scene<'_>| {
        let new = scene.contest(START, &scene.problems)?;
        Ok(Write {
            step: marking(&new, Mark::Unsolved, 2)?,
            before: vec![Step::Create(new.clone()), marking(&new, Mark::Solved, 1)?],
        })
    };
    drop_everywhere(&scene, unmark).await
}

pub(super) async fn i14_a_dropped_ending_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let ending = |scene: &Scene<'_>| {
        let new = scene.contest(START, &scene.problems)?;
        Ok(Write {
            step: Step::Finish {
                contest: new.id,
                kind: FinishKind::Complete,
                now: minute(3),
            },
            before: vec![Step::Create(new)],
        })
    };
    drop_everywhere(&scene, ending).await
}

pub(super) async fn i14_a_dropped_recording_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let recording = |scene: &Scene<'_>| {
        let solves = scene.problems.iter().map(|id| NewSolve::new(*id, START));
        Ok(Write {
            before: Vec::new(),
            step: Step::Record(solves.collect()),
        })
    };
    drop_everywhere(&scene, recording).await
}

pub(super) async fn i14_a_dropped_publication_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    scene.here(ALICE).record(&scene.problems, START).await?;
    let there = &*under_test.other;
    for drop in [Drop::AtOnce, Drop::WhenWoken] {
        for polls in 0..MOST_POLLS {
            let before = load(there).await?;
            let new = changed(&before, |problem| {
                let retired = !problem.retired;
                let title = format!("{drop:?} {polls}");
                titled(problem, &title).with_retired(retired)
            })?;
            let published = drop.after(polls, publish(&*under_test.store, &new)).await;
            let loaded = load(there).await?;
            let problems = loaded.problems();
            ensure(
                problems == before.problems() || problems == new.problems(),
                format_args!("a publication, dropped {drop:?} after {polls} poll(s)"),
                "all of it is loaded, or nothing",
                problems,
            )?;
            let revision = publish(there, &new).await?;
            let done = "publishing again what was dropped (revision)";
            ensure_eq(done, &revision, &(before.revision() + 1))?;
            scene.audit(ALICE, START).await?;
            if published.transpose()?.is_some() {
                break;
            }
        }
    }
    Ok(())
}

/// Calls that have every reason to wait for a connection, one after the other.
async fn call_all(store: Arc<dyn Store>, scene: Tools) -> Outcome {
    let actor = Actor::new(&*store, scene.user);
    load(actor.store).await?;
    actor.by_difficulty().await?;
    perform(actor, &scene.create).await?;
    actor.record(&scene.problems, START).await?;
    actor.history().await?;
    actor.contests(None, 10).await?;
    actor.solved(&scene.problems).await?;
    actor.contest_counts(START).await.map(|_| ())
}

/// What [`call_all`] needs of a scene.
struct Tools {
    user: UserId,
    create: Step,
    problems: Vec<ProblemId>,
}

fn tools(scene: &Scene<'_>, number: u64) -> Outcome<Tools> {
    Ok(Tools {
        user: user(number),
        create: Step::Create(scene.contest(START, &scene.problems)?),
        problems: scene.problems.clone(),
    })
}

pub(super) async fn i14_dropped_calls_leave_nothing_behind(under_test: &StoreUnderTest) -> Outcome {
    const CALLERS: u64 = 64;
    let scene = Scene::with(under_test, 12).await?;
    // One after the other, so that nothing waits: each must give back what it took.
    for number in 0..100 {
        let polls = u32::try_from(1 + number % 10).unwrap_or(1);
        let calls = call_all(
            under_test.handle(usize::from(number % 2 == 1)),
            tools(&scene, number)?,
        );
        drop_after(polls, calls).await.transpose()?;
    }
    // All at once, so that many are dropped while they wait.
    let mut callers: Vec<_> = (100..100 + CALLERS)
        .map(|number| tools(&scene, number).map(Some))
        .collect::<Outcome<_>>()?;
    let count = callers.len();
    let dropped = race(under_test, count, |number, store| {
        let caller = callers.get_mut(number).and_then(Option::take);
        let polls = u32::try_from(1 + number % 20).unwrap_or(1);
        async move {
            match caller {
                Some(tools) => drop_when_woken_after(polls, call_all(store, tools)).await,
                None => None,
            }
        }
    });
    let dropped: Outcome<Vec<_>> = dropped.await?.into_iter().map(Option::transpose).collect();
    dropped?;
    // And now everybody wants something, and gets it.
    let mut callers: Vec<_> = (200..200 + CALLERS)
        .map(|number| tools(&scene, number).map(Some))
        .collect::<Outcome<_>>()?;
    let served = race(under_test, count, |number, store| {
        let caller = callers.get_mut(number).and_then(Option::take);
        async move {
            match caller {
                Some(tools) => call_all(store, tools).await,
                None => Ok(()),
            }
        }
    });
    let served: Outcome = served.await?.into_iter().collect();
    served.map_err(|failure| failure.after("after 164 dropped calls"))
}
