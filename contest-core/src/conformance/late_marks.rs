//! Cases about marks after the deadline.

use std::time::Duration;

use crate::conformance::actor::Actor;
use crate::conformance::failure::{Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{
    ALICE, HOUR, MICROSECOND, START, just_before, minute, stored, user,
};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::race;
use crate::conformance::scene::Scene;
use crate::id::{ProblemId, UserId};
use crate::lifecycle::{LatePolicy, NotAccepting, check_marking};
use crate::model::{ContestStatus, SolveEventKind};
use crate::store::{
    ExtendError, FinishError, FinishKind, Mark, MarkError, NewContest, ResumeError,
};
use crate::time::Timestamp;

/// Ten minutes.
const GRACE: Duration = Duration::from_mins(10);

/// A contest of the user from the start, due an hour later, that accepts marks ten minutes longer.
async fn begin(scene: &Scene<'_>, user: UserId, problems: &[ProblemId]) -> Outcome<NewContest> {
    let new = NewContest {
        late_policy: LatePolicy::AcceptFor(GRACE),
        ..scene.contest(START, problems)?
    };
    scene.here(user).create(&new).await?;
    Ok(new)
}

pub(super) async fn late_policies_are_stored_exactly(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let policies = [
        LatePolicy::Reject,
        LatePolicy::AcceptFor(Duration::ZERO),
        LatePolicy::AcceptFor(MICROSECOND),
        LatePolicy::AcceptFor(GRACE),
        LatePolicy::AcceptFor(LatePolicy::MAX_GRACE),
    ];
    for (late_policy, number) in policies.into_iter().zip(0..) {
        let new = NewContest {
            late_policy,
            ..scene.contest(START, &[one])?
        };
        let created = scene.here(user(number)).create(&new).await?;
        let expected = stored(user(number), &new);
        ensure_eq("creating a contest", &created, &expected)?;
        let found = scene.there(user(number)).find(new.id).await?;
        ensure_eq("finding it", &found, &expected)?;
        let listed = scene.there(user(number)).contests(None, 1).await?;
        ensure_eq("listing it", &listed, &vec![expected])?;
    }
    Ok(())
}

pub(super) async fn i2_late_marks_are_accepted_while_the_policy_says(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let (deadline, until) = (START + HOUR, START + HOUR + GRACE);
    let instants = [
        just_before(START),
        just_before(deadline),
        deadline,
        just_before(until),
        until,
        minute(600),
    ];
    for (now, number) in instants.into_iter().zip(0..) {
        let user = user(number);
        let new = begin(&scene, user, &[one]).await?;
        let expected = check_marking(None, START, deadline, new.late_policy, now);
        let answer = under_test
            .other
            .mark_problem(user, new.id, one, Mark::Solved, now);
        ensure_matches!(
            format_args!("marking at {now} what is due at {deadline}, ten minutes of grace: {expected:?}"),
            answer.await,
            Ok(marked) if expected.is_ok() && marked.changed && marked.completed_at == Some(now),
            Err(MarkError::NotAccepting(reason)) if expected == Err(reason),
        )?;
        let seen = scene.audit(user, minute(601)).await?;
        let solves = (seen.solved.len(), seen.contest_counts.expired);
        ensure_eq(
            "counting solves and expired contests",
            &solves,
            &(usize::from(expected.is_ok()), 1),
        )?;
        let history: Vec<_> = seen
            .history
            .iter()
            .map(|e| (e.kind, e.at, e.contest))
            .collect();
        let recorded = (SolveEventKind::Recorded, now, Some(new.id));
        let events = if expected.is_ok() {
            vec![recorded]
        } else {
            Vec::new()
        };
        ensure_eq("reading the history", &history, &events)?;
        let ending = scene.here(user).find(new.id).await?.ending;
        ensure_eq("looking for a stored ending", &ending, &None)?;
    }
    Ok(())
}

pub(super) async fn i2_a_late_mark_made_again_changes_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = begin(&scene, ALICE, &[one, two]).await?;
    scene.here(ALICE).mark(new.id, one, minute(1)).await?;
    scene.here(ALICE).mark(new.id, two, minute(61)).await?;
    let before = scene.audit(ALICE, minute(65)).await?;
    for (problem, first) in [(one, minute(1)), (two, minute(61))] {
        let marked = scene.there(ALICE).mark(new.id, problem, minute(65)).await?;
        let marked = (marked.completed_at, marked.changed);
        ensure_eq("marking again, late", &marked, &(Some(first), false))?;
    }
    let after = scene.audit(ALICE, minute(65)).await?;
    after.ensure_same(&before, "marking again, late")
}

pub(super) async fn late_marks_are_accepted_after_settling(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, three] = scene.first()?;
    let new = begin(&scene, ALICE, &[one, two]).await?;
    let next = scene.contest(minute(61), &[three])?;
    scene.here(ALICE).create(&next).await?;
    let there = scene.there(ALICE);
    there.mark(new.id, one, minute(62)).await?;
    there.mark(next.id, three, minute(63)).await?;
    let seen = scene.audit(ALICE, minute(64)).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one, three].into())?;
    ensure_eq("asking who is active", &seen.active, &Some(next.id))?;
    let expired = NotAccepting::Ended {
        status: ContestStatus::Expired,
        ended_at: new.deadline,
    };
    let late = under_test
        .other
        .mark_problem(ALICE, new.id, two, Mark::Solved, minute(70));
    ensure_matches!(
        "marking in a settled contest when its grace is over",
        late.await,
        Err(MarkError::NotAccepting(reason)) if reason == expired,
    )
}

pub(super) async fn i3_ended_contests_accept_no_late_marks(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let kinds = [FinishKind::Complete, FinishKind::Abandon];
    for (kind, number) in kinds.into_iter().zip(0..) {
        let user = user(number);
        let new = begin(&scene, user, &[one]).await?;
        let ended = scene.here(user).finish(new.id, kind, minute(2)).await?;
        let reason = ended.ending.map(NotAccepting::from);
        for now in [minute(3), new.deadline, minute(65)] {
            let answer = under_test
                .other
                .mark_problem(user, new.id, one, Mark::Solved, now);
            ensure_matches!(
                format_args!("marking at {now} in a contest with a grace that has ended ({kind:?})"),
                answer.await,
                Err(MarkError::NotAccepting(given)) if Some(given) == reason,
            )?;
        }
        let seen = scene.audit(user, minute(65)).await?;
        ensure_eq("counting what is solved", &seen.solved.len(), &0)?;
    }
    Ok(())
}

pub(super) async fn i2_only_marks_are_accepted_late(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = begin(&scene, ALICE, &[one]).await?;
    scene.here(ALICE).mark(new.id, one, minute(1)).await?;
    let expired = NotAccepting::Ended {
        status: ContestStatus::Expired,
        ended_at: new.deadline,
    };
    let other = &under_test.other;
    let before = scene.audit(ALICE, minute(65)).await?;
    for now in [new.deadline, minute(65)] {
        ensure_matches!(
            format_args!("unmarking at {now}, in the grace period"),
            other.mark_problem(ALICE, new.id, one, Mark::Unsolved, now).await,
            Err(MarkError::NotAccepting(reason)) if reason == expired,
        )?;
        for kind in [FinishKind::Complete, FinishKind::Abandon] {
            ensure_matches!(
                format_args!("ending ({kind:?}) at {now}, in the grace period"),
                other.finish_contest(ALICE, new.id, kind, now).await,
                Err(FinishError::NotAccepting(reason)) if reason == expired,
            )?;
        }
        ensure_matches!(
            format_args!("extending at {now}, in the grace period"),
            other.extend_contest(ALICE, new.id, minute(90), now).await,
            Err(ExtendError::NotAccepting(reason)) if reason == expired,
        )?;
        ensure_matches!(
            format_args!("resuming at {now}, in the grace period"),
            other.resume_contest(ALICE, new.id, now).await,
            Err(ResumeError::NotAbandoned {
                status: ContestStatus::Expired
            }),
        )?;
    }
    let after = scene.audit(ALICE, minute(65)).await?;
    after.ensure_same(&before, "trying other things than marking")?;
    // The grace period keeps nobody from beginning another contest.
    let next = scene.contest(new.deadline, &[two])?;
    scene.there(ALICE).create(&next).await.map(|_| ())
}

pub(super) async fn i2_the_grace_moves_with_the_deadline(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = begin(&scene, ALICE, &[one, two]).await?;
    let extended = scene.here(ALICE).extend(new.id, minute(90), minute(5));
    extended.await?;
    let until: Timestamp = minute(100);
    let there = scene.there(ALICE);
    there.mark(new.id, one, just_before(until)).await?;
    let late = there
        .store
        .mark_problem(ALICE, new.id, two, Mark::Solved, until);
    ensure_matches!(
        "marking when the grace after the new deadline is over",
        late.await,
        Err(MarkError::NotAccepting(_)),
    )?;
    let seen = scene.audit(ALICE, until).await?;
    ensure_eq("asking what is solved", &seen.solved, &[one].into())
}

pub(super) async fn i8_late_marks_that_race_a_creation_are_counted(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 6;
    let scene = Scene::with(under_test, 15).await?;
    let (late, [last]) = (scene.problems.split_at(14).0, {
        let last = scene.problems.last().copied();
        [last.unwrap_or_else(|| crate::conformance::fixtures::unknown_problem(0))]
    });
    for round in 0..ROUNDS {
        let user = user(round);
        let new = begin(&scene, user, late).await?;
        let next = scene.contest(minute(61), &[last])?;
        let outcomes = race(under_test, late.len() + 1, |number, store| {
            let (problem, next) = (late.get(number).copied(), next.clone());
            async move {
                let actor = Actor::new(&*store, user);
                match problem {
                    Some(problem) => actor
                        .mark(new.id, problem, minute(62))
                        .await
                        .map(|m| m.changed),
                    None => actor.create(&next).await.map(|_| true),
                }
            }
        });
        let outcomes: Vec<bool> = outcomes.await?.into_iter().collect::<Outcome<_>>()?;
        ensure_eq(
            format_args!("late marks while the contest is settled (round {round})"),
            &outcomes,
            &vec![true; late.len() + 1],
        )?;
        let seen = scene.audit(user, minute(63)).await?;
        ensure_eq("counting what is solved", &seen.solved.len(), &late.len())?;
        ensure_eq("asking who is active", &seen.active, &Some(next.id))?;
    }
    Ok(())
}
