//! All connections of a server, owned by its future.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::connection::Connection;
use super::{Outcome, ServeOptions};

/// The first and the longest wait before accepting again when the system is out of sockets or memory.
const EXHAUSTED: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How often it is logged while that goes on.
const LOGGED: Duration = Duration::from_secs(10);
/// How long a cut task may take to end. Only a task that blocks its thread needs any time.
const CUT: Duration = Duration::from_secs(1);
/// The most bytes of a request's head.
const HEAD_LIMIT: usize = 64 * 1024;

pub(super) struct Connections {
    app: Router,
    http: http1::Builder,
    header_timeout: Duration,
    closing: watch::Sender<bool>,
    tasks: JoinSet<()>,
    exhaustion: Exhaustion,
}

impl Connections {
    pub(super) fn new(app: Router, options: &ServeOptions) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(options.keep_alive)
            .max_header_size(HEAD_LIMIT);
        Self {
            app,
            http,
            header_timeout: options.header_timeout,
            closing: watch::Sender::new(false),
            tasks: JoinSet::new(),
            exhaustion: Exhaustion::default(),
        }
    }

    /// Accepts and serves until `end` is ready.
    pub(super) async fn accept_until(&mut self, listener: &TcpListener, end: impl Future) {
        let mut end = pin!(end);
        loop {
            tokio::select! {
                biased;
                _ = &mut end => return,
                Some(ended) = self.tasks.join_next() => note(ended),
                (stream, peer) = self.exhaustion.accept(listener) => self.begin(stream, peer),
            }
        }
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Responses are written whole: Nagle's algorithm would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, %peer, "a connection ended before it began");
            return;
        }
        let connection = Connection {
            stream,
            peer,
            app: self.app.clone(),
            header_timeout: self.header_timeout,
            closing: self.closing.subscribe(),
        };
        self.tasks.spawn(connection.run(self.http.clone()));
    }

    /// Waits at most `limit` for requests in flight, then cuts them.
    pub(super) async fn drain(mut self, limit: Duration) -> Outcome {
        self.closing.send_replace(true);
        let all_ended = async {
            while let Some(ended) = self.tasks.join_next().await {
                note(ended);
            }
        };
        if timeout(limit, all_ended).await.is_ok() {
            return Outcome::Drained;
        }
        while let Some(ended) = self.tasks.try_join_next() {
            note(ended);
        }
        let connections = self.tasks.len();
        if timeout(CUT, self.tasks.shutdown()).await.is_err() {
            tracing::error!("a handler blocks its thread: its connection could not be cut");
        }
        match connections {
            0 => Outcome::Drained,
            connections => Outcome::Cut { connections },
        }
    }
}

/// The failures to accept since the last connection.
#[derive(Debug, Default)]
struct Exhaustion {
    failures: u32,
    /// Until then, it is neither tried nor logged again.
    wait_until: Option<Instant>,
    silent_until: Option<Instant>,
}

impl Exhaustion {
    /// The next connection. Failures are logged and retried. A dropped future loses nothing: the next one
    /// waits on.
    async fn accept(&mut self, listener: &TcpListener) -> (TcpStream, SocketAddr) {
        use io::ErrorKind as E;
        loop {
            if let Some(until) = self.wait_until {
                sleep_until(until).await;
                self.wait_until = None;
            }
            match listener.accept().await {
                Ok(accepted) => {
                    self.failures = 0;
                    return accepted;
                }
                Err(error) => match error.kind() {
                    E::ConnectionRefused | E::ConnectionAborted | E::ConnectionReset => {
                        tracing::debug!(%error, "a connection ended before it began");
                    }
                    _ => self.failed(&error, Instant::now()),
                },
            }
        }
    }

    /// Waits twice as long as after the failure before, and logs it if that has not just happened.
    fn failed(&mut self, error: &io::Error, now: Instant) {
        let (first, longest) = EXHAUSTED;
        let wait = first.saturating_mul(1 << self.failures.min(10));
        self.wait_until = Some(now + wait.min(longest));
        self.failures = self.failures.saturating_add(1);
        if self.silent_until.is_none_or(|until| until <= now) {
            self.silent_until = Some(now + LOGGED);
            let failures = self.failures;
            tracing::error!(%error, failures, "connections cannot be accepted for now");
        }
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a handler panicked, and its connection was closed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_to_accept_back_off_and_are_logged_once_per_interval() {
        let (mut exhaustion, begun) = (Exhaustion::default(), Instant::now());
        let (mut now, mut failures, mut logged) = (begun, 0, 0);
        while now < begun + 3 * LOGGED {
            let silent = exhaustion.silent_until;
            exhaustion.failed(&io::Error::other("too many open files"), now);
            logged += u32::from(exhaustion.silent_until != silent);
            failures += 1;
            now = exhaustion.wait_until.unwrap();
        }
        assert_eq!(logged, 3);
        assert!(failures < 40, "{failures} failures in 30 seconds");
    }
}
