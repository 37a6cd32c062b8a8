//! Cases in which couriers race each other and the steps that write events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::conformance::actor::Actor;
use crate::conformance::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::outbox::courier::Courier;
use crate::conformance::outbox::logged::Logged;
use crate::conformance::race::race;
use crate::id::UserId;
use crate::store::EventLog;

const USERS: u64 = 6;

impl Logged<'_> {
    /// The two handles in turn.
    fn log_of(&self, number: usize) -> Arc<dyn EventLog> {
        let log = if number.is_multiple_of(2) {
            &self.log
        } else {
            &self.other_log
        };
        Arc::clone(log)
    }
}

pub(in crate::conformance) async fn of_racing_leases_each_user_gets_one(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    for number in 0..USERS {
        logged.tell(user(number), 2).await?;
    }
    let leased = race(under_test, 24, |number, _| {
        let log = logged.log_of(number);
        async move {
            let courier = Courier::new(&*log, number as u128);
            courier.lease(minute(10), minute(20), 10).await
        }
    });
    let leased: Vec<_> = leased.await?.into_iter().collect::<Outcome<_>>()?;
    let mut served: Vec<_> = leased.into_iter().flatten().collect();
    // A call that another was in the way of may have gone away with nothing.
    let late = Courier::new(&*logged.log, 99);
    while let Some(load) = late.lease(minute(10), minute(20), 10).await? {
        served.push(load);
        ensure(served.len() < 50, "leasing", "an end", &served)?;
    }
    served.sort();
    let expected = (0..USERS).map(|number| (user(number), vec![1, 2]));
    ensure_eq("leasing 24 times at once", &served, &expected.collect())
}

/// Delivers until there is nothing left to deliver, noting what is delivered in which order.
async fn deliver(
    log: Arc<dyn EventLog>,
    number: usize,
    delivered: Arc<Mutex<Vec<(UserId, u64)>>>,
) -> Outcome {
    let courier = Courier::new(&*log, number as u128);
    // Nobody's lease runs out: all of this is at one time.
    while let Some((user, numbers)) = courier.lease(minute(10), minute(20), 2).await? {
        let last = numbers.last().copied().unwrap_or(0);
        let numbers = numbers.into_iter().map(|number| (user, number));
        delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(numbers);
        let noted = courier.acknowledge(user, last).await?;
        ensure_eq("acknowledging before the lease runs out", &noted, &true)?;
    }
    Ok(())
}

pub(in crate::conformance) async fn racing_couriers_deliver_in_order_and_once(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 30).await?;
    let problems = &logged.scene.problems;
    for number in 0..USERS {
        logged.tell(user(number), 4).await?;
    }
    let delivered = Arc::new(Mutex::new(Vec::new()));
    // Half of them write meanwhile.
    let ended = race(under_test, 24, |number, store| {
        let (log, delivered) = (logged.log_of(number), Arc::clone(&delivered));
        let batch: Vec<_> = problems.iter().skip(4 + number).take(3).copied().collect();
        async move {
            if number % 2 == 0 {
                return deliver(log, number, delivered).await;
            }
            let user = user(number as u64 % USERS);
            let recorded = Actor::new(&*store, user).record(&batch, minute(9));
            recorded.await.map(|_| ())
        }
    });
    ended.await?.into_iter().collect::<Outcome>()?;
    deliver(Arc::clone(&logged.log), 99, Arc::clone(&delivered)).await?;
    let mut by_user: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let delivered = delivered
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    for (user, number) in delivered {
        by_user.entry(user).or_default().push(number);
    }
    for number in 0..USERS {
        let events = logged.told(user(number)).await?.len();
        let expected: Vec<_> = (1..).take(events).collect();
        let got = by_user.remove(&user(number)).unwrap_or_default();
        ensure_eq("delivering from many places at once", &got, &expected)?;
    }
    Ok(())
}

pub(in crate::conformance) async fn an_acknowledgement_and_a_new_lease_agree(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u128 = 12;
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 12).await?;
    let (mut delivered, mut now) = (0, 10);
    for round in 0..ROUNDS {
        let old = Courier::new(&*logged.log, 2 * round);
        let leased = old.lease(minute(now), minute(now + 1), 1).await?;
        let next = delivered + 1;
        ensure_eq("leasing the next one", &leased, &Some((ALICE, vec![next])))?;
        // It has run out, and is acknowledged and taken at once.
        let answers = race(under_test, 2, |number, _| {
            let log = logged.log_of(number);
            async move {
                if number == 0 {
                    let old = Courier::new(&*log, 2 * round);
                    return old
                        .acknowledge(ALICE, next)
                        .await
                        .map(|noted| (noted, None));
                }
                let new = Courier::new(&*log, 2 * round + 1);
                let taken = new.lease(minute(now + 1), minute(now + 2), 1).await?;
                Ok((false, taken))
            }
        });
        let answers: Vec<_> = answers.await?.into_iter().collect::<Outcome<_>>()?;
        let noted = answers.iter().any(|(noted, _)| *noted);
        let taken = answers.into_iter().find_map(|(_, taken)| taken);
        delivered += u64::from(noted);
        let given = taken
            .as_ref()
            .and_then(|(_, numbers)| numbers.first().copied());
        let done = format!("acknowledging {next} and taking the lease at once (round {round})");
        let new = Courier::new(&*logged.log, 2 * round + 1);
        match given {
            // Nothing was to be had yet, or nothing is left.
            None if noted => {}
            Some(number) if number == delivered + 1 => {
                let back = new.acknowledge(ALICE, delivered).await?;
                ensure_eq(format_args!("{done}: giving it back"), &back, &true)?;
            }
            other => {
                let expected = format!("noted and {}, or not noted and {next}", next + 1);
                let observed = format!("noted: {noted}; taken: {other:?}");
                return Err(Failure::new(done, expected, observed));
            }
        }
        now += 10;
    }
    Ok(())
}
