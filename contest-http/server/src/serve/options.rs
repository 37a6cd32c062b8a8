//! Options of the server loop, and the flag of the shutdown.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// How [`serve`](super::serve) serves. The defaults suit a server behind a load balancer.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub(super) drain: Duration,
    pub(super) notice: Duration,
    pub(super) header_timeout: Duration,
    pub(super) keep_alive: Duration,
    pub(super) unread: Duration,
    pub(super) connections: usize,
    pub(super) connections_per_address: usize,
    pub(super) shutting_down: ShuttingDown,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            drain: Duration::from_secs(30),
            notice: Duration::ZERO,
            header_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            unread: Duration::from_secs(30),
            connections: 2_048,
            connections_per_address: 256,
            shutting_down: ShuttingDown::default(),
        }
    }
}

impl ServeOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long requests in flight may continue after the shutdown; 30 s unless set.
    #[must_use]
    pub fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// How long new connections are still accepted after the shutdown has begun; zero unless set. In this
    /// time a load balancer that checks readiness can stop sending requests before they are refused.
    #[must_use]
    pub fn with_notice(mut self, notice: Duration) -> Self {
        self.notice = notice;
        self
    }

    /// How long a new connection may take to send the head of its first request, silence included; 10 s
    /// unless set. After that it is closed without a response.
    #[must_use]
    pub fn with_header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// How long a connection may take from one response to the end of the next request's head; 75 s
    /// unless set. Set it longer than the idle timeout of a load balancer in front, so that the load
    /// balancer closes idle connections first.
    #[must_use]
    pub fn with_keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// How long a client may leave a response unread; 30 s unless set. After that its connection is reset.
    ///
    /// The client must take each 64 KiB of the response within this time, so 30 s allow for about 2 KiB a
    /// second.
    #[must_use]
    pub fn with_unread_timeout(mut self, timeout: Duration) -> Self {
        self.unread = timeout;
        self
    }

    /// The most connections; 2,048 unless set. Each needs a file descriptor.
    ///
    /// Above the limit, a new connection takes the place of the one that has been idle for the longest
    /// time. If all are busy with a request or a response, new connections wait in the queue of the
    /// listener.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// The most connections of each client address, which for IPv6 is the network of 64 bits; 256 unless
    /// set. Behind a proxy, whose connections all have one address, set it to `usize::MAX`.
    ///
    /// Above the limit, a new connection takes the place of the client's connection that has been idle for
    /// the longest time. If all are busy, it is answered 429 and closed.
    #[must_use]
    pub fn with_connections_per_address(mut self, connections: usize) -> Self {
        self.connections_per_address = connections;
        self
    }

    /// Sets the flag that reports the shutdown.
    #[must_use]
    pub fn with_shutting_down(mut self, flag: ShuttingDown) -> Self {
        self.shutting_down = flag;
        self
    }
}

/// The stage of the shutdown, for a readiness probe and for endless responses such as streams of
/// events. Clones share one flag.
///
/// ```
/// use contest_server::serve::{ServeOptions, ShuttingDown};
///
/// let flag = ShuttingDown::default();
/// let options = ServeOptions::new().with_shutting_down(flag.clone());
/// assert!(!flag.has_begun()); // a probe that reads `flag` responds with 200
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default)]
pub struct ShuttingDown(Arc<watch::Sender<Stage>>);

/// The stage of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Stage {
    /// It has not begun.
    #[default]
    Serving,
    /// It has begun; connections may still be accepted.
    Begun,
    /// No more connections are accepted, and the open ones must end.
    Draining,
}

impl ShuttingDown {
    /// Whether the shutdown has begun. Once true, it stays true.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() >= Stage::Begun
    }

    /// Waits until no more connections are accepted and the open ones must end. An endless response, such
    /// as a stream of events, must end then.
    ///
    /// # Cancel safety
    /// It only waits: dropping the future changes nothing.
    pub async fn draining(&self) {
        let mut stage = self.0.subscribe();
        // The sender is in `self`: it outlives the wait.
        drop(stage.wait_for(|stage| *stage == Stage::Draining).await);
    }

    pub(super) fn reach(&self, stage: Stage) {
        self.0.send_replace(stage);
    }
}
