//! Domain events.

use contest_core::id::UserId;
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::store::{EventLog, Lease, LeaseHolder, UserRepository};
use contest_sqlx::sqlite::SqliteStore;
use uuid::Uuid;

use super::scene::{at, commit, contest_id, fresh, user};

pub(super) fn event(user: UserId, number: u64, micros: i64) -> Event {
    Event {
        user,
        number: EventNumber(number),
        at: at(micros),
        kind: EventKind::ContestCreated {
            contest: contest_id(number),
        },
    }
}

/// Appends events with these numbers for a user, at the times of their numbers, in one commit.
async fn append(store: &SqliteStore, number: u64, events: std::ops::RangeInclusive<u64>) {
    let (first, last) = (*events.start(), *events.end());
    let expected = (first > 1).then(|| first - 1);
    let mut commit = commit(user(number), expected, last);
    let event = |n: u64| event(user(number), n, n.cast_signed());
    commit.events = events.map(event).collect();
    store.commit_user(&commit).await.unwrap();
}

fn holder(number: u128) -> LeaseHolder {
    LeaseHolder(Uuid::from_u128(number))
}

/// Leases for ten microseconds. Returns the user and the numbers of the events.
async fn lease(store: &SqliteStore, by: u128, now: i64, limit: u32) -> Option<(u64, Vec<u64>)> {
    let lease = Lease {
        holder: holder(by),
        now: at(now),
        until: at(now + 10),
    };
    let batch = store.lease_events(lease, limit).await.unwrap()?;
    let whose = (1..9).find(|n| user(*n) == batch.user).unwrap();
    let numbers = batch.events.iter().map(|event| event.number.0);
    Some((whose, numbers.collect()))
}

#[tokio::test]
async fn events_are_kept_with_an_outbox_only() {
    let (_directory, store) = fresh().await;
    append(&store, 1, 1..=3).await;
    let none = store.events_after(user(1), EventNumber(0), 9).await;
    assert_eq!(none.unwrap(), []);
    let store = store.with_outbox();
    append(&store, 1, 4..=6).await;
    append(&store, 2, 1..=1).await;
    let after = store.events_after(user(1), EventNumber(4), 9).await;
    let expected = [event(user(1), 5, 5), event(user(1), 6, 6)];
    assert_eq!(after.unwrap(), expected);
    let limited = store.events_after(user(1), EventNumber(0), 1).await;
    assert_eq!(limited.unwrap(), [event(user(1), 4, 4)]);
    let beyond = store.events_after(user(1), EventNumber(u64::MAX), 9).await;
    assert_eq!(beyond.unwrap(), []);
    // Events from before the outbox were dropped.
    assert_eq!(lease(&store, 1, 0, 9).await, Some((1, vec![4, 5, 6])));
}

#[tokio::test]
async fn a_lease_is_held_until_it_runs_out() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    assert_eq!(lease(&store, 1, 0, 9).await, None);
    append(&store, 1, 1..=3).await;
    assert_eq!(lease(&store, 1, 0, 0).await, Some((1, vec![1])));
    assert_eq!(lease(&store, 2, 9, 9).await, None);
    assert_eq!(lease(&store, 2, 10, 2).await, Some((1, vec![1, 2])));
    // Another holder has the lease now.
    let late = store.acknowledge_events(user(1), holder(1), EventNumber(1));
    assert!(!late.await.unwrap());
    let done = store.acknowledge_events(user(1), holder(2), EventNumber(2));
    assert!(done.await.unwrap());
    let again = store.acknowledge_events(user(1), holder(2), EventNumber(2));
    assert!(!again.await.unwrap(), "the lease has ended");
    assert_eq!(lease(&store, 1, 10, 9).await, Some((1, vec![3])));
    // The lease has run out, and no other holder has taken it. A smaller number only ends the lease.
    let smaller = store.acknowledge_events(user(1), holder(1), EventNumber(1));
    assert!(smaller.await.unwrap());
    assert_eq!(lease(&store, 1, 50, 9).await, Some((1, vec![3])));
    let beyond = store.acknowledge_events(user(1), holder(1), EventNumber(99));
    assert!(beyond.await.unwrap());
    assert_eq!(lease(&store, 1, 99, 9).await, None);
    append(&store, 1, 4..=4).await;
    assert_eq!(lease(&store, 1, 99, 9).await, Some((1, vec![4])));
}

#[tokio::test]
async fn a_lease_given_back_rests_until_then() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    append(&store, 1, 1..=1).await;
    lease(&store, 1, 0, 9).await.unwrap();
    assert!(
        !store
            .give_back_events(user(1), holder(2), at(0))
            .await
            .unwrap()
    );
    assert!(
        store
            .give_back_events(user(1), holder(1), at(30))
            .await
            .unwrap()
    );
    assert!(
        !store
            .give_back_events(user(1), holder(1), at(0))
            .await
            .unwrap()
    );
    assert_eq!(lease(&store, 1, 29, 9).await, None);
    assert_eq!(lease(&store, 1, 30, 9).await, Some((1, vec![1])));
}

#[tokio::test]
async fn a_leased_user_queues_behind_those_who_wait() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    for number in [3, 1, 2] {
        append(&store, number, 1..=9).await;
    }
    let mut order = vec![];
    // The clock goes back, and the leased user gets more events.
    for (round, now) in [100, 90, 80, 70, 60, 50].into_iter().enumerate() {
        let (whose, events) = lease(&store, 1, now, 1).await.unwrap();
        let done = store.acknowledge_events(user(whose), holder(1), EventNumber(events[0]));
        assert!(done.await.unwrap());
        let more = 10 + round as u64 / 3;
        tell_after(&store, whose, more).await;
        order.push(whose);
    }
    assert_eq!(order, [3, 1, 2, 3, 1, 2]);
    // A user who begins to wait queues last.
    append(&store, 4, 1..=1).await;
    for expected in [3, 1, 2, 4] {
        assert_eq!(lease(&store, 1, 200, 9).await.unwrap().0, expected);
    }
    assert_eq!(lease(&store, 1, 200, 9).await, None);
}

async fn tell_after(store: &SqliteStore, number: u64, event: u64) {
    append(store, number, event..=event).await;
}

#[tokio::test]
async fn delivered_events_are_pruned() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    append(&store, 1, 1..=5).await;
    append(&store, 2, 1..=2).await;
    assert_eq!(store.prune_events(at(100), 9).await.unwrap(), 0);
    lease(&store, 1, 0, 9).await.unwrap();
    let done = store.acknowledge_events(user(1), holder(1), EventNumber(4));
    assert!(done.await.unwrap());
    assert_eq!(store.prune_events(at(4), 2).await.unwrap(), 2);
    assert_eq!(store.prune_events(at(4), 9).await.unwrap(), 1);
    assert_eq!(store.prune_events(at(100), 9).await.unwrap(), 1);
    let left = store.events_after(user(1), EventNumber(0), 9).await;
    assert_eq!(left.unwrap(), [event(user(1), 5, 5)]);
    let other = store.events_after(user(2), EventNumber(0), 9).await;
    assert_eq!(other.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_leases_that_race_one_gets_a_user() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let other = super::scene::open(&directory).await;
    for number in 1..=4 {
        append(&store, number, 1..=1).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { &store } else { &other };
        let store = store.clone();
        tasks.spawn(async move { lease(&store, number, 0, 9).await });
    }
    let mut leased: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    leased.sort();
    let expected: Vec<_> = (1..=4).map(|number| (number, vec![1])).collect();
    assert_eq!(leased, expected);
}
