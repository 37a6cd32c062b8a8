//! An axum application with its own users, sessions and middleware, and practice contests under `/practice`.
//!
//! ```text
//! cargo run --example embed_axum --features axum
//! curl -i -X POST localhost:3000/login -d ada                   # the answer sets a cookie
//! curl -b session=… -H 'content-type: application/json' -d '{"problem_count":5,"duration_minutes":60}' \
//!     localhost:3000/practice/contests
//! curl -b session=… localhost:3000/practice/users/me/progress
//! curl -N -b session=… localhost:3000/practice/users/me/events  # streams the user's events
//! ```
//!
//! An argument sets another address than 127.0.0.1:3000.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use contest_core::prelude::*;
use contest_core::uuid::Uuid;
use contest_http::Api;
use contest_http::events::EventStreams;
use contest_http::identity::FromExtension;
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The application's sessions: the user of each cookie's secret.
#[derive(Clone, Default)]
struct Sessions(Arc<Mutex<HashMap<String, UserId>>>);

impl Sessions {
    fn open(&self, user: UserId) -> Result<String, StatusCode> {
        let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
        let half = || SysRng.try_next_u64().map_err(failed);
        let secret = format!("{:016x}{:016x}", half()?, half()?);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(secret.clone(), user);
        Ok(secret)
    }

    fn user(&self, request: &Request) -> Option<UserId> {
        let cookies = request.headers().get(COOKIE)?.to_str().ok()?;
        let secret = cookies
            .split("; ")
            .find_map(|cookie| cookie.strip_prefix("session="))?;
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(secret).copied()
    }
}

/// The application's middleware: adds the user, if there is one, to the request.
async fn recognise(State(sessions): State<Sessions>, mut request: Request, next: Next) -> Response {
    if let Some(user) = sessions.user(&request) {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}

/// The application's log-in. A real one asks for more than a name.
async fn log_in(State(sessions): State<Sessions>, name: String) -> Result<Response, StatusCode> {
    // The application stores its users elsewhere. Contests identify a user by an id that never changes.
    let user = UserId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()));
    let cookie = format!(
        "session={}; HttpOnly; SameSite=Strict; Path=/",
        sessions.open(user)?
    );
    Ok(([(SET_COOKIE, cookie)], format!("welcome, {name}\n")).into_response())
}

/// A page of the application. It calls the engine directly, without HTTP.
async fn home(State(engine): State<Engine>, user: Option<Extension<UserId>>) -> Response {
    let Some(Extension(user)) = user else {
        return "log in to practise\n".into_response();
    };
    match engine.progress(user).await {
        Ok(progress) => format!("{} solved\n", progress.overall().solved).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The outbox keeps events, for the streams. You can also deliver them to your own systems.
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150()).with_outbox();
    let store = Arc::new(store);
    let engine = Engine::builder(Arc::clone(&store)).build().await?;
    let sessions = Sessions::default();

    // Event streams never end by themselves, so the application ends them when it stops.
    let stop = CancellationToken::new();
    let streams = EventStreams::new(store).with_end(stop.clone().cancelled_owned());
    // Some groups of routes. `api.router()` would mount all routes.
    let api = Api::new(engine.clone(), FromExtension).events(streams);
    let practice = api
        .contest_routes()
        .merge(api.progress_routes())
        .merge(api.problem_routes());
    let app = Router::new()
        .route("/", get(home).with_state(engine))
        .route("/login", post(log_in).with_state(sessions.clone()))
        .nest("/practice", practice)
        .layer(from_fn_with_state(sessions, recognise));

    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:3000")).await?;
    println!("http://{}", listener.local_addr()?);
    let interrupted = async move {
        drop(tokio::signal::ctrl_c().await);
        stop.cancel();
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(interrupted)
        .await?;
    Ok(())
}
