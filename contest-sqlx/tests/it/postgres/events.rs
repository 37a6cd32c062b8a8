//! The outbox: leases and deliveries.

use std::collections::BTreeSet;

use contest_core::id::UserId;
use contest_core::model::EventNumber;
use contest_core::store::{EventLog as _, Lease, LeaseHolder, UserRepository as _};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::PgStore;
use futures::future::join_all;
use uuid::Uuid;

use super::fixture::{at, commit, events, record, store, user};

const ONE: LeaseHolder = LeaseHolder(Uuid::from_u128(1));
const OTHER: LeaseHolder = LeaseHolder(Uuid::from_u128(2));

/// Appends events with these numbers.
async fn append(store: &PgStore, user: UserId, numbers: std::ops::RangeInclusive<u64>) {
    let none = contest_core::store::ContestSelector::None;
    let version = store.load_user(user, &none).await.unwrap().version();
    let mut append = commit(user, version, record(None));
    append.events = events(user, numbers);
    store.commit_user(&append).await.unwrap();
}

fn lease(holder: LeaseHolder, now: i64, until: i64) -> Lease {
    Lease {
        holder,
        now: at(now),
        until: at(until),
    }
}

/// The leased user, and the numbers of the events.
async fn take(store: &PgStore, lease: Lease, limit: u32) -> Option<(UserId, Vec<u64>)> {
    let batch = store.lease_events(lease, limit).await.unwrap()?;
    let numbers = batch.events.iter().map(|event| event.number.0).collect();
    Some((batch.user, numbers))
}

#[tokio::test]
async fn events_are_leased_acknowledged_and_given_back() {
    let store = store().await.with_outbox();
    assert_eq!(take(&store, lease(ONE, 0, 10), 9).await, None);
    append(&store, user(1), 1..=5).await;
    let after = store.events_after(user(1), EventNumber(3), 1).await;
    assert_eq!(after.unwrap(), events(user(1), 4..=4));

    // A limit of zero counts as one.
    assert_eq!(
        take(&store, lease(ONE, 0, 10), 0).await,
        Some((user(1), vec![1]))
    );
    assert_eq!(take(&store, lease(OTHER, 9, 20), 9).await, None);
    assert!(
        !store
            .acknowledge_events(user(1), OTHER, EventNumber(1))
            .await
            .unwrap()
    );
    // The lease ran out, and no other holder has taken it.
    assert!(
        store
            .acknowledge_events(user(1), ONE, EventNumber(2))
            .await
            .unwrap()
    );
    assert!(
        !store
            .acknowledge_events(user(1), ONE, EventNumber(5))
            .await
            .unwrap()
    );

    assert_eq!(
        take(&store, lease(OTHER, 10, 20), 2).await,
        Some((user(1), vec![3, 4]))
    );
    assert!(!store.give_back_events(user(1), ONE, at(11)).await.unwrap());
    assert!(
        store
            .give_back_events(user(1), OTHER, at(15))
            .await
            .unwrap()
    );
    assert!(
        !store
            .acknowledge_events(user(1), OTHER, EventNumber(4))
            .await
            .unwrap()
    );
    assert_eq!(take(&store, lease(ONE, 14, 30), 9).await, None);
    assert_eq!(
        take(&store, lease(ONE, 15, 30), 9).await,
        Some((user(1), vec![3, 4, 5]))
    );
    // A smaller number only ends the lease.
    assert!(
        store
            .acknowledge_events(user(1), ONE, EventNumber(0))
            .await
            .unwrap()
    );
    assert_eq!(
        take(&store, lease(ONE, 16, 30), 9).await,
        Some((user(1), vec![3, 4, 5]))
    );
    // After a lease ran out and another holder took it, the first holder has lost it.
    assert_eq!(
        take(&store, lease(OTHER, 30, 40), 9).await,
        Some((user(1), vec![3, 4, 5]))
    );
    assert!(
        !store
            .acknowledge_events(user(1), ONE, EventNumber(5))
            .await
            .unwrap()
    );
    // More events than exist.
    append(&store, user(1), 6..=6).await;
    assert!(
        store
            .acknowledge_events(user(1), OTHER, EventNumber(99))
            .await
            .unwrap()
    );
    assert_eq!(take(&store, lease(ONE, 50, 60), 9).await, None);
    append(&store, user(1), 7..=7).await;
    assert_eq!(
        take(&store, lease(ONE, 50, 60), 9).await,
        Some((user(1), vec![7]))
    );
}

#[tokio::test]
async fn a_leased_user_queues_behind_those_waiting() {
    let store = store().await.with_outbox();
    for number in [1, 2, 3] {
        append(&store, user(number), 1..=3).await;
    }
    let mut order = Vec::new();
    for now in 0..9 {
        let (leased, _) = take(&store, lease(ONE, now, now + 100), 1).await.unwrap();
        order.push(leased);
        if now % 2 == 0 {
            store
                .acknowledge_events(leased, ONE, EventNumber(0))
                .await
                .unwrap();
        } else {
            store.give_back_events(leased, ONE, at(now)).await.unwrap();
        }
    }
    let turn = [user(1), user(2), user(3)];
    assert_eq!(order, [turn, turn, turn].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_leases_that_race_each_gets_another_user() {
    let store = store().await.with_outbox();
    for number in 0..20 {
        append(&store, user(number), 1..=1).await;
    }
    let takes = (0..24).map(|number| {
        let (store, holder) = (store.clone(), LeaseHolder(Uuid::from_u128(number)));
        tokio::spawn(async move { take(&store, lease(holder, 0, 10), 1).await })
    });
    let batches = join_all(takes).await.into_iter().filter_map(Result::unwrap);
    let users: Vec<_> = batches.map(|(user, _)| user).collect();
    assert_eq!(users.len(), 20);
    assert_eq!(
        users
            .iter()
            .map(|u| u.as_uuid())
            .collect::<BTreeSet<_>>()
            .len(),
        20
    );
}

#[tokio::test]
async fn delivered_events_from_before_a_time_are_pruned() {
    let store = store().await.with_outbox();
    append(&store, user(1), 1..=6).await;
    append(&store, user(2), 1..=2).await;
    assert_eq!(store.prune_events(at(100), 99).await.unwrap(), 0);
    // Leased in the order of their ids.
    take(&store, lease(ONE, 0, 10), 9).await.unwrap();
    store
        .acknowledge_events(user(1), ONE, EventNumber(4))
        .await
        .unwrap();
    assert_eq!(store.prune_events(at(1), 99).await.unwrap(), 0);
    assert_eq!(store.prune_events(at(4), 2).await.unwrap(), 2);
    assert_eq!(store.prune_events(at(4), 2).await.unwrap(), 1);
    assert_eq!(
        store
            .prune_events(Timestamp::from_micros(i64::MAX), 99)
            .await
            .unwrap(),
        1
    );
    let left = store
        .events_after(user(1), EventNumber(0), 9)
        .await
        .unwrap();
    assert_eq!(left, events(user(1), 5..=6));
    let left = store
        .events_after(user(2), EventNumber(0), 9)
        .await
        .unwrap();
    assert_eq!(left, events(user(2), 1..=2));
}
