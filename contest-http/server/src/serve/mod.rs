//! A server loop with graceful shutdown: [`serve`].
//!
//! ```
//! use axum::Router;
//! use axum::routing::get;
//! use contest_server::serve::{Outcome, ServeOptions, serve};
//! use tokio::net::TcpListener;
//! use tokio::sync::oneshot;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = Router::new().route("/", get(|| async { "hello" }));
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! // A host passes its signal here, such as `tokio::signal::ctrl_c`.
//! let (stop, stopped) = oneshot::channel::<()>();
//! let shutdown = async { drop(stopped.await) };
//! drop(stop);
//! let outcome = serve(listener, app, shutdown, &ServeOptions::new()).await;
//! assert_eq!(outcome, Outcome::Drained);
//! # Ok(()) }
//! ```

mod connection;
mod connections;
mod deadline;
mod options;
mod pieces;
mod places;

use axum::Router;
use tokio::net::TcpListener;

pub use options::{ServeOptions, ShuttingDown};

use connections::Connections;
use options::Stage;

/// How serving ended.
#[must_use = "it says whether requests were cut"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every request in flight was answered.
    Drained,
    /// The deadline passed first.
    Cut {
        /// The connections that were still open, and were closed.
        connections: usize,
    },
}

/// Serves `app` over HTTP/1.1 on `listener` until `shutdown` is ready, then shuts down gracefully.
///
/// Handlers find the client's address as `ConnectInfo<SocketAddr>`. Errors of connections, and of
/// accepting them, are logged. Only `shutdown` ends the loop.
///
/// # Limits
/// A connection buffers at most 64 KiB of a response beyond what the system buffers, and reads on in the
/// response's body only when the client has taken that. A client that takes nothing for
/// [`ServeOptions::with_unread_timeout`] loses its connection. The numbers of connections, in all and of
/// each client, are bounded: see [`ServeOptions::with_connections`].
///
/// # Shutdown
/// When `shutdown` is ready:
/// 1. [`ShuttingDown::has_begun`] becomes true. Connections are still accepted for
///    [`ServeOptions::with_notice`], which is zero unless set.
/// 2. The listener is closed: new connections are refused. Idle connections are closed. Requests in
///    flight continue, and their responses say `Connection: close`. A client that leaves its response
///    unread for a tenth of [`ServeOptions::with_drain`] loses its connection.
///    [`ShuttingDown::draining`] completes, so that endless responses can end.
/// 3. When the last request is answered, this returns [`Outcome::Drained`]. Connections that are open
///    after [`ServeOptions::with_drain`] are cut: the handler's future is dropped, the connection
///    closed, and this returns [`Outcome::Cut`].
///
/// # Tasks
/// Each connection is a task of the runtime. This future owns the tasks, and ends them before it
/// returns. The one exception is a handler that blocks its thread and cannot be dropped: it gets one
/// second. Tasks that handlers spawn, and connections upgraded to another protocol, are the handlers'
/// to end.
///
/// # Cancel safety
/// Dropping the future closes the listener and cuts all connections: each ends, and drops its
/// handler's future, at its next await point.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()>,
    options: &ServeOptions,
) -> Outcome {
    let mut connections = Connections::new(app, options);
    connections.accept_until(&listener, shutdown).await;
    options.shutting_down.reach(Stage::Begun);
    if !options.notice.is_zero() {
        let notice = tokio::time::sleep(options.notice);
        connections.accept_until(&listener, notice).await;
    }
    drop(listener);
    options.shutting_down.reach(Stage::Draining);
    connections.drain(options.drain).await
}
