//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;
use tower::Service as _;

use super::deadline::{Patience, WriteDeadline};
use super::pieces::Pieces;
use super::places::Activity;

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) app: Router,
    /// How long the first request's head may take.
    pub(super) header_timeout: Duration,
    /// How long the client may leave a response unread. Its `closing` becomes true when the connection
    /// must close after the present request.
    pub(super) patience: Patience,
    pub(super) activity: Arc<Activity>,
}

impl Connection {
    pub(super) async fn run(self, http: http1::Builder) {
        let Self {
            stream,
            peer,
            app,
            header_timeout,
            patience,
            activity,
        } = self;
        let mut closing = patience.closing.clone();
        let begun = Arc::new(AtomicBool::new(false));
        let service = service_fn({
            let (begun, activity) = (begun.clone(), activity.clone());
            move |mut request: Request<Incoming>| {
                begun.store(true, Ordering::Relaxed);
                let busy = activity.begin();
                request.extensions_mut().insert(ConnectInfo(peer));
                let answer = app.clone().call(request);
                async {
                    let answer: Response<Body> = answer.await?;
                    Ok::<_, Infallible>(answer.map(|body| Pieces::new(body, busy)))
                }
            }
        });
        let stream = WriteDeadline::new(stream, patience, activity.clone());
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
                () = told_to_close(&mut closing, &activity), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Waits until the server shuts down, or another connection needs the place of this one.
async fn told_to_close(closing: &mut watch::Receiver<bool>, activity: &Activity) {
    tokio::select! {
        _ = closing.wait_for(|closing| *closing) => {}
        () = activity.closing() => {}
    }
}
