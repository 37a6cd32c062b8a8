//! Cases about keeping users apart.

use crate::conformance::failure::{During, Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, BOB, START, minute, under_key, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::{ContestId, ProblemId};
use crate::model::IdempotencyKey;
use crate::store::{ExtendError, FinishError, FinishKind, Mark, MarkError, ResumeError};

/// Alice with an active contest under a key, one problem of it marked, and another solved.
async fn alice_at_work(scene: &Scene<'_>) -> Outcome<(ContestId, [ProblemId; 3])> {
    let problems @ [marked, open, outside] = scene.first()?;
    let new = scene.contest(START, &[marked, open])?;
    let here = scene.here(ALICE);
    here.create(&under_key(new.clone(), "key", 1)?).await?;
    here.mark(new.id, marked, minute(1)).await?;
    here.record(&[outside], minute(2)).await?;
    Ok((new.id, problems))
}

pub(super) async fn ownership_hides_everything_from_another_user(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, problems) = alice_at_work(&scene).await?;
    let now = minute(3);
    let nothing = scene.audit(user(77), now).await?;
    let seen = scene.audit(BOB, now).await?;
    seen.ensure_same(&nothing, "reading everything as another user")?;
    let bob = scene.there(BOB);
    let found = bob.store.find_contest(BOB, contest).await;
    let found = found.during("finding another user's contest")?;
    ensure_eq("finding another user's contest", &found, &None)?;
    let key = IdempotencyKey::new("key").during("naming a key")?;
    let found = bob.store.find_contest_by_key(BOB, &key).await;
    let found = found.during("finding another user's contest by key")?;
    ensure_eq("finding another user's contest by key", &found, &None)?;
    let solved = bob.solved(&problems).await?;
    ensure_eq("asking what another user solved", &solved, &[].into())
}

pub(super) async fn ownership_keeps_another_user_from_changing_anything(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (contest, problems) = alice_at_work(&scene).await?;
    let now = minute(3);
    let before = scene.audit(ALICE, now).await?;
    // Once as a user nobody has heard of, and once as one with a contest of its own.
    for round in 0..2 {
        for (problem, mark) in problems
            .into_iter()
            .flat_map(|problem| [Mark::Solved, Mark::Unsolved].map(|mark| (problem, mark)))
        {
            let answer = under_test
                .other
                .mark_problem(BOB, contest, problem, mark, now);
            ensure_matches!(
                format_args!("marking ({mark:?}) in another user's contest"),
                answer.await,
                Err(MarkError::ContestNotFound),
            )?;
        }
        for kind in [FinishKind::Complete, FinishKind::Abandon] {
            let answer = under_test.other.finish_contest(BOB, contest, kind, now);
            ensure_matches!(
                format_args!("ending ({kind:?}) another user's contest"),
                answer.await,
                Err(FinishError::ContestNotFound),
            )?;
        }
        let other = &under_test.other;
        ensure_matches!(
            "extending another user's contest",
            other.extend_contest(BOB, contest, minute(90), now).await,
            Err(ExtendError::ContestNotFound),
        )?;
        ensure_matches!(
            "resuming another user's contest",
            other.resume_contest(BOB, contest, now).await,
            Err(ResumeError::ContestNotFound),
        )?;
        if round == 0 {
            let own = scene.contest(START, &problems)?;
            scene.here(BOB).create(&under_key(own, "key", 2)?).await?;
        }
    }
    let after = scene.audit(ALICE, now).await?;
    after.ensure_same(&before, "another user's attempts")
}

pub(super) async fn ownership_lets_users_solve_the_same_problems(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (_, problems) = alice_at_work(&scene).await?;
    let [marked, open, outside] = problems;
    let before = scene.audit(ALICE, minute(5)).await?;
    let bob = scene.here(BOB);
    let own = scene.contest(START, &problems)?;
    bob.create(&own).await?;
    bob.mark(own.id, marked, minute(3)).await?;
    bob.mark(own.id, open, minute(3)).await?;
    bob.unmark(own.id, open, minute(4)).await?;
    let recorded = bob.record(&[marked, outside], minute(4)).await?;
    let counts = (recorded.recorded, recorded.already_solved);
    ensure_eq("recording what another user solved", &counts, &(1, 1))?;
    bob.finish(own.id, FinishKind::Abandon, minute(5)).await?;
    let seen = scene.audit(BOB, minute(5)).await?;
    ensure_eq(
        "asking what is solved",
        &seen.solved,
        &[marked, outside].into(),
    )?;
    let after = scene.audit(ALICE, minute(5)).await?;
    after.ensure_same(&before, "another user solving the same problems")
}
