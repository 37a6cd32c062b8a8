//! A server on a real socket, and clients that write any bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use contest_server::serve::{Outcome, ServeOptions, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// Longer than any step here takes; a longer one hangs.
const HANGS: Duration = Duration::from_mins(1);
/// A timeout that never passes in a test.
pub(crate) const NEVER: Duration = Duration::from_hours(1);
/// A timeout that a test waits for.
pub(crate) const SOON: Duration = Duration::from_millis(50);

/// The output of `future`, unless it hangs.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(HANGS, future).await.expect("it hangs")
}

/// Waits until `holds` returns true.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let in_time = tokio::time::timeout(HANGS, waiting).await;
    assert!(in_time.is_ok(), "never came true: {what}");
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Outcome>,
}

impl Server {
    pub(crate) async fn start(app: Router, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let task = tokio::spawn(async move { serve(listener, app, shutdown, &options).await });
        Self {
            address,
            stop: Some(stop),
            task,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Begins the shutdown.
    pub(crate) fn stop(&mut self) {
        self.stop = None;
    }

    /// Drops the future of `serve`.
    pub(crate) fn abort(&self) {
        self.task.abort();
    }

    pub(crate) async fn ended(self) -> Outcome {
        drop(self.stop);
        within(self.task).await.unwrap()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        within(TcpStream::connect(self.address)).await.unwrap()
    }

    /// A connection on which `bytes` have been sent.
    pub(crate) async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }
}

/// Reads until the server closes the connection in any way.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = within(stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The head of the next response.
pub(crate) async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

/// A handler that waits at a gate, and counts of the requests there.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    gate: Semaphore,
    waiting: AtomicUsize,
    dropped: AtomicUsize,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            gate: Semaphore::new(0),
            waiting: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        }))
    }

    /// Waits until the gate is opened.
    pub(crate) async fn pass(&self) {
        struct Dropped<'g>(&'g Inner);
        impl Drop for Dropped<'_> {
            fn drop(&mut self) {
                self.0.waiting.fetch_sub(1, Ordering::SeqCst);
                self.0.dropped.fetch_add(1, Ordering::SeqCst);
            }
        }
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        let dropped = Dropped(&self.0);
        self.0.gate.acquire().await.unwrap().forget();
        std::mem::forget(dropped);
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn open(&self) {
        self.open_for(1_000_000);
    }

    pub(crate) fn open_for(&self, requests: usize) {
        self.0.gate.add_permits(requests);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::SeqCst)
    }

    /// The number of requests dropped while they waited.
    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::SeqCst)
    }
}
