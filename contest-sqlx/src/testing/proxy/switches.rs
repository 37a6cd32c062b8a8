//! The shared state of a proxy's connections.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// The behaviour of the network. Connections are numbered in the order they were accepted.
#[derive(Debug, Default)]
pub(super) struct Switches {
    pub(super) delay: Duration,
    pub(super) muted: bool,
    /// Connections with smaller numbers are mute.
    pub(super) muted_below: u64,
    /// Connections with smaller numbers are closed.
    pub(super) closed_below: u64,
}

impl Switches {
    fn lets_through(&self, connection: u64) -> bool {
        !self.muted && connection >= self.muted_below
    }
}

#[derive(Debug, Default)]
pub(super) struct Network {
    switches: watch::Sender<Switches>,
    round_trips: watch::Sender<u64>,
    accepted: AtomicU64,
}

impl Network {
    pub(super) fn turn(&self, change: impl FnOnce(&mut Switches)) {
        self.switches.send_modify(change);
    }

    /// The number of a new connection.
    pub(super) fn accept(&self) -> u64 {
        self.accepted.fetch_add(1, Ordering::SeqCst)
    }

    /// The number of accepted connections, which is also the number of the next one.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(super) fn delay(&self) -> Duration {
        self.switches.borrow().delay
    }

    /// Waits until the connection may forward data.
    pub(super) async fn lets_through(&self, connection: u64) {
        self.reaches(|switches| switches.lets_through(connection))
            .await;
    }

    /// Waits until the connection must close.
    pub(super) async fn closes(&self, connection: u64) {
        self.reaches(|switches| connection < switches.closed_below)
            .await;
    }

    async fn reaches(&self, state: impl FnMut(&Switches) -> bool) {
        // Cannot fail: `self` owns the sender.
        let _ = self.switches.subscribe().wait_for(state).await;
    }

    pub(super) fn count_round_trip(&self) {
        self.round_trips.send_modify(|count| *count += 1);
    }

    pub(super) fn round_trips(&self) -> u64 {
        *self.round_trips.borrow()
    }

    pub(super) async fn reaches_round_trips(&self, least: u64) {
        // As above.
        let mut counted = self.round_trips.subscribe();
        let _ = counted.wait_for(|count| *count >= least).await;
    }
}
