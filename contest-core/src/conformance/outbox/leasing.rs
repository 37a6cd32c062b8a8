//! Cases about who delivers events, and what counts as delivered.

use std::collections::BTreeSet;

use crate::conformance::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, BOB, just_before, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::outbox::courier::Courier;
use crate::conformance::outbox::logged::Logged;

/// More events than there are.
const ALL: u32 = 1_000;

pub(in crate::conformance) async fn a_lease_gives_the_first_undelivered_events(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    let here = Courier::new(&*logged.log, 1);
    let nothing = here.lease(minute(0), minute(1), ALL).await?;
    ensure_eq("leasing when there are no events", &nothing, &None)?;
    logged.tell(ALICE, 5).await?;
    let loads = [(2, vec![1, 2]), (0, vec![3]), (1, vec![4]), (ALL, vec![5])];
    for ((limit, expected), now) in loads.into_iter().zip(10..) {
        let leased = here.lease(minute(now), minute(now + 5), limit).await?;
        let done = format!("leasing at most {limit} event(s)");
        let last = expected.last().copied().unwrap_or(0);
        ensure_eq(done, &leased, &Some((ALICE, expected)))?;
        let noted = here.acknowledge(ALICE, last).await?;
        ensure_eq("acknowledging what was leased", &noted, &true)?;
    }
    let there = Courier::new(&*logged.other_log, 2);
    let nothing = there.lease(minute(20), minute(30), ALL).await?;
    ensure_eq("leasing when all is delivered", &nothing, &None)?;
    let late = logged.scene.problems.iter().skip(5).take(2);
    let late: Vec<_> = late.copied().collect();
    logged.scene.here(ALICE).record(&late, minute(40)).await?;
    let leased = there.lease(minute(40), minute(50), ALL).await?;
    ensure_eq(
        "leasing what came since",
        &leased,
        &Some((ALICE, vec![6, 7])),
    )?;
    let told = logged.told(ALICE).await?.len();
    ensure_eq("reading all events, delivered or not", &told, &7)
}

pub(in crate::conformance) async fn a_lease_keeps_everybody_else_out(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 2).await?;
    let here = Courier::new(&*logged.log, 1);
    let there = Courier::new(&*logged.other_log, 2);
    let leased = here.lease(minute(10), minute(15), 1).await?;
    ensure_eq("leasing", &leased, &Some((ALICE, vec![1])))?;
    // More events change nothing about it.
    let [.., last] = logged.scene.first::<12>()?;
    logged.scene.here(ALICE).record(&[last], minute(11)).await?;
    for now in [minute(10), minute(12), just_before(minute(15))] {
        for courier in [there, here] {
            let leased = courier.lease(now, minute(60), ALL).await?;
            let done = format!("leasing at {now} what is leased until {}", minute(15));
            ensure_eq(done, &leased, &None)?;
        }
    }
    let leased = there.lease(minute(15), minute(20), ALL).await?;
    let all = Some((ALICE, vec![1, 2, 3]));
    ensure_eq("leasing when the lease has run out", &leased, &all)?;
    // Another user's events are another lease.
    logged.tell(BOB, 1).await?;
    let leased = here.lease(minute(15), minute(20), ALL).await?;
    ensure_eq("leasing next to a lease", &leased, &Some((BOB, vec![1])))
}

pub(in crate::conformance) async fn a_lease_that_is_given_back_can_be_taken(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 3).await?;
    let here = Courier::new(&*logged.log, 1);
    let there = Courier::new(&*logged.other_log, 2);
    here.lease(minute(10), minute(20), ALL).await?;
    let noted = here.acknowledge(ALICE, 0).await?;
    ensure_eq("giving a lease back undelivered", &noted, &true)?;
    let leased = there.lease(minute(10), minute(20), ALL).await?;
    let all = Some((ALICE, vec![1, 2, 3]));
    ensure_eq("leasing what was given back", &leased, &all)?;
    let noted = there.acknowledge(ALICE, 2).await?;
    ensure_eq("acknowledging a part", &noted, &true)?;
    let leased = here.lease(minute(10), minute(20), ALL).await?;
    ensure_eq("leasing the rest", &leased, &Some((ALICE, vec![3])))
}

pub(in crate::conformance) async fn only_the_holder_acknowledges(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 2).await?;
    logged.tell(BOB, 2).await?;
    let here = Courier::new(&*logged.log, 1);
    let there = Courier::new(&*logged.other_log, 2);
    let refused = |done: &str, noted: bool| ensure_eq(done, &noted, &false);
    refused(
        "acknowledging without a lease",
        here.acknowledge(ALICE, 2).await?,
    )?;
    let unknown = here.acknowledge(user(77), 1).await?;
    refused("acknowledging for an unknown user", unknown)?;
    let first = here.lease(minute(10), minute(20), ALL).await?;
    let Some((one, _)) = first else {
        return Err(Failure::new("leasing", "a user", "none"));
    };
    let two = if one == ALICE { BOB } else { ALICE };
    let done = "acknowledging what another has leased";
    refused(done, there.acknowledge(one, 2).await?)?;
    let done = "acknowledging another user's events";
    refused(done, here.acknowledge(two, 2).await?)?;
    let leased = there.lease(minute(10), minute(20), ALL).await?;
    ensure_eq("leasing", &leased, &Some((two, vec![1, 2])))?;
    let noted = here.acknowledge(one, 1).await?;
    ensure_eq("acknowledging as the holder", &noted, &true)?;
    // The lease is given back with it.
    refused("acknowledging twice", here.acknowledge(one, 2).await?)?;
    let leased = here.lease(minute(11), minute(20), ALL).await?;
    ensure_eq("leasing the rest", &leased, &Some((one, vec![2])))
}

pub(in crate::conformance) async fn a_lease_that_ran_out_counts_until_it_is_taken(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 3).await?;
    let here = Courier::new(&*logged.log, 1);
    let there = Courier::new(&*logged.other_log, 2);
    // Run out, and nobody has noticed.
    here.lease(minute(10), minute(11), ALL).await?;
    let nobody = Courier::new(&*logged.other_log, 3);
    let early = nobody
        .lease(just_before(minute(11)), minute(12), ALL)
        .await?;
    ensure_eq("leasing too early", &early, &None)?;
    let noted = here.acknowledge(ALICE, 1).await?;
    let done = "acknowledging after the lease ran out";
    ensure_eq(done, &noted, &true)?;
    // Run out, and taken.
    here.lease(minute(20), minute(21), ALL).await?;
    let leased = there.lease(minute(21), minute(22), ALL).await?;
    ensure_eq("taking it", &leased, &Some((ALICE, vec![2, 3])))?;
    let noted = here.acknowledge(ALICE, 3).await?;
    ensure_eq("acknowledging what was taken", &noted, &false)?;
    let noted = there.acknowledge(ALICE, 2).await?;
    ensure_eq("acknowledging as the new holder", &noted, &true)?;
    let leased = here.lease(minute(23), minute(24), ALL).await?;
    ensure_eq("leasing the rest", &leased, &Some((ALICE, vec![3])))
}

pub(in crate::conformance) async fn what_is_delivered_stays_delivered(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 5).await?;
    let here = Courier::new(&*logged.log, 1);
    here.lease(minute(10), minute(11), ALL).await?;
    here.acknowledge(ALICE, 3).await?;
    here.lease(minute(12), minute(13), ALL).await?;
    let noted = here.acknowledge(ALICE, 1).await?;
    ensure_eq("acknowledging less than before", &noted, &true)?;
    let there = Courier::new(&*logged.other_log, 2);
    let leased = there.lease(minute(12), minute(13), ALL).await?;
    ensure_eq("leasing", &leased, &Some((ALICE, vec![4, 5])))
}

/// Whether the leases are given back at once or run out.
pub(in crate::conformance) async fn every_user_gets_a_turn(under_test: &StoreUnderTest) -> Outcome {
    const USERS: u64 = 5;
    let logged = Logged::with(under_test, 12).await?;
    let all: BTreeSet<_> = (0..USERS).map(user).collect();
    for user in &all {
        logged.tell(*user, 1).await?;
    }
    let here = Courier::new(&*logged.log, 1);
    let mut now = 100;
    for gives_back in [true, false] {
        let mut served = Vec::new();
        for _ in 0..2 * USERS {
            let leased = here.lease(minute(now), minute(now + 1), ALL).await?;
            let Some((user, _)) = leased else {
                return Err(Failure::new("leasing", "a user", "none"));
            };
            served.push(user);
            if gives_back {
                here.acknowledge(user, 0).await?;
            }
            now += 2;
        }
        let rounds = usize::try_from(USERS).unwrap_or(1);
        for round in served.chunks(rounds) {
            let round: BTreeSet<_> = round.iter().copied().collect();
            ensure(
                round == all,
                format_args!("leasing again and again (given back: {gives_back})"),
                "every user in each round",
                &served,
            )?;
        }
    }
    Ok(())
}
