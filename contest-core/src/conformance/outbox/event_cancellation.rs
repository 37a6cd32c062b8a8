//! Cases in which steps and deliveries are dropped half-way (I14).

use crate::conformance::cancellation::{Drop, MOST_POLLS};
use crate::conformance::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::oracle::Oracle;
use crate::conformance::outbox::courier::Courier;
use crate::conformance::outbox::logged::Logged;
use crate::conformance::snapshot::Snapshot;
use crate::conformance::step::{Step, perform};
use crate::id::UserId;
use crate::model::{EventKind, NewSolve};
use crate::store::{FinishKind, Mark};
use crate::time::Timestamp;

/// Everything at one instant: the events were the same before and after the rest was read.
async fn settled(
    logged: &Logged<'_>,
    user: UserId,
) -> Outcome<(Snapshot, Vec<(Timestamp, EventKind)>)> {
    let now = minute(90);
    for _ in 0..10 {
        let events = logged.told(user).await?;
        let there = logged.scene.there(user);
        let seen = Snapshot::settled(there, &logged.scene.problems, now).await?;
        if logged.told(user).await? == events {
            return Ok((seen, events));
        }
    }
    let done = "reading everything about a user again and again";
    Err(Failure::new(done, "two readings that agree", "none"))
}

/// Drops each of the steps after so many polls, with what comes before done in full. The state and
/// the events must be those of before the step or those of after it, together.
async fn drop_each(
    logged: &Logged<'_>,
    user: UserId,
    steps: &[Step],
    (drop, polls): (Drop, u32),
) -> Outcome<bool> {
    let mut oracle = Oracle::new(user, logged.scene.catalogue.clone());
    let here = logged.scene.here(user);
    let mut all_finished = true;
    for step in steps {
        let before = oracle.told().to_vec();
        let answer = drop.after(polls, perform(here, step)).await.transpose()?;
        let (seen, events) = settled(logged, user).await?;
        seen.audit(&logged.scene.catalogue, minute(90))?;
        oracle.perform(step)?;
        let is_after = seen.contests == oracle.contests()
            && seen.solved == oracle.solved()
            && seen.epoch == oracle.epoch();
        let expected = if is_after { oracle.told() } else { &before };
        ensure_eq(
            format_args!(
                "dropping {step:?} {drop:?} after {polls} poll(s): events (done: {is_after})"
            ),
            &events.as_slice(),
            &expected,
        )?;
        ensure(
            is_after || answer.is_none(),
            "a step that was done",
            "it is there",
            &seen,
        )?;
        all_finished &= answer.is_some();
        if !is_after {
            perform(here, step).await?;
        }
    }
    Ok(all_finished)
}

fn life(logged: &Logged<'_>) -> Outcome<Vec<Step>> {
    let problems = &logged.scene.problems;
    let expired = logged.scene.contest(minute(-60), problems)?;
    let new = logged.scene.contest(START, problems)?;
    let contest = new.id;
    let first = problems.first().copied();
    let problem = first.ok_or_else(|| Failure::new("preparing", "a problem", "none"))?;
    let mark = |mark, at| Step::Mark {
        contest,
        problem,
        mark,
        now: minute(at),
    };
    let solves = problems.iter().map(|id| NewSolve::new(*id, minute(3)));
    let kind = FinishKind::Abandon;
    Ok(vec![
        Step::Create(expired),
        Step::Create(new),
        mark(Mark::Solved, 1),
        mark(Mark::Unsolved, 2),
        Step::Record(solves.collect()),
        Step::Extend {
            contest,
            deadline: minute(70),
            now: minute(4),
        },
        Step::Finish {
            contest,
            kind,
            now: minute(5),
        },
        Step::Resume {
            contest,
            now: minute(6),
        },
        Step::Reset { now: minute(80) },
    ])
}

pub(in crate::conformance) async fn i14_a_dropped_step_and_its_events_are_whole_or_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 4).await?;
    for (drop, first) in [(Drop::AtOnce, 0), (Drop::WhenWoken, u64::from(MOST_POLLS))] {
        for polls in 0..MOST_POLLS {
            let user = user(first + u64::from(polls));
            let steps = life(&logged)?;
            if drop_each(&logged, user, &steps, (drop, polls)).await? {
                break;
            }
        }
    }
    Ok(())
}

pub(in crate::conformance) async fn i14_a_dropped_lease_is_taken_or_not(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 3).await?;
    let all = Some((ALICE, vec![1, 2, 3]));
    let mut now = 10;
    for drop in [Drop::AtOnce, Drop::WhenWoken] {
        for polls in 0..MOST_POLLS {
            let here = Courier::new(&*logged.log, 1);
            let leased = drop.after(polls, here.lease(minute(now), minute(now + 5), 9));
            let leased = leased.await.transpose()?;
            let done = format!("a lease, dropped {drop:?} after {polls} poll(s)");
            // When it has run out, or was never taken, everything is there to be delivered.
            let there = Courier::new(&*logged.other_log, 2);
            let taken = there.lease(minute(now + 5), minute(now + 6), 9).await?;
            ensure_eq(format_args!("{done}; then taking it"), &taken, &all)?;
            let noted = there.acknowledge(ALICE, 0).await?;
            ensure_eq(format_args!("{done}; then giving it back"), &noted, &true)?;
            now += 10;
            if leased.is_some() {
                break;
            }
        }
    }
    Ok(())
}

pub(in crate::conformance) async fn i14_a_dropped_acknowledgement_is_noted_or_not(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    for (drop, first) in [(Drop::AtOnce, 0), (Drop::WhenWoken, u64::from(MOST_POLLS))] {
        for polls in 0..MOST_POLLS {
            let user = user(first + u64::from(polls));
            logged.tell(user, 3).await?;
            let now = 10 * i64::from(polls) + 10;
            let here = Courier::new(&*logged.log, 1);
            here.lease(minute(now), minute(now + 5), 9).await?;
            let noted = drop
                .after(polls, here.acknowledge(user, 2))
                .await
                .transpose()?;
            let done = format!("an acknowledgement, dropped {drop:?} after {polls} poll(s)");
            let there = Courier::new(&*logged.other_log, 2);
            let left = there.lease(minute(now + 5), minute(now + 6), 9).await?;
            let numbers = left.map(|(_, numbers)| numbers).unwrap_or_default();
            let whole = numbers == [3] || (numbers == [1, 2, 3] && noted.is_none());
            let expected = "1 to 3 are left, or 3 alone if it was noted";
            ensure(whole, &done, expected, &numbers)?;
            let all = there.acknowledge(user, 3).await?;
            ensure_eq(
                format_args!("{done}; then delivering the rest"),
                &all,
                &true,
            )?;
            if noted.is_some() {
                break;
            }
        }
    }
    Ok(())
}
