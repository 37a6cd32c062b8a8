//! Leases: who delivers the events of which user, and until when.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt;
use uuid::Uuid;

use crate::conformance::author::{Author, crowd};
use crate::conformance::check::{At, Failure, Outcome, ensure, same, same_items};
use crate::conformance::data::{second, user};
use crate::conformance::events::numbers;
use crate::conformance::harness::Harness;
use crate::conformance::race::{drop_after, race};
use crate::id::UserId;
use crate::model::EventNumber;
use crate::store::{EventBatch, Lease, LeaseHolder, StoreError};

fn holder(number: u64) -> LeaseHolder {
    LeaseHolder(Uuid::from_u128(u128::from(number) << 64 | 7))
}

/// A lease for the holder of this number, from this second on, for 100 seconds.
const fn of(
    holder: LeaseHolder,
    from: crate::time::Timestamp,
    until: crate::time::Timestamp,
) -> Lease {
    Lease {
        holder,
        now: from,
        until,
    }
}

/// Leases for a holder at a second, for 100 seconds.
pub(super) async fn lease(
    h: &Harness,
    number: u64,
    from: u64,
    limit: u32,
) -> Outcome<Option<EventBatch>> {
    let lease = of(holder(number), second(from), second(from + 100));
    let log = h.log(number)?;
    Ok(log.lease_events(lease, limit).await?)
}

/// Acknowledges for a holder, who must have the lease.
pub(super) async fn acknowledge(h: &Harness, user: UserId, number: u64, through: u64) -> Outcome {
    let log = h.log(number + 1)?;
    let answer = log
        .acknowledge_events(user, holder(number), EventNumber(through))
        .await?;
    ensure(answer, || format!("holder {number} cannot acknowledge"))
}

/// Checks that a holder gets the events of this user with these numbers.
async fn leases(h: &Harness, number: u64, from: u64, of: UserId, events: &[u64]) -> Outcome {
    let batch = lease(h, number, from, 9).await?;
    let what = format!("holder {number} at second {from}");
    same(&what, &batch.as_ref().map(|batch| batch.user), &Some(of))?;
    let events_of_batch = batch.map(|batch| batch.events).unwrap_or_default();
    same_items(&what, &numbers(&events_of_batch), events)
}

async fn leases_nothing(h: &Harness, number: u64, from: u64) -> Outcome {
    let batch = lease(h, number, from, 9).await?;
    same(
        format_args!("holder {number} at second {from}"),
        &batch,
        &None,
    )
}

/// One user with this number of events.
async fn alice(h: &Harness, events: u64) -> Outcome<Author> {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.emitting(events)).await?;
    Ok(alice)
}

/// A lease returns the first undelivered events in order, at most the requested number and at least
/// one.
pub(super) async fn a_lease_gives_the_first_undelivered_events(h: &Harness) -> Outcome {
    let alice = alice(h, 6).await?;
    let steps = [
        (0, vec![1]),
        (1, vec![2]),
        (2, vec![3, 4]),
        (99, vec![5, 6]),
    ];
    for ((limit, expected), number) in steps.into_iter().zip(1..) {
        let batch = lease(h, number, number, limit).await?;
        let events = batch.map(|batch| batch.events).unwrap_or_default();
        same_items(format_args!("limit {limit}"), &numbers(&events), &expected)?;
        let whole = alice
            .kept
            .events
            .iter()
            .filter(|event| events.contains(event));
        same("events as committed", &whole.count(), &events.len())?;
        let last = expected.last().copied().unwrap_or_default();
        acknowledge(h, alice.user, number, last).await?;
    }
    leases_nothing(h, 9, 9).await
}

/// Users without undelivered events are not leased.
pub(super) async fn only_undelivered_events_are_leased(h: &Harness) -> Outcome {
    leases_nothing(h, 1, 1).await?;
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.next()).await?;
    leases_nothing(h, 1, 1).await?;
    alice.keep(h, alice.emitting(2)).await?;
    leases(h, 1, 2, alice.user, &[1, 2]).await?;
    acknowledge(h, alice.user, 1, 2).await?;
    leases_nothing(h, 1, 3).await?;
    alice.keep(h, alice.next()).await?;
    leases_nothing(h, 2, 4).await
}

/// A lease excludes all holders, its own too, until it runs out; the interval is half-open.
pub(super) async fn a_lease_excludes_until_it_runs_out(h: &Harness) -> Outcome {
    let alice = alice(h, 2).await?;
    leases(h, 1, 0, alice.user, &[1, 2]).await?;
    for (number, from) in [(1, 0), (2, 1), (1, 50), (2, 99)] {
        leases_nothing(h, number, from).await?;
    }
    let just_before = of(
        holder(2),
        crate::time::Timestamp::from_micros(second(100).as_micros() - 1),
        second(200),
    );
    let batch = h.log(0)?.lease_events(just_before, 9).await?;
    same("a microsecond before it runs out", &batch, &None)?;
    leases(h, 2, 100, alice.user, &[1, 2]).await
}

/// The holder can acknowledge after the lease has run out, if no other has taken it.
pub(super) async fn a_late_holder_acknowledges(h: &Harness) -> Outcome {
    let alice = alice(h, 2).await?;
    leases(h, 1, 0, alice.user, &[1, 2]).await?;
    acknowledge(h, alice.user, 1, 1).await?;
    leases(h, 2, 500, alice.user, &[2]).await
}

/// Only the holder can acknowledge or give back: not a former holder, nor one of another user, nor one
/// whose lease has ended.
pub(super) async fn only_the_holder_ends_a_lease(h: &Harness) -> Outcome {
    let alice = alice(h, 3).await?;
    refused(h, alice.user, 1, "before the first lease").await?;
    leases(h, 1, 0, alice.user, &[1, 2, 3]).await?;
    refused(h, alice.user, 2, "without a lease").await?;
    refused(h, user(2), 1, "of a user without events").await?;
    leases_nothing(h, 2, 1).await?;
    leases(h, 2, 100, alice.user, &[1, 2, 3]).await?;
    refused(h, alice.user, 1, "after another has taken the lease").await?;
    leases_nothing(h, 3, 101).await?;
    acknowledge(h, alice.user, 2, 1).await?;
    refused(h, alice.user, 2, "after the lease has ended").await?;
    leases(h, 3, 102, alice.user, &[2, 3]).await?;
    let given_back = h
        .log(0)?
        .give_back_events(alice.user, holder(3), second(103))
        .await?;
    ensure(given_back, || "the holder cannot give back".to_owned())?;
    refused(h, alice.user, 3, "after giving back").await
}

/// Checks that a caller without the lease can neither acknowledge nor give back.
async fn refused(h: &Harness, of: UserId, number: u64, when: &str) -> Outcome {
    let log = h.log(0)?;
    let acknowledged = log
        .acknowledge_events(of, holder(number), EventNumber(3))
        .await?;
    same(format_args!("acknowledging {when}"), &acknowledged, &false)?;
    let given_back = log.give_back_events(of, holder(number), second(0)).await?;
    same(format_args!("giving back {when}"), &given_back, &false)
}

/// Delivered events stay delivered: a smaller number only ends the lease.
pub(super) async fn delivered_events_stay_delivered(h: &Harness) -> Outcome {
    let alice = alice(h, 4).await?;
    leases(h, 1, 0, alice.user, &[1, 2, 3, 4]).await?;
    acknowledge(h, alice.user, 1, 2).await?;
    for (number, through) in [(2, 1), (3, 0), (4, 2)] {
        leases(h, number, number, alice.user, &[3, 4]).await?;
        acknowledge(h, alice.user, number, through).await?;
    }
    leases(h, 5, 5, alice.user, &[3, 4]).await
}

/// A lease that is given back can be taken from the given instant on, by any holder.
pub(super) async fn a_lease_given_back_is_free_from_then_on(h: &Harness) -> Outcome {
    let alice = alice(h, 2).await?;
    leases(h, 1, 0, alice.user, &[1, 2]).await?;
    let give_back = async |number, until| {
        let log = h.log(1)?;
        let answer = log
            .give_back_events(alice.user, holder(number), until)
            .await?;
        ensure(answer, || format!("holder {number} cannot give back"))
    };
    // Later than the lease would have run out.
    give_back(1, second(150)).await?;
    for (number, from) in [(1, 1), (2, 100), (2, 149)] {
        leases_nothing(h, number, from).await?;
    }
    leases(h, 2, 150, alice.user, &[1, 2]).await?;
    // At once, and in the past.
    give_back(2, second(151)).await?;
    leases(h, 2, 151, alice.user, &[1, 2]).await?;
    give_back(2, second(0)).await?;
    leases(h, 3, 152, alice.user, &[1, 2]).await
}

/// Checks that a holder gets a lease with this attempt number.
async fn is_attempt(h: &Harness, number: u64, from: u64, expected: u32) -> Outcome {
    let batch = lease(h, number, from, 9).await?;
    same(
        format_args!("the attempt of holder {number} at second {from}"),
        &batch.map(|batch| batch.attempt),
        &Some(expected),
    )
}

/// A lease has the number of the attempt to deliver its first event, through both handles, whether
/// earlier ones were given back, ran out, or acknowledged nothing.
pub(super) async fn attempts_are_counted_however_they_end(h: &Harness) -> Outcome {
    let alice = alice(h, 2).await?;
    is_attempt(h, 1, 0, 1).await?;
    let log = h.log(0)?;
    log.give_back_events(alice.user, holder(1), second(1))
        .await?;
    is_attempt(h, 2, 1, 2).await?;
    is_attempt(h, 3, 101, 3).await?;
    acknowledge(h, alice.user, 3, 0).await?;
    is_attempt(h, 4, 102, 4).await
}

/// Attempts count for the first undelivered event, and per user.
pub(super) async fn attempts_begin_anew_with_the_next_event(h: &Harness) -> Outcome {
    let mut alice = alice(h, 3).await?;
    is_attempt(h, 1, 0, 1).await?;
    is_attempt(h, 2, 100, 2).await?;
    acknowledge(h, alice.user, 2, 1).await?;
    is_attempt(h, 3, 101, 1).await?;
    acknowledge(h, alice.user, 3, 3).await?;
    alice.keep(h, alice.emitting(1)).await?;
    is_attempt(h, 4, 102, 1).await?;
    let mut bob = Author::new(user(2));
    bob.keep(h, bob.emitting(1)).await?;
    is_attempt(h, 5, 103, 1).await
}

/// Events committed during a lease are delivered after it.
pub(super) async fn events_of_a_leased_user_come_next(h: &Harness) -> Outcome {
    let mut alice = alice(h, 2).await?;
    leases(h, 1, 0, alice.user, &[1, 2]).await?;
    alice.keep(h, alice.emitting(2)).await?;
    leases_nothing(h, 2, 1).await?;
    acknowledge(h, alice.user, 1, 2).await?;
    leases(h, 2, 2, alice.user, &[3, 4]).await?;
    acknowledge(h, alice.user, 2, 4).await?;
    leases_nothing(h, 3, 3).await
}

/// If leases race for one user, through both handles, one gets it.
pub(super) async fn one_racing_lease_gets_a_user(h: &Harness) -> Outcome {
    let alice = alice(h, 2).await?;
    for round in 0..12 {
        let got = racing_leases(h, 8, round * 1_000).await?;
        same(
            format_args!("leases of one user, round {round}"),
            &got.len(),
            &1,
        )?;
    }
    leases(h, 99, 99_999, alice.user, &[1, 2]).await
}

/// Racing leases get different users, spread over all ids, and each user once.
pub(super) async fn racing_leases_get_different_users(h: &Harness) -> Outcome {
    let crowd = crowd(h, 24).await?;
    let got = racing_leases(h, 40, 0).await?;
    let users: BTreeSet<_> = got.iter().copied().collect();
    same(
        "users leased more than once",
        &(got.len() - users.len()),
        &0,
    )?;
    same("users leased", &users.len(), &crowd.len())
}

/// The users that racing leases get.
async fn racing_leases(h: &Harness, leases: u64, from: u64) -> Outcome<Vec<UserId>> {
    let mut racing = Vec::new();
    for number in 0..leases {
        let log = h.log(number)?;
        let lease = of(holder(from + number), second(from), second(from + 100));
        racing.push(async move { log.lease_events(lease, 5).await }.boxed());
    }
    let answers: Result<Vec<_>, StoreError> = race(racing).await?.into_iter().collect();
    let batches = answers?.into_iter().flatten();
    Ok(batches.map(|batch| batch.user).collect())
}

/// A leased user queues behind all users already waiting: whether some events were acknowledged, or the
/// lease was given back, or it ran out.
pub(super) async fn leases_are_fair(h: &Harness) -> Outcome {
    let mut crowd = crowd(h, 7).await?;
    for author in &mut crowd {
        author.keep(h, author.emitting(30)).await?;
    }
    let mut turns: BTreeMap<UserId, Vec<u64>> = BTreeMap::new();
    for turn in 0..21_u64 {
        let now = second(turn * 10);
        let lease = of(holder(turn), now, second(turn * 10 + 5));
        let batch = h.log(0)?.lease_events(lease, 1).await?;
        let batch =
            batch.ok_or_else(|| Failure::new(format!("turn {turn}: no user is waiting")))?;
        match turn % 3 {
            0 => {
                let last = batch.events.last().map_or(0, |event| event.number.0);
                acknowledge(h, batch.user, turn, last).await?;
            }
            1 => {
                h.log(1)?
                    .give_back_events(batch.user, holder(turn), now)
                    .await?;
            }
            // The lease runs out before the next turn.
            _ => {}
        }
        turns.entry(batch.user).or_default().push(turn);
    }
    for (user, turns) in &turns {
        let gaps = turns
            .windows(2)
            .map(|pair| pair.iter().rev().copied().reduce(|a, b| a - b));
        let gaps: Vec<_> = gaps.flatten().collect();
        same_items(
            format_args!("turns between those of {user}"),
            &gaps,
            &vec![7; gaps.len()],
        )?;
    }
    same("users who had a turn", &turns.len(), &crowd.len())
}

/// A leased user does not block others.
pub(super) async fn a_leased_user_does_not_block_others(h: &Harness) -> Outcome {
    let crowd = crowd(h, 5).await?;
    let mut got = BTreeSet::new();
    for number in 0..5 {
        got.extend(lease(h, number, 1, 9).await?.map(|batch| batch.user));
    }
    same("users leased side by side", &got.len(), &crowd.len())?;
    leases_nothing(h, 9, 2).await
}

/// While users commit and several holders deliver, every event is delivered once, in order per user.
pub(super) async fn every_event_is_delivered_in_order(h: &Harness) -> Outcome {
    let mut committing = Vec::new();
    for number in 0..6 {
        let (mut author, store) = (Author::new(user(number)), h.handle(number));
        committing.push(tokio::spawn(async move {
            for count in 0..15 {
                let commit = author.emitting(count % 3);
                store.commit_user(&commit).await?;
                author.kept.apply(&commit);
            }
            Outcome::Ok(author)
        }));
    }
    let delivering = (0..3).map(|number| {
        let log = h.log(number);
        async move { deliver(log?, number).await }.boxed()
    });
    let delivered: Outcome<Vec<_>> = race(delivering).await?.into_iter().collect();
    let mut delivered: Vec<_> = delivered?.into_iter().flatten().collect();
    let mut authors = Vec::new();
    for author in committing {
        authors.push(author.await??);
    }
    // The deliverers may have stopped before the last commit.
    delivered.extend(deliver(h.log(0)?, 9).await?);
    for author in &authors {
        let mine = delivered.iter().filter(|(user, _)| *user == author.user);
        let mut mine: Vec<_> = mine.map(|(_, number)| *number).collect();
        mine.sort_unstable();
        let all = numbers(&author.kept.events);
        same_items("the delivered events", &mine, &all).at(author.user)?;
    }
    Ok(())
}

/// Leases and acknowledges until nothing has come for a while.
async fn deliver(
    log: std::sync::Arc<dyn crate::store::EventLog>,
    number: u64,
) -> Outcome<Vec<(UserId, u64)>> {
    let (mut delivered, mut idle) = (Vec::new(), 0);
    while idle < 50 {
        let lease = of(holder(number), second(1), second(2));
        let Some(batch) = log.lease_events(lease, 2).await? else {
            idle += 1;
            tokio::task::yield_now().await;
            continue;
        };
        let events = numbers(&batch.events);
        let first = events.first().copied().unwrap_or_default();
        let last = EventNumber(first + events.len() as u64 - 1);
        delivered.extend(events.into_iter().map(|number| (batch.user, number)));
        let held = log
            .acknowledge_events(batch.user, lease.holder, last)
            .await?;
        ensure(held, || "the lease was lost before it ran out".to_owned())?;
    }
    Ok(delivered)
}

/// A dropped lease is taken or not; once it has run out, everything is as before.
pub(super) async fn dropped_leases_run_out(h: &Harness) -> Outcome {
    let alice = alice(h, 2).await?;
    let log = h.log(0)?;
    for polls in 1..40 {
        let number = u64::from(polls);
        let (from, until) = (second(number * 1_000), second(number * 1_000 + 10));
        let answer = drop_after(polls, log.lease_events(of(holder(number), from, until), 9)).await;
        leases(h, 77, number * 1_000 + 500, alice.user, &[1, 2]).await?;
        h.log(1)?
            .give_back_events(alice.user, holder(77), second(0))
            .await?;
        if answer.is_some() {
            break;
        }
    }
    Ok(())
}

/// A dropped acknowledgement is stored whole or not at all.
pub(super) async fn dropped_acknowledgements_are_whole_or_nothing(h: &Harness) -> Outcome {
    for polls in 1..40 {
        let mut author = Author::new(user(u64::from(polls)));
        author.keep(h, author.emitting(3)).await?;
        leases(h, 1, 0, author.user, &[1, 2, 3]).await?;
        let through = EventNumber(2);
        let log = h.log(0)?;
        let acknowledging = log.acknowledge_events(author.user, holder(1), through);
        let answer = drop_after(polls, acknowledging).await;
        // Shows whether it was stored: only a holder can give back.
        let lost = h
            .log(1)?
            .give_back_events(author.user, holder(1), second(0))
            .await?;
        let expected: &[u64] = if lost { &[1, 2, 3] } else { &[3] };
        leases(h, 2, 1, author.user, expected).await?;
        h.store.erase_user(author.user).await?;
        if answer.is_some() {
            return ensure(!lost, || "it was answered and not kept".to_owned());
        }
    }
    Ok(())
}
