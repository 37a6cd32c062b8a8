//! The two servers, in one thread of their own.

use std::net::SocketAddr;
use std::thread;

use axum::Router;
use axum::http::request::Parts;
use contest_benches::Outcome;
use contest_core::prelude::*;
use contest_http::{Api, ProblemDetails};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::bare::Bare;

/// The header that names the user, for both servers.
pub(crate) const USER_HEADER: &str = "x-user";

/// The routes of `contest-http`, and the bare handlers that they are compared with. Dropping stops both.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) engine: Engine,
    pub(crate) ours: SocketAddr,
    pub(crate) bare: SocketAddr,
    pub(crate) floor: Bare,
    /// Closed to stop.
    _stop: oneshot::Sender<()>,
}

impl Servers {
    /// Starts both over an empty store in memory with the bundled problems.
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
        thread::spawn(move || {
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
            _stop: stop,
        })
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

/// Serves until dropped. Clients notice if it fails.
async fn serve(listener: std::net::TcpListener, app: Router) {
    if let Ok(listener) = TcpListener::from_std(listener) {
        let _ = axum::serve(listener, app).await;
    }
}
