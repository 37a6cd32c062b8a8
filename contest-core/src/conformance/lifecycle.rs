//! Cases about the life of a contest (I2, I3).

use crate::conformance::failure::{Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, HOUR, START, just_before, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::UserId;
use crate::lifecycle::{NotAccepting, check_accepting};
use crate::model::{ContestCounts, ContestRecord, ContestStatus, Ending, EndingKind};
use crate::store::{FinishError, FinishKind, Mark, MarkError};
use crate::time::Timestamp;

const KINDS: [(FinishKind, EndingKind); 2] = [
    (FinishKind::Complete, EndingKind::Completed),
    (FinishKind::Abandon, EndingKind::Abandoned),
];

pub(super) async fn i2_a_contest_is_active_until_its_deadline(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    for (now, active) in [
        (START, true),
        (just_before(new.deadline), true),
        (new.deadline, false),
        (minute(1_000_000), false),
        // An earlier instant again: looking from later on changed nothing.
        (minute(30), true),
    ] {
        let expected = active.then_some(new.id);
        let done = format!("looking at {now} at a contest due at {}", new.deadline);
        let there = scene.there(ALICE);
        ensure_eq(&done, &there.active(now).await?, &expected)?;
        let counts = ContestCounts {
            active: u64::from(active),
            expired: u64::from(!active),
            ..ContestCounts::default()
        };
        ensure_eq(&done, &there.contest_counts(now).await?, &counts)?;
    }
    Ok(())
}

pub(super) async fn i2_reading_settles_nothing(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    let created = scene.here(ALICE).create(&new).await?;
    for now in [new.deadline, new.deadline + HOUR] {
        let seen = scene.audit(ALICE, now).await?;
        let done = "reading everything after the deadline";
        ensure_eq(done, &seen.contests, &vec![created.clone()])?;
    }
    let found = scene.here(ALICE).find(new.id).await?;
    ensure_eq("finding the expired contest", &found, &created)
}

/// Around the start and the deadline of a contest from [`START`], one hour long.
fn instants() -> [Timestamp; 5] {
    let deadline = START + HOUR;
    [
        just_before(START),
        START,
        just_before(deadline),
        deadline,
        minute(90),
    ]
}

pub(super) async fn i2_marks_are_accepted_from_start_to_deadline(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    for (now, number) in instants().into_iter().zip(0..) {
        let user = user(number);
        let new = scene.contest(START, &[one])?;
        scene.here(user).create(&new).await?;
        let expected = check_accepting(None, new.started_at, new.deadline, now);
        for mark in [Mark::Solved, Mark::Unsolved] {
            let answer = under_test.other.mark_problem(user, new.id, one, mark, now);
            ensure_matches!(
                format_args!("marking ({mark:?}) at {now} in a contest from {START}, due an hour later: {expected:?}"),
                answer.await,
                Ok(marked) if expected.is_ok() && marked.changed,
                Err(MarkError::NotAccepting(reason)) if expected == Err(reason),
            )?;
        }
        scene.audit(user, now).await?;
    }
    Ok(())
}

pub(super) async fn i2_endings_are_accepted_from_start_to_deadline(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let mut number = 0;
    for now in instants() {
        for (kind, _) in KINDS {
            number += 1;
            let user = user(number);
            let new = scene.contest(START, &[one])?;
            scene.here(user).create(&new).await?;
            let expected = check_accepting(None, new.started_at, new.deadline, now);
            let answer = under_test.other.finish_contest(user, new.id, kind, now);
            ensure_matches!(
                format_args!("ending ({kind:?}) at {now} a contest from {START}, due an hour later: {expected:?}"),
                answer.await,
                Ok(_) if expected.is_ok(),
                Err(FinishError::NotAccepting(reason)) if expected == Err(reason),
            )?;
            let stored = scene.there(user).find(new.id).await?.ending;
            ensure_eq(
                "looking for a stored ending",
                &stored.is_some(),
                &expected.is_ok(),
            )?;
        }
    }
    Ok(())
}

pub(super) async fn i3_an_ending_is_stored_and_stays(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    for ((kind, stored), number) in KINDS.into_iter().zip(0..) {
        let user = user(number);
        let (here, there) = (scene.here(user), scene.there(user));
        let new = scene.contest(START, &[one, two])?;
        here.create(&new).await?;
        here.mark(new.id, one, minute(1)).await?;
        let mut expected = there.find(new.id).await?;
        let ending = Ending {
            kind: stored,
            at: minute(2),
        };
        expected.ending = Some(ending);
        let ended = here.finish(new.id, kind, minute(2)).await?;
        ensure_eq("ending a contest", &ended, &expected)?;
        let before = scene.audit(user, minute(3)).await?;
        ensure_eq("finding it", &before.contests, &vec![expected.clone()])?;
        ensure_eq("asking who is active", &before.active, &None)?;
        // Earlier, meanwhile, later, and past the deadline: nothing is accepted any more.
        for now in [START, minute(2), minute(3), minute(90)] {
            ensure_ended(&scene, user, &expected, now).await?;
        }
        let after = scene.audit(user, minute(3)).await?;
        after.ensure_same(&before, "trying to change a contest that has ended")?;
    }
    Ok(())
}

/// Checks that a contest with a stored ending takes no mark and no other ending.
async fn ensure_ended(
    scene: &Scene<'_>,
    user: UserId,
    contest: &ContestRecord,
    now: Timestamp,
) -> Outcome {
    let store = scene.other();
    let reason = contest.ending.map(NotAccepting::from);
    let done = format!("at {now}, after the ending {:?}", contest.ending);
    for (kind, _) in KINDS {
        ensure_matches!(
            format_args!("ending ({kind:?}) {done}"),
            store.finish_contest(user, contest.id, kind, now).await,
            Err(FinishError::NotAccepting(given)) if Some(given) == reason,
        )?;
    }
    for problem in &contest.problems {
        for mark in [Mark::Solved, Mark::Unsolved] {
            let answer = store.mark_problem(user, contest.id, problem.problem, mark, now);
            ensure_matches!(
                format_args!("marking ({mark:?}) {done}"),
                answer.await,
                Err(MarkError::NotAccepting(given)) if Some(given) == reason,
            )?;
        }
    }
    Ok(())
}

pub(super) async fn i3_a_settled_contest_stays_expired(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let old = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&old).await?;
    let new = scene.contest(minute(70), &[two])?;
    scene.here(ALICE).create(&new).await?;
    let settled = scene.there(ALICE).find(old.id).await?;
    let ended = settled
        .ending
        .map(|ending| (ContestStatus::from(ending.kind), ending.at));
    ensure_eq(
        "creating a contest after the deadline of another",
        &ended,
        &Some((ContestStatus::Expired, old.deadline)),
    )?;
    for now in [minute(30), minute(80)] {
        ensure_ended(&scene, ALICE, &settled, now).await?;
    }
    let ended = scene
        .here(ALICE)
        .finish(new.id, FinishKind::Complete, minute(80));
    ended.await?;
    let kept = scene.there(ALICE).find(old.id).await?;
    ensure_eq("finding the settled contest later", &kept, &settled)
}

pub(super) async fn i3_an_ending_makes_room_at_once(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let mut at = START;
    for (kind, _) in KINDS.into_iter().cycle().take(6) {
        let new = scene.contest(at, &[one, two])?;
        scene.here(ALICE).create(&new).await?;
        at = at + HOUR / 4;
        scene.there(ALICE).finish(new.id, kind, at).await?;
        // The next one begins at the very instant this one ended.
    }
    let counts = ContestCounts {
        completed: 3,
        abandoned: 3,
        ..ContestCounts::default()
    };
    let seen = scene.audit(ALICE, at).await?;
    ensure_eq("counting contests", &seen.contest_counts, &counts)
}
