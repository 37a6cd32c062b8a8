//! Limits and headers around the routes of a public server: [`Protection`].
//!
//! ```
//! use std::num::NonZeroU32;
//! use std::time::Duration;
//! use axum::Router;
//! use axum::routing::get;
//! use contest_server::protect::{Protection, Rate};
//!
//! let app: Router = Router::new().route("/", get(|| async { "hello" }));
//! let rate = Rate::per_second(NonZeroU32::MIN).with_burst(NonZeroU32::new(20).unwrap());
//! let app = Protection::new()
//!     .with_address_limit(rate)
//!     .with_timeout(Duration::from_secs(10))
//!     .apply(app);
//! # let _: Router = app;
//! ```

mod address;
mod admission;
mod body;
mod compression;
mod cors;
mod envelope;
mod memory;
mod place;
mod rate;

use std::any::Any;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::{IntoResponse as _, Response};
use contest_core::UserId;
use http::HeaderValue;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use admission::{Admission, UserLimit};
use contest_http::Identity;
use contest_http::ProblemDetails;
use memory::Memory;
use rate::Limiter;

pub use address::Proxies;
pub use rate::Rate;

/// Layers around an app's routes, in the right order. They refuse requests with problem details.
///
/// From the outside in:
///
/// | layer | response when it refuses |
/// |---|---|
/// | request id: keeps a valid `X-Request-Id` or makes one; it is in the response and in the span `request` around the layers below | |
/// | one `Host` header, which HTTP/1.1 demands | 400 `invalid_host` |
/// | headers against content sniffing, framing, referrers and caching, unless a handler has set them | |
/// | CORS, for the configured origins | |
/// | compression with gzip, of at most 8 MiB a second: more is sent as it is | |
/// | panics of handlers | 500 `internal_error` |
/// | rate limit by address | 429 `too_many_requests`, `Retry-After` |
/// | requests in flight | 503 `overloaded`, `Retry-After` |
/// | time until the response begins | 503 `timed_out`, `Retry-After` |
/// | rate limit by user | 429 `too_many_requests`, `Retry-After` |
/// | size of the body, and time to receive it | 413 `payload_too_large`, 408 `request_timeout` |
/// | memory for bodies of requests and responses | 503 `overloaded`, `Retry-After` |
///
/// A route may set tighter limits, as those of [`Api`](contest_http::Api) do for bodies.
///
/// # Rate limits
/// Each process has limits of its own: behind a load balancer, multiply them by the number of
/// processes. A client's state is dropped once its burst has refilled. Memory is bounded by twice the
/// clients per refill period plus a few thousand.
///
/// # Probes
/// Merge routes such as a readiness probe outside the protected ones: a probe that is refused under
/// load would take the server out of service.
#[derive(Debug)]
pub struct Protection {
    body_limit: usize,
    body_timeout: Duration,
    timeout: Duration,
    body_memory: usize,
    in_flight: usize,
    address_limit: Option<Rate>,
    user_limit: Option<(Arc<dyn Identity>, Rate)>,
    proxies: Proxies,
    origins: Vec<HeaderValue>,
    compression: bool,
}

impl Default for Protection {
    fn default() -> Self {
        Self {
            body_limit: 2 * 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            body_memory: 128 * 1024 * 1024,
            in_flight: 1_024,
            address_limit: None,
            user_limit: None,
            proxies: Proxies::default(),
            origins: Vec::new(),
            compression: true,
        }
    }
}

impl Protection {
    /// The defaults: no rate limits, no other origins.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most bytes of a body; 2 MiB unless set.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How long a client may take to send a body; 10 s unless set.
    #[must_use]
    pub fn with_body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// How long a request may take until its response begins; 30 s unless set. After that the handler's
    /// future is dropped.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many requests may be in flight; 1,024 unless set. More are refused, not queued.
    ///
    /// A request does not count while its body is awaited: if no place is free when the body is there, it
    /// is refused. It counts until its response is sent, except for the last part, which the server
    /// buffers (64 KiB under [`serve`](crate::serve)). A response without a known length, such as a stream
    /// of events, counts until it begins.
    #[must_use]
    pub fn with_in_flight(mut self, requests: usize) -> Self {
        self.in_flight = requests.min(Semaphore::MAX_PERMITS);
        self
    }

    /// The memory for bodies; 128 MiB unless set. A request is refused if there is none for its body or its
    /// response.
    ///
    /// The body of a request holds what has been received of it until the response begins. Then a body of
    /// known length holds all of it until it is sent. The first 16 KiB of each body are free, so small
    /// requests are always accepted. One client may hold an eighth of the memory: a user, if
    /// [`with_user_limit`](Self::with_user_limit) identifies them, or else an address.
    #[must_use]
    pub fn with_body_memory(mut self, bytes: usize) -> Self {
        self.body_memory = bytes;
        self
    }

    /// Limits the rate of each client address. For IPv6 that is the network of 64 bits, the smallest that
    /// a provider assigns to a customer.
    ///
    /// The address is the connection's, from `ConnectInfo<SocketAddr>`, which
    /// [`serve`](crate::serve) provides; requests without one share a single limit. Behind a proxy, also
    /// set [`with_proxies`](Self::with_proxies).
    #[must_use]
    pub fn with_address_limit(mut self, rate: Rate) -> Self {
        self.address_limit = Some(rate);
        self
    }

    /// Limits the rate of each user. `identity` is usually the one given to
    /// [`Api::new`](contest_http::Api::new), and runs once more for each request, so a client cannot use up
    /// the limit of another user. Requests that it refuses are limited by address alone.
    #[must_use]
    pub fn with_user_limit(mut self, identity: impl Identity + 'static, rate: Rate) -> Self {
        self.user_limit = Some((Arc::new(identity), rate));
        self
    }

    /// The number of trusted proxies in front, each adding the address of its caller to
    /// `X-Forwarded-For`; none unless set. The client's address is that many entries from the end, where
    /// no client can write. A request with fewer entries has bypassed the proxies: the address of its
    /// connection counts.
    #[must_use]
    pub fn with_proxies(mut self, count: NonZeroU8) -> Self {
        self.proxies = Proxies::some(count);
        self
    }

    /// Other origins whose pages may use the app, such as `https://app.example`; none unless set. Their
    /// pages may send tokens, but not cookies.
    #[must_use]
    pub fn with_origins(mut self, origins: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.origins = origins.into_iter().collect();
        self
    }

    /// Turns compression off, for example behind a proxy that compresses.
    #[must_use]
    pub fn without_compression(mut self) -> Self {
        self.compression = false;
        self
    }

    /// Puts the layers around the routes that `router` has now.
    pub fn apply<S>(self, router: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let admission = Admission {
            addresses: self.address_limit.map(Limiter::new),
            proxies: self.proxies,
            places: Arc::new(Semaphore::new(self.in_flight)),
            timeout: self.timeout,
            users: self.user_limit.map(|(identity, rate)| UserLimit {
                identity,
                limiter: Limiter::<UserId>::new(rate),
            }),
            body_limit: self.body_limit,
            body_timeout: self.body_timeout,
            body_memory: Arc::new(Memory::new(self.body_memory)),
        };
        let mut router = router
            .layer(from_fn_with_state(Arc::new(admission), admission::admit))
            .layer(CatchPanicLayer::custom(panicked));
        router = if self.compression {
            router.layer(compression::layer())
        } else {
            // Handlers that compress must not, either.
            router.layer(map_request(compression::forgotten))
        };
        if !self.origins.is_empty() {
            router = router.layer(cors::layer(self.origins));
        }
        router.layer(axum::middleware::from_fn(envelope::wrap))
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer passes the panic by value"
)]
fn panicked(caught: Box<dyn Any + Send>) -> Response {
    let message = caught
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| caught.downcast_ref::<&str>().copied());
    tracing::error!(message, "a handler panicked");
    ProblemDetails::internal().into_response()
}
