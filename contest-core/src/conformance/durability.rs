//! Durability: the data after the store was closed and opened again.

use std::time::Duration;

use uuid::Uuid;

use crate::conformance::author::{Author, check_crowd, crowd};
use crate::conformance::check::{Outcome, same, same_items};
use crate::conformance::data::{load_catalogue, problems, publish, revision, second, user};
use crate::conformance::harness::Harness;
use crate::model::EventNumber;
use crate::store::{Lease, LeaseHolder};

/// Acknowledged data survives reopening, and the store continues from it.
pub(super) async fn acknowledged_data_survives_reopening(h: &Harness) -> Outcome {
    let mut crowd = crowd(h, 12).await?;
    let erased = crowd.swap_remove(3);
    h.store.erase_user(erased.user).await?;
    let all = problems(0..10)?;
    publish(h, 1, all.clone()).await?;
    let Some(h) = &h.reopened().await? else {
        return Ok(());
    };
    check_crowd(h, &crowd).await?;
    Author::new(erased.user).check(h).await?;
    let loaded = load_catalogue(h, 0, None).await?;
    same("the revision", &loaded.revision, &revision(1))?;
    same_items("the problems", &loaded.problems, &all)?;
    for author in &mut crowd {
        author.keep(h, author.full(99)?).await?;
    }
    check_crowd(h, &crowd).await
}

/// Deliveries and leases survive reopening.
pub(super) async fn leases_survive_reopening(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.emitting(3)).await?;
    let lease = |holder, from| Lease {
        holder: LeaseHolder(Uuid::from_u128(holder)),
        now: second(from),
        until: second(from) + Duration::from_mins(1),
    };
    let log = h.log(0)?;
    log.lease_events(lease(1, 0), 9).await?;
    log.acknowledge_events(alice.user, lease(1, 0).holder, EventNumber(1))
        .await?;
    log.lease_events(lease(1, 1), 9).await?;
    let Some(h) = &h.reopened().await? else {
        return Ok(());
    };
    let log = h.log(0)?;
    same(
        "a lease while another has it",
        &log.lease_events(lease(2, 2), 9).await?,
        &None,
    )?;
    let batch = log.lease_events(lease(2, 100), 9).await?;
    same(
        "which attempt it is",
        &batch.as_ref().map(|batch| batch.attempt),
        &Some(2),
    )?;
    let numbers = batch.into_iter().flat_map(|batch| batch.events);
    let numbers: Vec<_> = numbers.map(|event| event.number.0).collect();
    same_items("the undelivered events", &numbers, &[2, 3])
}
