//! Cases in which steps race, and their events with them.

use std::collections::BTreeMap;

use crate::conformance::actor::Actor;
use crate::conformance::failure::{During, Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, START, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::outbox::logged::Logged;
use crate::conformance::race::{race, while_doing};
use crate::conformance::step::{Answer, Step, perform};
use crate::id::{ContestId, ProblemId};
use crate::model::{ContestStatus, EventKind, EventNumber};
use crate::store::{FinishKind, Mark};

/// Follows the marks of a contest through its events, each of which must change one.
fn replay_marks(events: &[EventKind]) -> Outcome<BTreeMap<ProblemId, bool>> {
    let mut marks = BTreeMap::new();
    for event in events {
        let (problem, now) = match event {
            EventKind::ProblemSolved { problem, .. } => (*problem, true),
            EventKind::ProblemUnsolved { problem, .. } => (*problem, false),
            _ => continue,
        };
        let before = marks.insert(problem, now).unwrap_or(false);
        ensure(
            before != now,
            format_args!("following the marks of {problem} through the events"),
            "each event changes the mark",
            events,
        )?;
    }
    Ok(marks)
}

pub(in crate::conformance) async fn events_of_racing_marks_are_in_the_order_of_the_steps(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 4;
    let logged = Logged::with(under_test, 12).await?;
    let problems: [_; 3] = logged.scene.first()?;
    for round in 0..ROUNDS {
        let user = user(round);
        let new = logged.scene.contest(START, &problems)?;
        logged.scene.here(user).create(&new).await?;
        let contest = new.id;
        let changes = race(under_test, 32, |number, store| async move {
            let actor = Actor::new(&*store, user);
            let mut changes = 0;
            for (step, problem) in problems.into_iter().enumerate() {
                let marked = if (number + step).is_multiple_of(2) {
                    actor.mark(contest, problem, minute(1)).await?
                } else {
                    actor.unmark(contest, problem, minute(1)).await?
                };
                changes += usize::from(marked.changed);
            }
            Ok(changes)
        });
        let changes: Vec<usize> = changes.await?.into_iter().collect::<Outcome<_>>()?;
        let events = logged.told(user).await?;
        let done = format!("marking and unmarking at once (round {round})");
        let expected = 1 + changes.iter().sum::<usize>();
        ensure_eq(format_args!("{done}: events"), &events.len(), &expected)?;
        let kinds: Vec<_> = events.into_iter().map(|(_, kind)| kind).collect();
        let replayed = replay_marks(&kinds)?
            .into_iter()
            .filter(|(_, marked)| *marked);
        let record = logged.scene.there(user).find(contest).await?;
        let marked = record.problems.iter().filter(|p| p.completed_at.is_some());
        let marked: BTreeMap<_, _> = marked.map(|p| (p.problem, true)).collect();
        ensure_eq(format_args!("{done}: marks"), &replayed.collect(), &marked)?;
    }
    Ok(())
}

/// Which contests are as their events leave them, after checking that each event could happen.
fn replay_contests(events: &[EventKind]) -> Outcome<BTreeMap<ContestId, ContestStatus>> {
    let mut contests = BTreeMap::new();
    let mut active = None;
    for event in events {
        let (contest, status) = match event {
            EventKind::ContestCreated { contest } | EventKind::ContestResumed { contest } => {
                (*contest, ContestStatus::Active)
            }
            EventKind::ContestFinished { contest, ending } => (*contest, (*ending).into()),
            _ => continue,
        };
        let possible = match status {
            ContestStatus::Active => active.replace(contest).is_none(),
            _ => active.take() == Some(contest),
        };
        if !possible {
            let done = format!("following contests through the events to {event:?}");
            let expected = "one contest is active at a time";
            return Err(Failure::new(done, expected, format_args!("{events:?}")));
        }
        contests.insert(contest, status);
    }
    Ok(contests)
}

pub(in crate::conformance) async fn events_of_racing_contests_are_in_the_order_of_the_steps(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 6;
    let logged = Logged::with(under_test, 12).await?;
    let scene = &logged.scene;
    for round in 0..ROUNDS {
        let user = user(round);
        let [one] = scene.first()?;
        let first = scene.contest(START, &[one])?;
        scene.here(user).create(&first).await?;
        let mut steps = Vec::new();
        for _ in 0..8 {
            let (contest, now) = (first.id, minute(1));
            let kind = FinishKind::Abandon;
            steps.push(Step::Finish { contest, kind, now });
            steps.push(Step::Create(scene.contest(now, &[one])?));
            steps.push(Step::Resume { contest, now });
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
        let events = logged.told(user).await?;
        let kinds: Vec<_> = events.into_iter().map(|(_, kind)| kind).collect();
        let replayed = replay_contests(&kinds)?;
        let contests = scene.there(user).contests(None, u32::MAX).await?;
        let stored = contests.iter().map(|c| (c.id, c.status(minute(2))));
        let done = format!("creating, abandoning, resuming and resetting at once (round {round})");
        ensure_eq(format_args!("{done}: states"), &replayed, &stored.collect())?;
        let count = |is: fn(&EventKind) -> bool| kinds.iter().filter(|kind| is(kind)).count();
        let resets = answers
            .iter()
            .flatten()
            .filter(|answer| matches!(answer, Answer::Reset(_)));
        ensure_eq(
            format_args!("{done}: resets"),
            &count(|kind| matches!(kind, EventKind::ProgressReset { .. })),
            &resets.count(),
        )?;
    }
    Ok(())
}

pub(in crate::conformance) async fn events_are_there_with_their_step(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 30).await?;
    let scene = &logged.scene;
    let new = scene.contest(START, &scene.problems)?;
    scene.here(ALICE).create(&new).await?;
    let contest = new.id;
    let marking = scene.problems.iter().map(|problem| {
        let (store, problem) = (scene.store(), *problem);
        async move {
            let actor = Actor::new(&*store, ALICE);
            actor.mark(contest, problem, minute(1)).await.map(|_| ())
        }
    });
    let (there, log) = (scene.there(ALICE), &*logged.other_log);
    // Only marks happen, so what is read later is never less.
    while_doing(marking.collect(), || async move {
        let first = there.history().await?.len();
        let events = log.events_after(ALICE, EventNumber(1), u32::MAX).await;
        let events = events.during("reading events while marking")?.len();
        let last = there.history().await?.len();
        let seen = [first, events, last];
        ensure(
            seen.is_sorted(),
            "looking at solves, events and solves again, while marking",
            "each at least as many as the one before",
            seen,
        )
    })
    .await
}

/// Of one user, so that their numbers meet, through both handles.
pub(in crate::conformance) async fn events_of_racing_recordings_are_numbered_without_gaps(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 30).await?;
    let scene = &logged.scene;
    let new = scene.contest(START, &scene.problems)?;
    scene.here(ALICE).create(&new).await?;
    let contest = new.id;
    let recorded = race(under_test, 30, |number, store| {
        let mut batch = scene.problems.clone();
        batch.rotate_left(number);
        batch.truncate(7);
        let problem = batch.first().copied();
        async move {
            let actor = Actor::new(&*store, ALICE);
            let told = actor.record(&batch, START).await?.recorded;
            let Some(problem) = problem else {
                return Ok(told);
            };
            let mark = Step::Mark {
                contest,
                problem,
                mark: Mark::Solved,
                now: minute(1),
            };
            match perform(actor, &mark).await? {
                Answer::Marked(marked) => Ok(told + u64::from(marked.changed)),
                other => ensure(false, "marking", "Marked", other).map(|()| told),
            }
        }
    });
    let recorded: Vec<u64> = recorded.await?.into_iter().collect::<Outcome<_>>()?;
    let events = logged.told(ALICE).await?.len() as u64;
    let expected = 1 + recorded.iter().sum::<u64>();
    ensure_eq(
        "recording batches and marking at once (events)",
        &events,
        &expected,
    )
}
