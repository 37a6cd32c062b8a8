//! Cases in which extensions, resumptions and resets are dropped half-way (I14).

use crate::conformance::cancellation::{Drop, MOST_POLLS, Write, drop_everywhere};
use crate::conformance::failure::{Failure, Outcome, ensure};
use crate::conformance::fixtures::{START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::conformance::snapshot::Snapshot;
use crate::conformance::step::{Step, perform};
use crate::store::{FinishKind, NewContest};

pub(super) async fn i14_a_dropped_extension_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let extension = |scene: &Scene<'_>| {
        let new = scene.contest(START, &scene.problems)?;
        Ok(Write {
            step: Step::Extend {
                contest: new.id,
                deadline: minute(90),
                now: minute(3),
            },
            before: vec![Step::Create(new)],
        })
    };
    drop_everywhere(&scene, extension).await
}

pub(super) async fn i14_a_dropped_resumption_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let resumption = |scene: &Scene<'_>| {
        let abandoned = scene.contest(START, &scene.problems)?;
        let contest = abandoned.id;
        let expired = NewContest {
            deadline: minute(3),
            ..scene.contest(minute(2), &scene.problems)?
        };
        Ok(Write {
            before: vec![
                Step::Create(abandoned),
                Step::Finish {
                    contest,
                    kind: FinishKind::Abandon,
                    now: minute(1),
                },
                Step::Create(expired),
            ],
            step: Step::Resume {
                contest,
                now: minute(4),
            },
        })
    };
    drop_everywhere(&scene, resumption).await
}

/// A reset is the one write that does something more when it is done again, so it gets a check of
/// its own.
pub(super) async fn i14_a_dropped_reset_is_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    for (drop, first) in [(Drop::AtOnce, 0), (Drop::WhenWoken, u64::from(MOST_POLLS))] {
        for polls in 0..MOST_POLLS {
            let user = user(first + u64::from(polls));
            let (here, there) = (scene.here(user), scene.there(user));
            let expired = scene.contest(minute(-60), &scene.problems)?;
            here.create(&expired).await?;
            here.record(&scene.problems, minute(-10)).await?;
            let before = Snapshot::take(there, &scene.problems, minute(5)).await?;
            let step = Step::Reset { now: START };
            let answer = drop.after(polls, perform(here, &step)).await.transpose()?;
            let between = Snapshot::settled(there, &scene.problems, minute(5)).await?;
            let context = |failure: Failure| {
                failure.after(format_args!("dropping {drop:?} after {polls} poll(s)"))
            };
            between
                .audit(&scene.catalogue, minute(5))
                .map_err(context)?;
            let finished = answer.is_some();
            ensure(
                is_reset(&between) || (between == before && !finished),
                "a dropped reset",
                format_args!("all of it is done, or nothing, as in {before:?}"),
                &between,
            )
            .map_err(context)?;
            if finished {
                break;
            }
        }
    }
    Ok(())
}

/// Whether all of the one reset is there.
fn is_reset(seen: &Snapshot) -> bool {
    let settled = seen.contests.iter().all(|contest| contest.ending.is_some());
    let removed = seen.solved.is_empty() && seen.history.len() == 24;
    seen.epoch.number == 1 && seen.epoch.began_at == Some(START) && settled && removed
}
