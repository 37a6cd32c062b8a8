//! Cases about forgetting events.

use crate::conformance::failure::{During, Outcome, ensure_eq};
use crate::conformance::fixtures::{ALICE, BOB, minute};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::outbox::courier::Courier;
use crate::conformance::outbox::logged::Logged;
use crate::id::UserId;
use crate::model::EventNumber;

impl Logged<'_> {
    /// Delivers the user's events up to this number.
    async fn deliver(&self, user: UserId, through: u64, now: i64) -> Outcome {
        let courier = Courier::new(&*self.log, 1);
        let leased = courier.lease(minute(now), minute(now + 1), 100).await?;
        ensure_eq("leasing", &leased.map(|(user, _)| user), &Some(user))?;
        let noted = courier.acknowledge(user, through).await?;
        ensure_eq("acknowledging", &noted, &true)
    }

    async fn forget(&self, before: i64, limit: u32) -> Outcome<u64> {
        let forgotten = self.other_log.forget_events(minute(before), limit).await;
        forgotten.during("forgetting events")
    }

    async fn numbers(&self, user: UserId) -> Outcome<Vec<u64>> {
        let events = self.log.events_after(user, EventNumber(0), 100).await;
        let events = events.during("reading events")?;
        Ok(events.into_iter().map(|event| event.number.0).collect())
    }
}

pub(in crate::conformance) async fn only_delivered_events_are_forgotten(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    // Event n is from minute n - 1.
    logged.tell(ALICE, 6).await?;
    let none = logged.forget(100, 100).await?;
    ensure_eq("forgetting what is not delivered", &none, &0)?;
    logged.deliver(ALICE, 4, 20).await?;
    let some = logged.forget(2, 100).await?;
    ensure_eq("forgetting from before minute 2", &some, &2)?;
    let left = logged.numbers(ALICE).await?;
    ensure_eq("reading what is left", &left, &vec![3, 4, 5, 6])?;
    let one = logged.forget(100, 1).await?;
    ensure_eq("forgetting at most one", &one, &1)?;
    let none = logged.forget(100, 0).await?;
    ensure_eq("forgetting at most none", &none, &0)?;
    let rest = logged.forget(100, 100).await?;
    ensure_eq("forgetting the rest that is delivered", &rest, &1)?;
    let left = logged.numbers(ALICE).await?;
    ensure_eq("reading what is left", &left, &vec![5, 6])?;
    let courier = Courier::new(&*logged.log, 2);
    let leased = courier.lease(minute(30), minute(31), 100).await?;
    ensure_eq("leasing it", &leased, &Some((ALICE, vec![5, 6])))
}

pub(in crate::conformance) async fn numbers_go_on_after_forgetting(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(ALICE, 3).await?;
    logged.deliver(ALICE, 3, 20).await?;
    logged.tell(BOB, 1).await?;
    let all = logged.forget(100, 100).await?;
    ensure_eq("forgetting all", &all, &3)?;
    let bobs = logged.numbers(BOB).await?;
    ensure_eq("reading another user's events", &bobs, &vec![1])?;
    let [.., last] = logged.scene.first::<12>()?;
    logged.scene.here(ALICE).record(&[last], minute(30)).await?;
    let left = logged.numbers(ALICE).await?;
    ensure_eq("reading what came since", &left, &vec![4])?;
    logged.deliver(BOB, 1, 40).await?;
    let courier = Courier::new(&*logged.log, 2);
    let leased = courier.lease(minute(50), minute(51), 100).await?;
    ensure_eq("leasing it", &leased, &Some((ALICE, vec![4])))
}
