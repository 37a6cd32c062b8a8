//! One connection, from its first byte to its last.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;
use tower::Service as _;

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) app: Router,
    /// How long the first request's head may take.
    pub(super) header_timeout: Duration,
    /// Becomes true when the connection must close after the present request.
    pub(super) closing: watch::Receiver<bool>,
}

impl Connection {
    pub(super) async fn run(self, http: http1::Builder) {
        let Self {
            stream,
            peer,
            app,
            header_timeout,
            mut closing,
        } = self;
        let begun = Arc::new(AtomicBool::new(false));
        let service = service_fn({
            let begun = begun.clone();
            move |mut request: Request<Incoming>| {
                begun.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(ConnectInfo(peer));
                app.clone().call(request)
            }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection.with_upgrades());
        let mut first_request = pin!(sleep(header_timeout));
        let (mut timed, mut told) = (false, false);
        loop {
            tokio::select! {
                biased;
                result = &mut connection => {
                    if let Err(error) = result {
                        tracing::debug!(%error, %peer, "a connection broke off");
                    }
                    return;
                }
                () = &mut first_request, if !timed => {
                    if !begun.load(Ordering::Relaxed) {
                        tracing::debug!(%peer, "a connection was silent for too long");
                        return;
                    }
                    timed = true;
                }
                _ = closing.wait_for(|closing| *closing), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}
