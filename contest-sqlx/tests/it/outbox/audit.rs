//! What an audit finds and repairs, and what cannot be stored.

use std::collections::BTreeSet;
use std::time::Duration;

use contest_core::model::EventNumber;
use contest_core::prelude::*;
use contest_core::select::select;
use contest_core::store::{CreateContestError, Lease, LeaseHolder, NewContest, StoreErrorKind};
use uuid::Uuid;

use super::place::Place;
use super::work::{catalogue, user};
use crate::sqlite::support::Directory;

const BEGIN: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn contest(late_policy: LatePolicy) -> NewContest {
    let request = SelectionRequest::new(ProblemCount::new(3).unwrap());
    let selection = select(&catalogue(), &request, Seed(1), |_| false).unwrap();
    NewContest {
        id: Uuid::from_u128(1).into(),
        started_at: BEGIN,
        deadline: BEGIN + Duration::from_hours(1),
        problems: selection.problems,
        selection: selection.record,
        idempotency: None,
        repeats: BTreeSet::new(),
        late_policy,
    }
}

async fn a_rebuild_keeps_the_epoch(place: Place) {
    let store = place.open().await;
    let solves: Vec<_> = catalogue()
        .problems()
        .iter()
        .take(9)
        .map(|p| p.id)
        .collect();
    let new = |problem: &ProblemId| NewSolve::new(*problem, BEGIN);
    let recorded: Vec<_> = solves.iter().map(new).collect();
    store.record_solves(user(0), &recorded).await.unwrap();
    let reset = store.reset_progress(user(0), BEGIN).await.unwrap();
    assert_eq!(reset.removed, 9);
    // Counters are those of the current solves.
    assert_eq!(place.verify().await, vec![]);
    let again = store.record_solves(user(0), &recorded[..3]).await.unwrap();
    assert_eq!(again.recorded, 3);
    assert_eq!(place.verify().await, vec![]);
    place
        .tamper("UPDATE {schema}.user_progress SET easy = 9")
        .await;
    assert_eq!(place.verify().await, [("easy".to_owned(), 9, 1)]);
    place.rebuild().await;
    assert_eq!(place.verify().await, vec![]);
    assert_eq!(store.current_epoch(user(0)).await.unwrap(), reset.epoch);
}

async fn an_audit_finds_lost_events(place: Place) {
    let store = place.open().await;
    let policy = LatePolicy::Reject;
    store
        .create_contest(user(0), &contest(policy))
        .await
        .unwrap();
    let solves = catalogue().problems()[30..33]
        .iter()
        .map(|problem| NewSolve::new(problem.id, BEGIN))
        .collect::<Vec<_>>();
    store.record_solves(user(0), &solves).await.unwrap();
    assert_eq!(place.verify().await, vec![]);
    place
        .tamper("DELETE FROM {schema}.user_events WHERE number = 2")
        .await;
    let lost = [("undelivered events".to_owned(), 4, 3)];
    assert_eq!(place.verify().await, lost);
    place
        .tamper("UPDATE {schema}.user_events SET number = 9 WHERE number = 4")
        .await;
    let moved = [
        ("last event".to_owned(), 4, 9),
        ("undelivered events".to_owned(), 4, 2),
    ];
    assert_eq!(place.verify().await, moved);
    place.tamper("DELETE FROM {schema}.event_delivery").await;
    assert_eq!(place.verify().await, [("last event".to_owned(), 0, 9)]);
}

/// The events of somebody are gone: a dispatcher is told, and gets those of the others.
async fn lost_events_keep_nobody_else_waiting(place: Place) {
    let store = place.open().await;
    let solve = NewSolve::new(catalogue().problems()[0].id, BEGIN);
    for number in 0..2 {
        store.record_solves(user(number), &[solve]).await.unwrap();
    }
    let lease = Lease {
        holder: LeaseHolder(Uuid::from_u128(1)),
        now: BEGIN,
        until: BEGIN + Duration::from_secs(1),
    };
    let first = store.lease_events(lease, 1).await.unwrap().unwrap().user;
    let released = store.acknowledge_events(first, lease.holder, EventNumber(1));
    assert!(released.await.unwrap());
    place.tamper("DELETE FROM {schema}.user_events").await;
    store
        .record_solves(first, &[NewSolve::new(catalogue().problems()[1].id, BEGIN)])
        .await
        .unwrap();
    // Whoever was never leased comes first, and has lost theirs.
    let error = store.lease_events(lease, 1).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
    let next = store.lease_events(lease, 1).await.unwrap().unwrap();
    assert_eq!(next.user, first);
}

async fn a_grace_that_cannot_be_stored_is_refused(place: Place) {
    let store = place.open().await;
    for grace in [Duration::MAX, Duration::from_nanos(1_001)] {
        let new = contest(LatePolicy::AcceptFor(grace));
        let refused = store.create_contest(user(0), &new).await.unwrap_err();
        let CreateContestError::Store(error) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(error.kind(), StoreErrorKind::Permanent);
    }
    let none = store
        .events_after(user(0), EventNumber(0), 9)
        .await
        .unwrap();
    assert_eq!(none, []);
    // None at all, and the longest there is, come back as they are.
    for (number, micros) in [(0, 0), (1, i64::MAX.unsigned_abs())] {
        let new = contest(LatePolicy::AcceptFor(Duration::from_micros(micros)));
        store.create_contest(user(number), &new).await.unwrap();
        let found = store.find_contest(user(number), new.id).await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.late_policy, new.late_policy);
        let late = store.mark_problem(
            user(number),
            new.id,
            new.problems[0],
            contest_core::store::Mark::Solved,
            new.deadline,
        );
        assert_eq!(late.await.is_ok(), micros > 0);
    }
}

macro_rules! on_both {
    ($($test:ident,)*) => {
        mod postgres {
            use super::Place;

            $(#[tokio::test]
            async fn $test() {
                super::$test(Place::new_postgres().await).await;
            })*
        }

        mod sqlite {
            use super::{Directory, Place};

            $(#[tokio::test]
            async fn $test() {
                let directory = Directory::new();
                super::$test(Place::new_sqlite(directory.database()).await).await;
            })*
        }
    };
}

on_both! {
    a_rebuild_keeps_the_epoch,
    an_audit_finds_lost_events,
    lost_events_keep_nobody_else_waiting,
    a_grace_that_cannot_be_stored_is_refused,
}
