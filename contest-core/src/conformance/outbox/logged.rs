//! What the cases begin with: a scene whose store keeps events.

use std::sync::Arc;

use crate::conformance::failure::{During, Failure, Outcome, ensure_eq};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::UserId;
use crate::model::{EventKind, EventNumber};
use crate::store::EventLog;
use crate::time::Timestamp;

/// A scene, and the log of its store through two handles.
pub(super) struct Logged<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) log: Arc<dyn EventLog>,
    pub(super) other_log: Arc<dyn EventLog>,
}

impl<'a> Logged<'a> {
    /// With the problems `0..size` of the fixtures.
    pub(super) async fn with(under_test: &'a StoreUnderTest, size: u32) -> Outcome<Self> {
        let log = |log: &Option<Arc<dyn EventLog>>| {
            let lacking = || Failure::new("making a store", "one with a log of events", "none");
            log.clone().ok_or_else(lacking)
        };
        Ok(Self {
            log: log(&under_test.events)?,
            other_log: log(&under_test.other_events)?,
            scene: Scene::with(under_test, size).await?,
        })
    }

    /// All events of the user, as the other handle shows them: what happened and when. Checks their
    /// numbers.
    pub(super) async fn told(&self, user: UserId) -> Outcome<Vec<(Timestamp, EventKind)>> {
        let events = self
            .other_log
            .events_after(user, EventNumber(0), u32::MAX)
            .await;
        let events = events.during("reading all events of a user")?;
        let numbers: Vec<_> = events.iter().map(|e| (e.user, e.number.0)).collect();
        let expected = (1..).take(events.len()).map(|number| (user, number));
        ensure_eq(
            "reading all events of a user (numbers)",
            &numbers,
            &expected.collect(),
        )?;
        Ok(events.into_iter().map(|e| (e.at, e.kind)).collect())
    }

    /// Checks that these are all events of the user.
    pub(super) async fn ensure_told(
        &self,
        user: UserId,
        done: &str,
        expected: &[(Timestamp, EventKind)],
    ) -> Outcome {
        let told = self.told(user).await?;
        ensure_eq(
            format_args!("{done}, then reading events"),
            &told.as_slice(),
            &expected,
        )
    }

    /// Gives the user so many events, from the start on, a minute apart: problems it solved.
    pub(super) async fn tell(&self, user: UserId, count: usize) -> Outcome {
        for (problem, number) in self.scene.problems.iter().zip(0..).take(count) {
            let at = crate::conformance::fixtures::minute(number);
            self.scene.here(user).record(&[*problem], at).await?;
        }
        Ok(())
    }
}
