//! The two servers, in one thread of their own.

use std::future::pending;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fs, thread};

use axum::Router;
use axum::http::request::Parts;
use contest_benches::Outcome;
use contest_core::prelude::*;
use contest_http::{Api, ProblemDetails};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::bare::Bare;
use crate::endpoint::USER_HEADER;

/// What the routes of `contest-http` are compared with, beside them. Dropping it stops both.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) engine: Engine,
    pub(crate) ours: SocketAddr,
    pub(crate) bare: SocketAddr,
    pub(crate) floor: Bare,
    /// Where Linux counts what the thread has run.
    run_time: Option<PathBuf>,
    /// Closed to stop.
    _stop: oneshot::Sender<()>,
    _thread: JoinHandle<()>,
}

impl Servers {
    /// Over an empty store in memory with the bundled problems.
    pub(crate) async fn start() -> Outcome<Self> {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
        let engine = Engine::builder(store).build().await?;
        let floor = Bare::new(engine.clone());
        let (ours, our_address) = listen()?;
        let (bare, bare_address) = listen()?;
        let our_app = Router::new().nest("/api", Api::new(engine.clone(), by_header).router());
        let bare_app = floor.router();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, counted) = oneshot::channel();
        let thread = thread::spawn(move || {
            // Whoever waits for it has gone if this fails.
            let _ = sender.send(run_time_file());
            runtime.block_on(async {
                tokio::select! {
                    () = serve(ours, our_app) => {}
                    () = serve(bare, bare_app) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self {
            engine,
            ours: our_address,
            bare: bare_address,
            floor,
            run_time: counted.await?,
            _stop: stop,
            _thread: thread,
        })
    }

    /// How long the thread of the servers has run, which says what they cost whatever else the
    /// machine did meanwhile; only on Linux.
    pub(crate) fn run_time(&self) -> Option<Duration> {
        let text = fs::read_to_string(self.run_time.as_ref()?).ok()?;
        let nanos = text.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanos))
    }
}

fn by_header(request: &Parts) -> Result<UserId, ProblemDetails> {
    let user = request.headers.get(USER_HEADER);
    let user = user.and_then(|value| value.to_str().ok());
    user.and_then(|text| text.parse().ok())
        .ok_or_else(|| ProblemDetails::unauthorized("log in first"))
}

fn listen() -> Outcome<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until dropped; a listener that is none is noticed by its clients.
async fn serve(listener: std::net::TcpListener, app: Router) {
    if let Ok(listener) = TcpListener::from_std(listener) {
        let _ = axum::serve(listener, app).await;
    }
    pending::<()>().await;
}

fn run_time_file() -> Option<PathBuf> {
    let thread = fs::read_link("/proc/thread-self").ok()?;
    let file = PathBuf::from("/proc").join(thread).join("schedstat");
    file.exists().then_some(file)
}
