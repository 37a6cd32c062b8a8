//! A server loop that ends gracefully: [`serve`] (feature `serve`).
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
mod options;

use axum::Router;
use tokio::net::TcpListener;

pub use options::{ServeOptions, ShuttingDown};

use connections::Connections;
use options::Stage;

/// How serving ended.
#[must_use = "it says whether requests were cut"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every request that had begun was answered.
    Drained,
    /// The deadline passed first.
    Cut {
        /// How many connections were still open, and were closed then.
        connections: usize,
    },
}

/// Serves `app` over HTTP/1.1 on `listener` until `shutdown` is ready, then ends gracefully.
///
/// Handlers find the client's address as `ConnectInfo<SocketAddr>`. What ends a connection or keeps
/// one from being accepted is logged and never ends the loop: only `shutdown` does.
///
/// # Shutdown
/// When `shutdown` is ready:
/// 1. [`ShuttingDown`] says so at once. Connections are accepted for
///    [`ServeOptions::with_notice`] more, which is not at all unless set.
/// 2. The listener is closed: new connections are refused. Idle connections are closed; requests that
///    have begun go on, and their answers say `Connection: close`. [`ShuttingDown::draining`] is ready,
///    for answers that have no end of their own.
/// 3. When the last is answered this returns [`Outcome::Drained`]. What is open after
///    [`ServeOptions::with_drain`] is cut: the handler's future is dropped, the connection closed, and
///    this returns [`Outcome::Cut`].
///
/// # What is left
/// A connection is a task of the runtime, owned by this future, and ended when this returns. The one
/// exception is a handler that blocks its thread, which nothing can drop: it is given a second. What
/// handlers themselves have spawned, and connections upgraded to another protocol, are theirs.
///
/// # Cancel safety
/// Dropping the future closes the listener and cuts all connections: each ends, and drops its
/// handler's future, at the next point where it awaits.
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
