//! All connections of a server, owned by its future.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::connection::Connection;
use super::deadline::Patience;
use super::pieces::PIECE;
use super::places::{Activity, Places, REST};
use super::{Outcome, ServeOptions};
use crate::client::Client;

/// The first and the longest wait before accepting again when the system is out of sockets or memory.
const EXHAUSTED: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How often it is logged while that goes on.
const LOGGED: Duration = Duration::from_secs(10);
/// How long a cut task may take to end. Only a task that blocks its thread needs any time.
const CUT: Duration = Duration::from_secs(1);
/// The most bytes of a request's head.
const HEAD_LIMIT: usize = 64 * 1024;
/// The share of the drain time that a client may leave its response unread.
const UNREAD_SHARE: u32 = 10;
/// The response to a connection above the limit of its client. No request has been read.
const REFUSAL: &[u8] = concat!(
    "HTTP/1.1 429 Too Many Requests\r\n",
    "connection: close\r\n",
    "retry-after: 1\r\n",
    "content-type: application/problem+json\r\n\r\n",
    r#"{"type":"urn:contest:too_many_connections","title":"Too many connections","status":429,"#,
    r#""detail":"close other connections and try again","error":"close other connections and try again"}"#,
)
.as_bytes();

pub(super) struct Connections {
    app: Router,
    http: http1::Builder,
    header_timeout: Duration,
    patience: Patience,
    closing: watch::Sender<bool>,
    places: Places,
    tasks: JoinSet<()>,
    exhaustion: Exhaustion,
}

impl Connections {
    pub(super) fn new(app: Router, options: &ServeOptions) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(options.keep_alive)
            .max_header_size(HEAD_LIMIT)
            // What a connection buffers, in each direction.
            .max_buf_size(PIECE.max(HEAD_LIMIT));
        let closing = watch::Sender::new(false);
        Self {
            app,
            http,
            header_timeout: options.header_timeout,
            patience: Patience {
                limit: options.unread,
                closing_limit: options.unread.min(options.drain / UNREAD_SHARE),
                closing: closing.subscribe(),
            },
            closing,
            places: Places::new(options.connections, options.connections_per_address),
            tasks: JoinSet::new(),
            exhaustion: Exhaustion::default(),
        }
    }

    /// Accepts and serves until `end` is ready.
    pub(super) async fn accept_until(&mut self, listener: &TcpListener, end: impl Future) {
        let mut end = pin!(end);
        loop {
            let full = self.places.full();
            tokio::select! {
                biased;
                _ = &mut end => return,
                Some(ended) = self.tasks.join_next_with_id() => self.end(ended),
                () = sleep(REST), if full => {}
                (stream, peer) = self.exhaustion.accept(listener), if !full => {
                    self.begin(stream, peer);
                }
            }
        }
    }

    fn end(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        self.places.free(id);
        note(ended.map(drop));
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        let client = Client::from(Some(peer.ip()));
        if !self.places.make_room(client) {
            refuse(stream, peer);
            return;
        }
        // Responses are written whole: Nagle's algorithm would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, %peer, "a connection ended before it began");
            return;
        }
        let activity = Arc::new(Activity::new());
        let connection = Connection {
            stream,
            peer,
            app: self.app.clone(),
            header_timeout: self.header_timeout,
            patience: self.patience.clone(),
            activity: activity.clone(),
        };
        let task = self.tasks.spawn(connection.run(self.http.clone()));
        self.places.fill(task.id(), client, activity);
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

/// Answers a connection that is one too many, as far as that needs no waiting.
fn refuse(stream: TcpStream, peer: SocketAddr) {
    let answered = stream.into_std().and_then(|mut stream| {
        // Closing a socket with unread bytes would reset the connection and take the response back.
        let _ = stream.read(&mut [0; 4_096]);
        stream.write_all(REFUSAL)
    });
    tracing::debug!(?answered, %peer, "a client has too many connections");
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
