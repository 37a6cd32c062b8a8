//! Events: stored with their commit, in order, until they are delivered.

use futures::FutureExt;

use crate::conformance::author::{Author, Kept, check_crowd, crowd};
use crate::conformance::check::{Outcome, conflict, ensure, outdated, same, same_items};
use crate::conformance::data::{fresh_version, revision, second, user};
use crate::conformance::harness::Harness;
use crate::conformance::leases::{acknowledge, lease};
use crate::conformance::race::{race, step, while_doing};
use crate::model::{Event, EventNumber};
use crate::store::{Commit, CommitError, ContestSelector};

/// The numbers of events.
pub(super) fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.number.0).collect()
}

/// The events of a commit are stored with it and can be read in order, through both handles.
pub(super) async fn events_are_kept_with_their_commit(h: &Harness) -> Outcome {
    h.log(0)?;
    let mut crowd = crowd(h, 6).await?;
    for (author, number) in crowd.iter_mut().zip(0..) {
        author.keep(h, author.emitting(number)).await?;
        author.keep(h, author.full(number + 20)?).await?;
    }
    check_crowd(h, &crowd).await
}

/// A conflict and an outdated commit append no event.
pub(super) async fn refused_commits_append_no_event(h: &Harness) -> Outcome {
    h.log(0)?;
    let mut alice = Author::new(user(1));
    let too_early = Commit {
        expected: Some(fresh_version()),
        ..alice.emitting(2)
    };
    conflict(
        "a commit before the first",
        &h.store.commit_user(&too_early).await,
    )?;
    alice.check(h).await?;
    alice.keep(h, alice.emitting(2)).await?;
    let stale = Commit {
        expected: Some(fresh_version()),
        ..alice.emitting(2)
    };
    conflict("a stale commit", &h.store.commit_user(&stale).await)?;
    let old = Commit {
        revision: Some(revision(7)),
        ..alice.emitting(2)
    };
    outdated(
        "a commit on another revision",
        &h.store.commit_user(&old).await,
    )?;
    alice.check(h).await?;
    same(
        "the undelivered events",
        &lease(h, 1, 1, 9).await?.map(|batch| batch.events.len()),
        &Some(2),
    )
}

/// Events can be read from any number on, at most the requested number of them.
pub(super) async fn events_are_read_from_any_number_on(h: &Harness) -> Outcome {
    let log = h.log(1)?;
    let mut alice = Author::new(user(1));
    for count in [1, 4, 7] {
        alice.keep(h, alice.emitting(count)).await?;
    }
    let mut bob = Author::new(user(2));
    bob.keep(h, bob.emitting(20)).await?;
    for after in [0, 1, 5, 11, 12, 13, u64::MAX] {
        for limit in [0, 1, 3, 12, u32::MAX] {
            let seen = log
                .events_after(alice.user, EventNumber(after), limit)
                .await?;
            let expected = alice
                .kept
                .events
                .iter()
                .filter(|event| event.number.0 > after);
            let expected: Vec<_> = expected.take(usize::try_from(limit)?).cloned().collect();
            same_items(
                format_args!("at most {limit} after {after}"),
                &seen,
                &expected,
            )?;
        }
    }
    let none = log.events_after(user(3), EventNumber(0), 5).await?;
    same_items("the events of a user who has none", &none, &[])
}

/// No reader sees a commit without its events, or events without their commit.
pub(super) async fn events_are_there_with_their_commit(h: &Harness) -> Outcome {
    let (alice, log) = (Author::new(user(1)), h.log(0)?);
    let (mut author, mut steps) = (alice.clone(), Vec::new());
    for number in 0..120 {
        let commit = author.emitting(number % 3);
        author.kept.apply(&commit);
        steps.push(step(&h.other, commit));
    }
    let recorded = async || {
        let snapshot = h
            .store
            .load_user(alice.user, &ContestSelector::None)
            .await?;
        let last = snapshot.record.map(|record| record.last_event.0);
        Outcome::Ok(last.unwrap_or(0))
    };
    while_doing(steps, async || {
        let before = recorded().await?;
        let events = log
            .events_after(alice.user, EventNumber(0), u32::MAX)
            .await?;
        let after = recorded().await?;
        let count = events.len() as u64;
        same_items(
            "the numbers",
            &numbers(&events),
            &(1..=count).collect::<Vec<_>>(),
        )?;
        ensure(before <= count && count <= after, || {
            format!("{count} events between records of {before} and {after}")
        })
    })
    .await
}

/// When commits race, events are numbered without gaps and belong to the successful commits.
pub(super) async fn events_of_racing_commits_have_no_gaps(h: &Harness) -> Outcome {
    h.log(0)?;
    let mut alice = Author::new(user(1));
    for _ in 0..12 {
        let racing = (0..6_u64).map(|racer| {
            let (commit, store) = (alice.emitting(racer), h.handle(racer));
            async move {
                let answer = store.commit_user(&commit).await;
                (commit, answer)
            }
            .boxed()
        });
        for (commit, answer) in race(racing).await? {
            match answer {
                Ok(()) => alice.kept.apply(&commit),
                Err(CommitError::Conflict) => {}
                Err(other) => return Err(other.into()),
            }
        }
        alice.check(h).await?;
    }
    let all = numbers(&alice.kept.events);
    same_items(
        "the numbers",
        &all,
        &(1..=all.len() as u64).collect::<Vec<_>>(),
    )
}

/// Delivered events from before an instant are removed, at most the requested number; all others stay.
pub(super) async fn delivered_events_are_pruned(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.emitting(10)).await?;
    lease(h, 1, 1, 9).await?;
    acknowledge(h, alice.user, 1, 6).await?;
    let log = h.log(1)?;
    // Each event is a microsecond after its second.
    let at = |number: u64| {
        alice
            .kept
            .events
            .iter()
            .find(|event| event.number.0 == number)
    };
    let of_four = at(4).map_or(second(0), |event| event.at);
    same("pruned, limit 0", &log.prune_events(of_four, 0).await?, &0)?;
    same("pruned, limit 2", &log.prune_events(of_four, 2).await?, &2)?;
    let left = numbers(&log.events_after(alice.user, EventNumber(0), 99).await?).len();
    same("events left after pruning 2 of 10", &left, &8)?;
    same(
        "pruned up to an event",
        &log.prune_events(of_four, 99).await?,
        &1,
    )?;
    let left = log.events_after(alice.user, EventNumber(0), 99).await?;
    same_items("events left", &numbers(&left), &[4, 5, 6, 7, 8, 9, 10])?;
    let all = crate::conformance::data::LAST;
    same(
        "pruned up to the undelivered events",
        &log.prune_events(all, 99).await?,
        &3,
    )?;
    let left = log.events_after(alice.user, EventNumber(0), 99).await?;
    same_items("events left", &numbers(&left), &[7, 8, 9, 10])
}

/// Pruning counts the events of all users, and removes none of a user whose events are undelivered.
pub(super) async fn pruning_reaches_all_users(h: &Harness) -> Outcome {
    let crowd = crowd(h, 12).await?;
    let behind = crowd.len() as u64 / 2;
    for holder in 0..behind {
        let batch = lease(h, holder, holder, 9).await?;
        let Some(batch) = batch else { continue };
        acknowledge(h, batch.user, holder, 2).await?;
    }
    let (log, all) = (h.log(0)?, crate::conformance::data::LAST);
    same("pruned, limit 5", &log.prune_events(all, 5).await?, &5)?;
    same(
        "pruned, no limit",
        &log.prune_events(all, 1_000).await?,
        &(behind * 2 - 5),
    )?;
    let mut left = 0;
    for author in &crowd {
        left += log
            .events_after(author.user, EventNumber(0), 99)
            .await?
            .len() as u64;
    }
    same("events left", &left, &(behind * 2))
}

/// After pruning, numbers continue and delivered events stay delivered.
pub(super) async fn numbers_go_on_after_pruning(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.emitting(3)).await?;
    lease(h, 1, 1, 9).await?;
    acknowledge(h, alice.user, 1, 3).await?;
    let all = crate::conformance::data::LAST;
    same("pruned", &h.log(0)?.prune_events(all, 99).await?, &3)?;
    alice.keep(h, alice.emitting(2)).await?;
    let left = h
        .log(1)?
        .events_after(alice.user, EventNumber(0), 99)
        .await?;
    same_items("events left", &numbers(&left), &[4, 5])?;
    let batch = lease(h, 2, 2, 9).await?;
    let batch = batch
        .map(|batch| numbers(&batch.events))
        .unwrap_or_default();
    same_items("the undelivered events", &batch, &[4, 5])
}

/// Erasing a user removes the events: none is left to read or to deliver, and numbers begin again.
pub(super) async fn erasing_removes_events(h: &Harness) -> Outcome {
    let (mut alice, mut bob) = (Author::new(user(1)), Author::new(user(2)));
    bob.keep(h, bob.emitting(2)).await?;
    alice.keep(h, alice.emitting(3)).await?;
    // Either may be leased first. The other one is erased.
    let held = lease(h, 1, 1, 1).await?.map(|batch| batch.user);
    let (mut erased, held) = if held == Some(bob.user) {
        (alice, bob)
    } else {
        (bob, alice)
    };
    h.store.erase_user(erased.user).await?;
    erased.kept = Kept::default();
    erased.check(h).await?;
    same("the undelivered events", &lease(h, 2, 2, 9).await?, &None)?;
    erased.keep(h, erased.emitting(1)).await?;
    erased.check(h).await?;
    held.check(h).await?;
    let batch = lease(h, 3, 3, 9).await?;
    same(
        "the undelivered events",
        &batch.map(|batch| batch.events),
        &Some(erased.kept.events),
    )
}
