//! The places for connections, in all and of each client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::Id;
use tokio::time::Instant;

use crate::client::Client;

/// A new connection may be closed for another after this long without a request: the first is usually on
/// its way.
pub(super) const REST: Duration = Duration::from_millis(100);

/// The open connections. When there are too many, an idle one gives its place to a new one.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_per_client: usize,
    open: HashMap<Id, (Client, Arc<Activity>)>,
    clients: HashMap<Client, usize>,
}

impl Places {
    pub(super) fn new(most: usize, most_per_client: usize) -> Self {
        Self {
            most,
            most_per_client,
            open: HashMap::new(),
            clients: HashMap::new(),
        }
    }

    /// Whether every place is taken and no connection can be closed for a new one.
    pub(super) fn full(&self) -> bool {
        self.open.len() >= self.most
            && !self
                .open
                .values()
                .any(|(_, activity)| activity.idle_since().is_some())
    }

    /// Makes room for a connection of `client`, if necessary by closing the one that has been idle for
    /// the longest time. False if the client has too many that are busy.
    pub(super) fn make_room(&mut self, client: Client) -> bool {
        let own = self.clients.get(&client).copied().unwrap_or(0);
        if own >= self.most_per_client {
            return self.close_idle(|other| *other == client);
        }
        if self.open.len() >= self.most {
            // One that has become busy since `full` was asked makes one too many, and no more.
            self.close_idle(|_| true);
        }
        true
    }

    fn close_idle(&mut self, concerned: impl Fn(&Client) -> bool) -> bool {
        let idle = self.open.iter().filter_map(|(id, (client, activity))| {
            let since = activity.idle_since().filter(|_| concerned(client))?;
            Some((since, *id))
        });
        let Some((_, id)) = idle.min_by_key(|(since, _)| *since) else {
            return false;
        };
        if let Some(activity) = self.free(id) {
            activity.close.notify_one();
        }
        true
    }

    pub(super) fn fill(&mut self, id: Id, client: Client, activity: Arc<Activity>) {
        self.open.insert(id, (client, activity));
        *self.clients.entry(client).or_default() += 1;
    }

    /// Frees the place of a connection, unless it has given it away before.
    pub(super) fn free(&mut self, id: Id) -> Option<Arc<Activity>> {
        let (client, activity) = self.open.remove(&id)?;
        if let Some(own) = self.clients.get_mut(&client) {
            *own -= 1;
            if *own == 0 {
                self.clients.remove(&client);
            }
        }
        Some(activity)
    }
}

/// Whether a connection is idle: between a response and the end of the next request's head.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    close: Notify,
}

#[derive(Debug)]
struct State {
    /// The reasons to be busy.
    busy: usize,
    /// Since when there is none. Later than now for a connection that is new.
    idle_since: Instant,
}

impl Activity {
    /// Of a new connection.
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                busy: 0,
                idle_since: Instant::now() + REST,
            }),
            close: Notify::new(),
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        let state = self.lock();
        let idle = state.busy == 0 && state.idle_since <= Instant::now();
        idle.then_some(state.idle_since)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection is busy until the value is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.lock().busy += 1;
        Busy(self.clone())
    }

    /// Waits until the connection must make room for another.
    pub(super) async fn closing(&self) {
        self.close.notified().await;
    }
}

/// A reason for a connection to be busy: a request, or bytes that its client has not read.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy -= 1;
        state.idle_since = Instant::now();
    }
}
